# SPDX-License-Identifier: GPL-2.0-or-later
"""From patches to a matrix: real git, make and compilers on the fake kernel, and played guests."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes import BROKEN, FakeKernel

from refseries import changes, matrix, proc, runs
from refseries.matrix import Event
from refseries.model import (
    BaseInfo,
    BaseSpec,
    Fixup,
    Identity,
    Matrix,
    Outcome,
    Run,
    Series,
    StageOutcome,
    Target,
    Version,
)
from refseries.prepare import Workshop

DATE = datetime(2026, 11, 20, 12, tzinfo=UTC)

GUEST = """\
plan 3
wanted 1 && pass 1 toy.one
wanted 2 && { begin toy.two; say "[    1.1] working"; report "%s 2 toy.two"; }
wanted 3 && pass 3 toy.three
report "# refseries: exit 0"
"""
GOOD, BAD = GUEST % "ok", GUEST % "not ok"
DIES = """\
plan 3
wanted 1 && pass 1 toy.one
wanted 2 && { begin toy.two; panic "toy broken"; exit 0; }
wanted 3 && pass 3 toy.three
report "# refseries: exit 0"
"""
EXPECTATIONS = """\
schema = 1
[[expect]]
case = "toy.two"
versions = ["v1"]
configs = ["*"]
outcome = "fail"
task = "v1-toy-1"
why = "v1 plays one toy only."
"""
MAKEFILE = """\
build/toy_test: toy_test.c
\tmkdir -p build
\t$(CROSS_COMPILE)gcc -static -o $@ $<
"""


@dataclass
class Project:
    """A series over the fake kernel; versions are added by their commits."""

    directory: Path
    kernel: FakeKernel
    versions: tuple[Version, ...] = ()

    def add(self, *commits: dict[str, str | None], fixups: tuple[str, ...] = ()) -> Version:
        """One more version: over the base, or, for ``fixups``, over the version before as well."""
        name = f"v{len(self.versions) + 1}"
        place = self.directory / "series" / name
        patches = self._export(place, self.kernel.base.commit, commits)
        chain: tuple[Fixup, ...] = ()
        if fixups:
            # The fixups make the same files out of those of the version before, one at a time.
            files = dict(item for commit in commits for item in commit.items())
            steps = [{path: text} for path, text in files.items()]
            start = self.kernel.git("rev-parse", f"v{len(self.versions)}").strip()
            made = self._export(place / "fixups", start, steps)
            chain = tuple(Fixup(t, p, ()) for t, p in zip(fixups, made, strict=True))
        version = Version(name, len(self.versions) + 1, place, DATE, patches, place, fixups=chain)
        self.versions = (*self.versions, version)
        return version

    def _export(
        self,
        place: Path,
        start: str,
        commits: tuple[dict[str, str | None], ...] | list[dict[str, str | None]],
    ) -> tuple[Path, ...]:
        self.kernel.git("checkout", "--quiet", "--force", "--detach", start)
        for number, files in enumerate(commits):
            self.kernel.commit(f"mm: toy {number}", files)
        self.kernel.git("tag", "--force", place.name)
        self.kernel.git("format-patch", "--quiet", "-o", str(place), start)
        self.kernel.git("checkout", "--quiet", "--force", self.kernel.base.commit)
        return tuple(sorted(place.glob("*.patch")))

    def request(self, *, jobs: int = 2) -> matrix.Request:
        spec = BaseSpec("6.12.117", "none", "http://127.0.0.1:9/none.tar.xz", "0" * 64)
        identity = Identity("toy", "toy@example.org")
        series = Series("toy", "toys", self.directory, identity, spec, self.versions, ("default",))
        base = self.kernel.base
        info = BaseInfo("6.12.117", "tree", self.kernel.repo, base.commit, base.tree)
        return matrix.Request(
            workshop=Workshop(series, info, self.directory / "cache", jobs),
            targets=tuple(Target(version.name) for version in self.versions),
            configs=(self.kernel.config(),),
        )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project without versions; QEMU is the fake one, expectations know of v1's toy.two."""
    tools = tmp_path / "tools"
    tools.mkdir()
    fake = Path(__file__).parent / "guest" / "fake_qemu.sh"
    (tools / "qemu-system-aarch64").symlink_to(fake)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    (tmp_path / "kernel").mkdir()
    kernel = FakeKernel(tmp_path / "kernel")
    headers = {
        f"tools/testing/selftests/{name}": "" for name in ("kselftest.h", "kselftest_harness.h")
    }
    kernel.base = kernel.commit("base with a guest", {"guest.sh": GOOD, **headers})
    tests = tmp_path / "kernel-tests"
    tests.mkdir()
    (tests / "Makefile").write_text(MAKEFILE)
    (tests / "toy_test.c").write_text("int main(void)\n{\n\treturn 0;\n}\n")
    (tests / "expectations.toml").write_text(EXPECTATIONS)
    return Project(tmp_path, kernel)


