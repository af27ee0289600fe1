# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutants tried: real git, make and compilers on the fake kernel, and played guests."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_kernel import BROKEN
from played_project import BAD, GOOD, Project
from recorded_progress import heard

from refseries.errors import SeriesError, StageError, Stopped
from refseries.guest.cases import CasesRun
from refseries.guest.model import OnCase
from refseries.guest.results import CaseStatus, KtapResult
from refseries.host import failures, proc
from refseries.kernel.model import Fragment, Image
from refseries.model import Splat, Target
from refseries.mutate import generated, handwritten, run, trying
from refseries.mutate.model import MutantFate, MutationReport
from refseries.testing import runs
from refseries.testing.jobs import BootJob, BuildJob, Here

DIES = GOOD.replace('say "[    1.1] working"', 'panic "toy broken"; exit 0')
ASSERTS = BAD.replace('report "not ok', 'report "  # cases/toy.c:7:two:Expected 1"; report "not ok')
SPLAT = GOOD.replace(
    'begin toy.two; say "[    1.1] working"',
    'begin toy.two; say "[    1.100000] BUG: KASAN: slab-out-of-bounds in toy_fault+0x10/0x20"',
)
FLOODS = GOOD.replace('say "[    1.1] working"', 'say "** 7 printk messages dropped **"')
MEMORY = "int handle_fault(int address)\n{\n\tif (address == 0)\n\t\treturn 1;\n\treturn 0;\n}\n"
V1 = Target("v1")
WRITTEN = {
    "bad": ("guest.sh", ASSERTS),
    "dies": ("guest.sh", DIES),
    "splats": ("guest.sh", SPLAT),
    "mute": ("guest.sh", "exit 0\n"),
    "floods": ("guest.sh", FLOODS),
    "harmless": ("guest.sh", GOOD + "# another guest\n"),
    "broken": ("mm/memory.c", BROKEN),
}


@pytest.fixture
def project(project: Project) -> Project:
    """With a v1 that the played guests like."""
    (project.directory / "kernel-tests/expectations.toml").write_text("schema = 1\n")
    project.add({"guest.sh": GOOD + "# v1\n", "mm/memory.c": MEMORY})
    return project


def write(project: Project, *names: str) -> None:
    place = project.directory / handwritten.DIRECTORY
    place.mkdir(exist_ok=True)
    before = {"guest.sh": GOOD + "# v1\n", "mm/memory.c": MEMORY}
    for name in names:
        path, text = WRITTEN[name]
        diff = generated.diff_of(path, before[path], text)
        (place / f"{name}.patch").write_text(f"It is {name}.\nVersions: v1\n\n{diff}")


def mutate(
    project: Project, *globs: str, start: Fragment | None = None, ptrace: bool = False
) -> tuple[MutationReport, list[str]]:
    """``start``: what the config begins with; ``ptrace``: that it lets cases trace."""
    request = project.request()
    config = replace(request.configs[0], start_file=start, case_ptrace=ptrace)
    plan = run.plan(request.lab, V1)
    said: list[str] = []
    report = run.run(
        run.MutationRequest(request.lab, V1, config),
        plan,
        run.choose(plan.mutants, globs),
        heard(said),
    )
    return report, said


def fates(report: MutationReport) -> dict[str, tuple[MutantFate, str]]:
    return {result.mutant.name: (result.fate, result.by) for result in report.results}


def images(project: Project) -> int:
    found = (project.directory / "cache/toy/images").glob("*/Image")
    return sum(1 for _ in found)


def test_what_a_case_a_panic_a_splat_or_silence_gives_away_is_caught(project: Project) -> None:
    write(project, *WRITTEN)
    report, _ = mutate(project, *WRITTEN)
    assert fates(report) == {
        "bad": (MutantFate.CAUGHT, "toy.two"),
        "dies": (MutantFate.CAUGHT, "toy.two"),
        "splats": (MutantFate.CAUGHT, "toy.two"),
        "mute": (MutantFate.CAUGHT, "boot"),
        "floods": (MutantFate.SURVIVED, ""),
        "harmless": (MutantFate.SURVIVED, ""),
        "broken": (MutantFate.NO_BUILD, "build"),
    }
    assert report.score == pytest.approx(4 / 6)
    by_name = {result.mutant.name: result for result in report.results}
    assert by_name["bad"].message == "cases/toy.c:7:two:Expected 1"
    assert "KASAN" in by_name["splats"].message
    assert "mm/memory.c" in by_name["broken"].message
    assert "dropped 7 lines" in by_name["floods"].message
    assert not report.as_expected
    assert images(project) == 1, "kernels of mutants are not kept"


