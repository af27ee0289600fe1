# SPDX-License-Identifier: GPL-2.0-or-later
"""Evidence that the lines of a fixup are run: what it comes to, and what is counted for it."""

from __future__ import annotations

from dataclasses import replace

import coverage_project
import pytest
from given_knowledge import Given
from played_project import Project

from refseries.coverage.model import CompiledLine, ConfigCoverage, CoveredCase
from refseries.errors import SeriesError
from refseries.model import Target
from refseries.review.evidence import produce
from refseries.review.evidence.coverage import CoverageEvidence
from refseries.review.evidence.facts import Facts
from refseries.review.evidence.kind import Pair, Proof, Rests
from refseries.review.evidence.produce import Need
from refseries.testing.model import Outcome

PAIR = Pair("v3", "v4", "v3-jannh-7")
CASES = (
    CoveredCase("a.one", Outcome.PASS, True, 0.1),
    CoveredCase("a.two", Outcome.FAIL, False, 1),
)
LINES = (
    CompiledLine("mm/toy.c", 3, "f", False, (0, 1)),
    CompiledLine("mm/toy.c", 4, "f", False, (1,)),
    CompiledLine("mm/toy.c", 5, "f", True, ()),
    CompiledLine("mm/two.c", 3, "f", False, (0,)),
)
KEPT = ConfigCoverage("v4", "default", "tree", "", "", "", (), CASES, LINES)


def judged(*brought: int, kept: ConfigCoverage | None = KEPT, addressed: bool = True) -> Proof:
    lines = frozenset(("mm/toy.c", number) for number in brought)
    given = Given(None, kept, brought=lines if addressed else None)
    return CoverageEvidence().judge(PAIR, given)


@pytest.mark.parametrize(
    ("brought", "verdict", "seen"),
    [
        ((3, 8), "proven", "each line of its fixup is run (1)"),
        ((3, 4), "broken", "mm/toy.c:4 is run by no case (1 of 2)"),  # one that failed ran it
        ((5,), "broken", "mm/toy.c:5 is run by no case (1 of 1)"),  # only as the kernel started
        ((8, 9), "untested", "no line of its fixup is code in default (2 looked at)"),
        ((), "untested", "no line of its fixup is code in default (0 looked at)"),
    ],
)
def test_every_line_of_the_fixup_has_to_be_run(
    brought: tuple[int, ...], verdict: str, seen: str
) -> None:
    assert judged(*brought) == Proof(verdict, seen)  # type: ignore[arg-type]


def test_what_nobody_counted_is_untested() -> None:
    assert judged(3, kept=None).verdict == "untested"
    assert judged(3, addressed=False) == Proof(
        "untested",  # type: ignore[arg-type]
        "no fixup of v4 addresses it",
    )
    lost = replace(KEPT, problems=("a.three: the guest sent no counters of it",))
    assert judged(3, kept=lost).verdict == "proven"
    assert judged(4, kept=lost).verdict == "untested"


@pytest.fixture
def project(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    coverage_project.prepare(project, monkeypatch)
    return project


def test_lines_are_those_of_the_fixups_that_address_the_task(project: Project) -> None:
    guest = coverage_project.guest(project)
    project.add({"guest.sh": guest})
    project.add(
        {"mm/memory.c": coverage_project.MEMORY.replace("mm_twice(address)", "3")}, fixups=("toy",)
    )
    (v1, v2) = project.versions
    (fixup,) = v2.fixups
    project.versions = (v1, replace(v2, fixups=(replace(fixup, addresses=("v1-ada-1",)),)))
    lab = project.request().lab
    facts = Facts(lab.series, lab.base, lab.cache)
    brought = facts.fixup_lines("v2", "v1-ada-1")
    assert brought is not None
    text = coverage_project.MEMORY.split("\n")
    assert "\treturn address;" in {text[number - 1] for _file, number in brought}
    assert "int handle_fault(int address)" not in {text[number - 1] for _, number in brought}
    assert facts.fixup_lines("v2", "v1-bob-1") is None


def test_what_is_missing_is_counted_on_the_settling_version(project: Project) -> None:
    coverage_project.add_version(project, coverage_project.guest(project))
    lab = project.request().lab
    config = coverage_project.config(project)
    wanted = [Need("v0-ada-1", Rests("default", counted=True), "v1")]
    facts = Facts(lab.series, lab.base, lab.cache)
    produce.supply(lab, facts, wanted, {"default": config}, lambda _event: None)
    found = facts.counted("v1", "default")
    assert found is not None
    assert (found.version, found.problems) == (str(Target("v1")), ())
    present = {"default": found.programs}
    assert produce.missing_counts(facts, wanted, present) == ()
    assert produce.missing_counts(facts, wanted, {"default": "other.cpio"}) == (("v1", "default"),)
    compiled = {"default": replace(config, boot=False)}
    with pytest.raises(SeriesError, match="for compiling only"):
        produce.supply(lab, facts, wanted, compiled, lambda _event: None)