def play(request: matrix.Request) -> tuple[Matrix, list[Event]]:
    events: list[Event] = []
    return matrix.run(request, events.append), events


def outcomes(run: Run) -> list[Outcome]:
    return [result.outcome for result in run.results]


def test_versions_are_applied_built_booted_tested_and_compared(project: Project) -> None:
    project.add({"guest.sh": BAD})
    project.add({"mm/memory.c": "int handle_fault(int address)\n{\n\treturn address;\n}\n"})
    result, events = play(project.request())
    v1, v2 = result.runs
    assert result.as_expected
    assert outcomes(v1) == [Outcome.PASS, Outcome.XFAIL, Outcome.PASS]
    assert v1.results[1].task == "v1-toy-1"
    assert outcomes(v2) == [Outcome.PASS] * 3
    assert set(v2.stages.values()) == {StageOutcome.PASS}
    assert [c.fixed for c in changes.through(result)] == [("toy.two",)]
    assert [event.run for event in events if event.run] != []
    assert {"apply", "build", "boot", "test"} == set(v2.seconds)


def test_a_version_that_does_not_apply_costs_no_other(project: Project) -> None:
    project.add({"mm/memory.c": "int other;\n"})
    project.add({"lib/string.c": "int string;\n"})
    patch = project.versions[0].patches[0]
    patch.write_text(patch.read_text().replace("-int", "-long", 1).replace(" int", " long"))
    project.versions[0].patches[0].write_text(patch.read_text())
    result, _ = play(project.request())
    v1, v2 = result.runs
    assert v1.stages["apply"] is StageOutcome.APPLY_FAILED
    assert "mm/memory.c" in v1.message
    assert v1.stages["build"] is StageOutcome.NOT_RUN
    assert v2.as_expected
    assert not result.as_expected


def test_a_version_that_does_not_build_names_file_and_line(project: Project) -> None:
    project.add({"mm/memory.c": BROKEN})
    result, _ = play(project.request())
    (run,) = result.runs
    assert run.stages["build"] is StageOutcome.BUILD_FAILED
    assert "mm/memory.c:5" in run.message
    assert not result.as_expected


def test_a_build_that_was_expected_to_fail_is_as_expected_until_it_builds(project: Project) -> None:
    path = project.directory / "kernel-tests" / "expectations.toml"
    path.write_text(
        'schema = 1\n[[expect]]\nstage = "build"\nversions = ["v1"]\nconfigs = ["*"]\n'
        'outcome = "fail"\ntask = "t"\nwhy = "it is broken."\n'
    )
    project.add({"mm/memory.c": BROKEN})
    result, _ = play(project.request())
    assert result.runs[0].stages["build"] is StageOutcome.BUILD_FAILED
    assert result.as_expected

    project.versions = ()
    project.add({"lib/string.c": "int string;\n"})
    result, _ = play(project.request())
    assert result.runs[0].stages["build"] is StageOutcome.PASS
    assert not result.as_expected


def test_a_case_that_kills_its_guest_costs_no_other_case(project: Project) -> None:
    project.add({"guest.sh": DIES})
    result, _ = play(project.request())
    (run,) = result.runs
    assert outcomes(run) == [Outcome.PASS, Outcome.CRASH, Outcome.PASS]
    assert "toy broken" in run.results[1].message
    assert not run.as_expected


