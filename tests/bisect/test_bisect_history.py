# SPDX-License-Identifier: GPL-2.0-or-later
"""Bisecting between commits of the user's tree: real git and make, played guests."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_kernel import BROKEN, SOURCE
from played_project import BAD, GOOD, Project

from refseries.bisect import history
from refseries.bisect import run as bisecting
from refseries.bisect.model import BisectReport, How, Symptom
from refseries.errors import SeriesError
from refseries.host.progress import silent
from refseries.model import Target
from refseries.series import apply
from refseries.testing import matrix

Files = dict[str, str | None]
LIB: list[Files] = [{f"lib/toy{number}.c": f"int toy{number};\n"} for number in range(8)]


@pytest.fixture
def grown(project: Project) -> Project:
    """Eight commits over the base on the branch ``topic``; the fifth breaks toy.two."""
    kernel = project.kernel
    kernel.git("tag", "v6.12.117", kernel.base.commit)
    kernel.git("checkout", "--quiet", "-b", "topic", kernel.base.commit)
    steps: list[Files] = [*LIB[:4], {"guest.sh": BAD}, *LIB[4:7]]
    for number, files in enumerate(steps, 1):
        kernel.commit(f"mm: step {number}", files)
    kernel.git("tag", "v6.12.118")
    project.add(LIB[7])
    return project


def bisect(project: Project, symptom: str, first: str, last: str) -> BisectReport:
    lab = project.request().lab
    config = project.kernel.config()
    request = bisecting.through_history(lab, Symptom.parse(symptom), config, (first, last))
    return bisecting.run(request, silent)


def commit(project: Project, ref: str) -> str:
    return project.kernel.git("rev-parse", ref).strip()


def neighbours(report: BisectReport) -> tuple[str, str]:
    assert report.before is not None
    assert report.after is not None
    return report.before.commit, report.after.commit


@pytest.mark.parametrize(
    "ends", [("v6.12.117", "v6.12.118"), ("v6.12.118", "v6.12.117"), ("base", "topic")]
)
def test_the_commit_that_broke_a_case_is_found_with_both_runs(
    grown: Project, ends: tuple[str, str]
) -> None:
    report = bisect(grown, "toy.two", *ends)
    assert neighbours(report) == (commit(grown, "topic~4"), commit(grown, "topic~3"))
    assert report.after is not None
    assert report.after.subject == "mm: step 5"
    assert report.patch is None
    assert report.merged is None
    assert len(report.states) == 9
    assert len(report.seen) == 5
    assert {each.how for each in bisect(grown, "toy.two", *ends).seen} == {How.KEPT}


def test_what_a_test_said_of_a_commit_comes_first(grown: Project) -> None:
    request = grown.request()
    base, states = history.between(
        request.lab.series, request.lab.base, request.lab.cache, ("v6.12.117", "topic")
    )
    older = next(iter(states))
    lab = replace(request.lab, base=base)
    tested = (older, Target("topic", commit=commit(grown, "topic"), like="v1"))
    matrix.run(replace(request, lab=lab, targets=tested), lambda _event: None)
    ways = {each.commit: each.how for each in bisect(grown, "toy.two", "v6.12.117", "topic").seen}
    assert ways[commit(grown, "v6.12.117")] is How.KEPT
    assert ways[commit(grown, "topic")] is How.KEPT


def test_commits_that_do_not_build_are_stepped_around(project: Project) -> None:
    kernel = project.kernel
    kernel.git("checkout", "--quiet", "-b", "topic")
    memory = "int handle_fault(int address)\n{\n\treturn address;\n}\n"
    for files in (LIB[0], {"mm/memory.c": BROKEN}, {"guest.sh": BAD}, {"mm/memory.c": memory}):
        kernel.commit("mm: step", files)
    report = bisect(project, "toy.two", "base", "topic")
    assert neighbours(report) == (commit(project, "topic~3"), commit(project, "topic"))
    assert len(report.around) == 2
    assert "does not build: mm/memory.c:5" in report.around[0].sight.message


def test_a_version_and_a_branch_over_it(project: Project) -> None:
    project.add(LIB[0], LIB[1])
    lab = project.request().lab
    applied = apply.apply(lab.series, lab.base, Target("v1"), lab.cache)
    kernel = project.kernel
    kernel.git("checkout", "--quiet", "-b", "topic", applied.commit)
    kernel.commit("mm: step 1", LIB[2])
    kernel.commit("mm: step 2", {"guest.sh": BAD})
    report = bisect(project, "toy.two", "topic", "v1")
    assert [str(each) for each in report.states] == ["v1", commit(project, "topic~1")[:12], "topic"]
    assert neighbours(report) == (commit(project, "topic~1"), commit(project, "topic"))


def test_what_a_test_said_of_a_version_at_the_end_comes_first(project: Project) -> None:
    project.add(LIB[0], {"guest.sh": BAD})
    matrix.run(project.request(), lambda _event: None)
    report = bisect(project, "toy.two", "base", "v1")
    assert [str(each) for each in report.states][-1] == "v1"
    assert report.seen[-1].how is How.KEPT


def test_a_merge_is_one_step_and_it_is_said_what_it_brought(project: Project) -> None:
    kernel = project.kernel
    kernel.git("checkout", "--quiet", "-b", "side")
    kernel.commit("side 1", LIB[0])
    kernel.commit("side 2", {"guest.sh": BAD})
    kernel.commit("side 3", LIB[3])
    kernel.git("checkout", "--quiet", "-b", "topic", kernel.base.commit)
    kernel.commit("mm: step 1", LIB[1])
    kernel.git("-c", "user.name=t", "-c", "user.email=t@example.org", "merge", "-m", "join", "side")
    kernel.commit("mm: step 3", LIB[2])
    report = bisect(project, "toy.two", "base", "topic")
    assert neighbours(report) == (commit(project, "topic~2"), commit(project, "topic~1"))
    assert report.merged == (kernel.base.commit[:12], commit(project, "side")[:12])
    inside = bisect(project, "toy.two", *report.merged)
    assert neighbours(inside) == (commit(project, "side~2"), commit(project, "side~1"))


def test_what_is_no_way_is_refused(grown: Project) -> None:
    kernel = grown.kernel
    kernel.git("checkout", "--quiet", "-b", "other", "topic~6")
    kernel.commit("other", {"lib/other.c": "int other;\n"})
    fork = commit(grown, "topic~6")[:12]
    with pytest.raises(SeriesError, match=f"neither of other and topic .* part at {fork}"):
        bisect(grown, "toy.two", "other", "topic")
    with pytest.raises(SeriesError, match="they are one commit"):
        bisect(grown, "toy.two", "v6.12.118", "topic")
    with pytest.raises(SeriesError, match="`nowhere` is neither a version"):
        bisect(grown, "toy.two", "base", "nowhere")
    with pytest.raises(SeriesError, match="`--all` is neither a version"):
        bisect(grown, "toy.two", "base", "--all")


def test_a_good_guest_stays_good(grown: Project) -> None:
    grown.kernel.git("checkout", "--quiet", "topic~4")
    grown.kernel.commit("more", {"guest.sh": GOOD + "# more\n"})
    report = bisect(grown, "toy.two", "v6.12.117", commit(grown, "HEAD"))
    assert report.after is None


def test_commits_far_from_the_base_stand_on_the_older_end(
    grown: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "MOST_COMMITS", 1)
    kernel = grown.kernel
    makefile = "VERSION = 6\nPATCHLEVEL = 13\nSUBLEVEL = 0\n" + (SOURCE / "Makefile").read_text()
    kernel.git("checkout", "--quiet", "-b", "far", "topic~6")
    for files in ({"Makefile": makefile}, LIB[5], {"guest.sh": BAD}):
        kernel.commit("mm: step", dict[str, str | None](files))
    report = bisect(grown, "toy.two", "far~2", "far")
    assert neighbours(report) == (commit(grown, "far~1"), commit(grown, "far"))
    older = commit(grown, "far~2")
    assert [each.onto or each.task for each in report.states] == [older] * 3