def test_a_case_of_a_mutant_that_was_slow_has_more_time_than_in_the_version(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case that is ended after less says nothing: a busy machine makes all cases slow."""
    write(project, "harmless")
    patience = []
    boot = BootJob.boot

    def slow(job: BootJob, here: Here, on_case: OnCase) -> CasesRun:
        if job.name.startswith("harmless"):
            patience.append(job.case_seconds)
            if len(patience) == 1:
                on_case(KtapResult(1, "toy.one", CaseStatus.TIMEOUT), 2)
        return boot(job, here, on_case)

    monkeypatch.setattr(BootJob, "boot", slow)
    report, _ = mutate(project, "harmless")
    assert patience == [10.0, 5 * project.request().configs[0].case_seconds]
    assert fates(report) == {"harmless": (MutantFate.SURVIVED, "")}


def test_a_kernel_that_lets_no_process_die_gives_a_mutant_away_at_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, "harmless")
    boot, names = BootJob.boot, []

    def stuck(job: BootJob, here: Here, on_case: OnCase) -> CasesRun:
        run = boot(job, here, on_case)
        if not job.name.startswith("harmless"):
            return run
        names.append(job.name)
        died = replace(run.results[-1], status=CaseStatus.CRASH)
        return replace(run, results=(*run.results[:-1], died))

    monkeypatch.setattr(BootJob, "boot", stuck)
    report, _ = mutate(project, "harmless")
    assert (fates(report), names) == ({"harmless": (MutantFate.CAUGHT, "toy.three")}, ["harmless"])


def test_a_mutant_that_is_the_same_kernel_proves_nothing(project: Project) -> None:
    report, _ = mutate(project, "memory.c:handle_fault:negated:1")
    assert fates(report) == {"memory.c:handle_fault:negated:1": (MutantFate.NO_CHANGE, "")}
    assert report.score is None


def test_make_is_watched_where_many_are_built(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = project.directory / "cache/toy/build/src/o-default/.refseries-again.sh"
    few, _ = mutate(project, "memory.c:handle_fault:negated:1")
    assert not script.exists()
    monkeypatch.setattr(run, "_MANY", 4)
    many, _ = mutate(project, "memory.c:*")
    assert len(many.results) > 4
    assert "mm/memory.o" in script.read_text()
    assert {result.fate for result in (*few.results, *many.results)} <= {
        MutantFate.NO_CHANGE, MutantFate.NO_BUILD,
    }  # fmt: skip


def test_a_boot_from_which_nobody_came_back_is_no_fate(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, "harmless")

    def lost(*_: object) -> None:
        raise StageError("the guest is lost.")

    with monkeypatch.context() as patch:
        patch.setattr(trying.TryJob, "perform", lost)
        with pytest.raises(StageError, match="the guest is lost"):
            mutate(project, "harmless")
    proc.allow_again()
    assert fates(mutate(project, "harmless")[0]) == {"harmless": (MutantFate.SURVIVED, "")}


def test_a_second_time_only_what_is_new_is_tried(project: Project) -> None:
    write(project, "bad")
    mutate(project, "bad")
    write(project, "harmless")
    report, said = mutate(project, "bad", "harmless")
    assert fates(report) == {
        "bad": (MutantFate.CAUGHT, "toy.two"),
        "harmless": (MutantFate.SURVIVED, ""),
    }
    assert not any("bad" in text for text in said)
    assert any("harmless" in text for text in said)
    _, said = mutate(project)
    assert not any("bad" in text or "harmless" in text for text in said)


def test_what_else_a_fate_depends_on_has_it_tried_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, "harmless")
    tests = project.directory / "kernel-tests"

    def is_tried(start: Fragment | None = None, *, ptrace: bool = False) -> bool:
        _, said = mutate(project, "harmless", start=start, ptrace=ptrace)
        return any("harmless" in text for text in said)

    assert is_tried()
    assert not is_tried()
    (tests / "toy_test.c").write_text("int main(void)\n{ return 1; }\n")
    assert is_tried()
    (tests / "expectations.toml").write_text(
        'schema = 1\n[[expect]]\ncase = "toy.four"\nversions = ["*"]\nconfigs = ["*"]\n'
        'outcome = "skip"\nwhy = "There are three."\n'
    )
    assert is_tried()
    monkeypatch.setenv("KCFLAGS", "-O1")
    assert is_tried()
    assert is_tried(Fragment("own.config", "CONFIG_SWAP=y\n"))
    assert is_tried(Fragment("own.config", ""))
    assert is_tried(ptrace=True)
    known = (Splat("bug", "BUG: of base", None, ""),)
    monkeypatch.setattr(runs, "known_splats", lambda *_: known)
    assert is_tried()


def test_a_build_that_was_killed_is_tried_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, "harmless", "broken")
    build, built = BuildJob.perform, []

    def slow(job: BuildJob, here: Here) -> Image:
        built.append(job.name)
        if job.name == "harmless":
            raise failures.too_slow(["make"], 1.0)
        return build(job, here)

    with monkeypatch.context() as patch:
        patch.setattr(BuildJob, "perform", slow)
        first, _ = mutate(project, "harmless", "broken")
        assert {fate for fate, _ in fates(first).values()} == {MutantFate.NO_BUILD}
        built.clear()
        mutate(project, "broken")
        assert built == []
    again, _ = mutate(project, "harmless")
    assert fates(again) == {"harmless": (MutantFate.SURVIVED, "")}


def test_a_survivor_that_is_accounted_for_is_as_expected(project: Project) -> None:
    write(project, "bad", "harmless")
    (project.directory / handwritten.DIRECTORY / handwritten.SURVIVORS).write_text(
        'schema = 1\n[[survivor]]\nmutant = "harmless"\nversions = ["*"]\nconfigs = ["default"]\n'
        'reason = "equivalent"\nwhy = "A comment."\n'
    )
    report, _ = mutate(project, "bad", "harmless")
    assert report.as_expected
    assert (report.score, report.plain_score) == (1.0, 0.5)


def test_an_entry_that_is_left_behind_is_told_when_all_are_tried(project: Project) -> None:
    write(project, "harmless")
    path = project.directory / handwritten.DIRECTORY / handwritten.SURVIVORS
    entry = '\n[[survivor]]\nmutant = "{}"\nversions = ["v1"]\nreason = "cost"\nwhy = "So."\n'
    path.write_text("schema = 1\n" + entry.format("harmless") + entry.format("gone.c:f:negated:1"))
    assert mutate(project, "harmless")[0].as_expected  # nobody asked about the others
    report, _ = mutate(project)
    assert report.stale == (f"{path}:10: survivor[1].mutant",)
    assert not report.as_expected


def test_wrong_survivors_are_told_before_anything_is_built(project: Project) -> None:
    write(project, "harmless")
    path = project.directory / handwritten.DIRECTORY / handwritten.SURVIVORS
    path.write_text("schema = 1\n[[survivor]]\n")
    with pytest.raises(SeriesError, match="missing required field"):
        run.plan(project.request().lab, V1)


def test_one_written_for_other_code_is_told_apart(project: Project) -> None:
    write(project, "bad")
    path = project.directory / handwritten.DIRECTORY / "bad.patch"
    path.write_text(path.read_text().replace("-plan 3", "-plan 4", 1).replace(" plan", " plank"))
    report, _ = mutate(project, "bad")
    assert fates(report)["bad"][0] is MutantFate.NO_APPLY
    assert not report.as_expected


@pytest.mark.parametrize("guest", [BAD, GOOD.replace("bye", "exit 0")])
def test_a_version_that_is_red_itself_proves_nothing(project: Project, guest: str) -> None:
    project.versions = ()
    project.add({"guest.sh": guest, "mm/memory.c": MEMORY})
    with pytest.raises(StageError, match=r"does not come out as expected: (toy|the guest)"):
        mutate(project, "*negated*")


def test_an_unknown_mutant_and_a_state_between_versions_are_wrong_use(project: Project) -> None:
    with pytest.raises(SeriesError, match=r"no mutant is called nobody\."):
        mutate(project, "nobody", "*")
    with pytest.raises(SeriesError, match="only versions have mutants"):
        run.plan(project.request().lab, Target("v1", "small"))


def test_a_stop_keeps_what_is_finished(project: Project) -> None:
    write(project, "bad", "harmless")
    request = project.request(jobs=1)
    plan = run.plan(request.lab, V1)

    def say(text: str, _part: float = 0.0, /) -> None:
        if text.endswith(", building harmless"):
            raise Stopped("stopped.")

    report = run.run(
        run.MutationRequest(request.lab, V1, request.configs[0]),
        plan,
        run.choose(plan.mutants, ["bad", "harmless"]),
        say,
    )
    proc.allow_again()
    assert report.stopped
    assert not report.as_expected
    assert report.planned == 2
    assert len(report.results) < 2