def test_a_mute_guest_is_no_pass(project: Project) -> None:
    project.add({"guest.sh": "exit 0\n"})
    result, _ = play(project.request())
    (run,) = result.runs
    assert run.stages["boot"] is not StageOutcome.PASS
    assert run.stages["test"] is not StageOutcome.PASS
    assert not result.as_expected


def test_a_splat_of_the_guest_fails_its_case_unless_base_has_it_too(project: Project) -> None:
    splat = 'say "[    1.2] ------------[ cut here ]------------"\n' \
        'say "[    1.2] WARNING: CPU: 0 PID: 1 at mm/toy.c:7 toy_fault+0x10/0x20"\n' \
        'say "[    1.2] ---[ end trace 0000000000000000 ]---"\n'  # fmt: skip
    guest = GOOD.replace('report "ok 2', splat + 'report "ok 2')
    project.kernel.base = project.kernel.commit("base that complains", {"guest.sh": guest})
    project.add({"lib/string.c": "int string;\n"})
    request = project.request()
    result, _ = play(replace(request, targets=(Target("v1"),)))
    # The failure that v1 is expected to have.
    assert result.runs[0].results[1].outcome is Outcome.XFAIL
    assert "toy_fault" in result.runs[0].results[1].message

    play(replace(request, targets=(Target("base"),)))
    result, _ = play(replace(request, targets=(Target("v1"),)))
    assert result.runs[0].results[1].outcome is Outcome.XPASS


def test_the_fixup_chain_is_tested_task_by_task(project: Project) -> None:
    project.add({"guest.sh": BAD})
    project.add({"lib/string.c": "int string;\n", "guest.sh": GOOD}, fixups=("string", "toy-two"))
    request = project.request()
    targets = (Target("v1"), Target("v2", "string"), Target("v2", "toy-two"), Target("v2"))
    result, _ = play(replace(request, targets=targets, chain="v2"))
    assert [run.results[1].outcome for run in result.runs] == [
        Outcome.XFAIL, Outcome.FAIL, Outcome.PASS, Outcome.PASS,
    ]  # fmt: skip
    assert [(c.after, c.fixed) for c in changes.through(result)] == [("v2:toy-two", ("toy.two",))]


def test_a_second_run_builds_nothing(project: Project) -> None:
    project.add({"lib/string.c": "int string;\n"})
    first, _ = play(project.request())
    again, events = play(project.request())
    assert first.runs[0].image == again.runs[0].image
    assert not [event for event in events if "compiled" in event.text]
    assert again.runs[0].log != first.runs[0].log


def test_stopping_keeps_what_is_finished_and_leaves_no_process(project: Project) -> None:
    pid = project.directory / "pid"
    project.add({"guest.sh": BAD})
    project.add({"guest.sh": f"plan 1\nbegin toy.one\necho $$ > {pid}\nexec sleep 600\n"})
    request = project.request()

    def stop_when_the_guest_runs() -> None:
        while not pid.exists():
            time.sleep(0.05)
        proc.stop_all()

    threading.Thread(target=stop_when_the_guest_runs, daemon=True).start()
    result = matrix.run(request, lambda _event: None)
    assert result.stopped
    assert not result.as_expected
    assert result.runs[0].as_expected
    assert result.runs[1].stages["test"] is StageOutcome.STOPPED
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_the_newest_results_are_remembered_for_status(project: Project) -> None:
    project.add({"lib/string.c": "int string;\n"})
    request = project.request()
    play(request)
    latest = runs.latest(request.workshop.cache, "toy", Target("v1"), "default")
    assert latest is not None
    assert latest.counts == {"pass": 2, "xpass": 1}


def test_a_few_cases_are_no_result_of_a_version(project: Project) -> None:
    project.add({"lib/string.c": "int string;\n"})
    request = replace(project.request(), only=("toy.one",))
    play(request)
    assert runs.latest(request.workshop.cache, "toy", Target("v1"), "default") is None
