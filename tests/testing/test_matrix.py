# SPDX-License-Identifier: GPL-2.0-or-later
"""From patches to a matrix: real git, make and compilers on the fake kernel, and played guests."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from fake_kernel import BROKEN
from played_project import BAD, GOOD, Project
from waiting import lives, until

from refseries.host import proc
from refseries.model import StageOutcome, Target
from refseries.series import naming
from refseries.testing import changes, matrix, runs
from refseries.testing.matrix import Event
from refseries.testing.model import Matrix, Outcome, Run

DIES = """\
plan 3
wanted 1 && pass 1 toy.one
wanted 2 && { begin toy.two; panic "toy broken"; exit 0; }
wanted 3 && pass 3 toy.three
bye
"""


def play(request: matrix.MatrixRequest) -> tuple[Matrix, list[Event]]:
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
    for again in (run, play(project.request())[0].runs[0]):
        assert again.log is not None
        assert "mm/memory.c:5" in again.log.read_text()
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
    assert result.runs[0].message == "was expected not to build, and does"


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


@pytest.fixture
def complaining(project: Project) -> Project:
    """With a v1 whose kernel complains as base's does."""
    splat = 'say "[    1.200000] ------------[ cut here ]------------"\n' \
        'say "[    1.200000] WARNING: CPU: 0 PID: 1 at mm/toy.c:7 toy_fault+0x10/0x20"\n' \
        'say "[    1.200000] ---[ end trace 0000000000000000 ]---"\n'  # fmt: skip
    guest = GOOD.replace('report "ok 2', splat + 'report "ok 2')
    # Base's takes longer, so that the version's is heard first where both are booted at once.
    slow = f"sleep 2\n{guest}"
    project.kernel.base = project.kernel.commit("base that complains", {"guest.sh": slow})
    project.add({"guest.sh": guest, "lib/string.c": "int string;\n"})
    return project


def test_a_splat_of_the_guest_fails_its_case_unless_base_has_it_too(complaining: Project) -> None:
    request = complaining.request()
    result, _ = play(replace(request, targets=(Target("v1"),)))
    # The failure that v1 is expected to have.
    assert result.runs[0].results[1].outcome is Outcome.XFAIL
    assert "toy_fault" in result.runs[0].results[1].message

    play(replace(request, targets=(Target("base"),)))
    result, _ = play(replace(request, targets=(Target("v1"),)))
    assert result.runs[0].results[1].outcome is Outcome.XPASS


@pytest.mark.parametrize("jobs", [1, 2])
def test_base_is_heard_before_the_versions_are_judged(complaining: Project, jobs: int) -> None:
    targets = (Target("v1"), Target("base"))
    result, _ = play(replace(complaining.request(jobs=jobs), targets=targets))
    assert [run.target for run in result.runs] == list(targets)
    # Base's own complaint was not there to compare with when the first guest started.
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


def test_a_fixup_that_does_not_apply_costs_no_state_before_it(project: Project) -> None:
    project.add({"guest.sh": BAD})
    files: dict[str, str | None] = {
        "guest.sh": GOOD, "lib/string.c": "int string;\n", "lib/other.c": "int other;\n",
    }  # fmt: skip
    version = project.add(files, fixups=("toy-two", "string", "other"))
    broken = version.fixups[1].patch
    broken.write_text(broken.read_text().replace("lib/string.c", "lib/gone.c"))
    targets = naming.chain(project.request().lab.series, "v2")
    result, events = play(replace(project.request(), targets=targets, chain="v2"))

    assert [str(run.target) for run in result.runs] == [
        "v1", "v2:toy-two", "v2:string", "v2:other", "v2",
    ]  # fmt: skip
    before, toy_two, string, *behind = result.runs
    assert [run.results[1].outcome for run in (before, toy_two)] == [Outcome.XFAIL, Outcome.PASS]
    assert toy_two.as_expected
    assert string.stages["apply"] is StageOutcome.APPLY_FAILED
    assert string.message.startswith(f"{broken}: lib/gone.c: the patch does not apply")
    for run in behind:
        assert run.stages["apply"] is StageOutcome.APPLY_FAILED
        assert run.message == "not reached: v2:string does not apply."
        assert not run.as_expected
    assert len([event for event in events if event.run]) == len(targets)


def test_each_fixup_is_tried_once(project: Project, tmp_path: Path) -> None:
    project.add({"guest.sh": BAD})
    files: dict[str, str | None] = {"lib/string.c": "int string;\n", "lib/other.c": "int other;\n"}
    version = project.add(files, fixups=("string", "other"))
    broken = version.fixups[0].patch
    broken.write_text(broken.read_text().replace("lib/string.c", "lib/gone.c"))
    said = tmp_path / "trace"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GIT_TRACE", str(said))
        targets = naming.chain(project.request().lab.series, "v2")
        play(replace(project.request(), targets=targets, chain="v2", boot=False))
    # The version before has one patch, the fixups two, and nothing is tried behind the first.
    assert said.read_text().count("git apply --cached") == 2


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
        until(lambda: pid.exists() and pid.read_text())
        proc.stop_all()

    threading.Thread(target=stop_when_the_guest_runs, daemon=True).start()
    result = matrix.run(request, lambda _event: None)
    assert result.stopped
    assert not result.as_expected
    assert result.runs[0].as_expected
    assert result.runs[1].stages["test"] is StageOutcome.STOPPED
    until(lambda: not lives(int(pid.read_text())))


def test_the_newest_results_are_remembered_for_status(project: Project) -> None:
    project.add({"lib/string.c": "int string;\n"})
    request = project.request()
    play(request)
    latest = runs.latest(request.lab.cache, "toy", Target("v1"), "default")
    assert latest is not None
    assert latest.counts == {"pass": 2, "xpass": 1}


def test_a_few_cases_are_no_result_of_a_version(project: Project) -> None:
    project.add({"lib/string.c": "int string;\n"})
    request = replace(project.request(), only=("toy.one",))
    play(request)
    assert runs.latest(request.lab.cache, "toy", Target("v1"), "default") is None
