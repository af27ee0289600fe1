# SPDX-License-Identifier: GPL-2.0-or-later
"""What of a guest gives a mutant away; pure."""

from __future__ import annotations

from pathlib import Path

import pytest

from refseries.guest import ktap
from refseries.guest.cases import CasesRun
from refseries.guest.gaps import Gap
from refseries.guest.model import Boot
from refseries.guest.qemu import Mode
from refseries.model import Splat, StageOutcome, Target
from refseries.mutate.trying import Judging
from refseries.testing.expectations import Expectations

OURS, BASES = (Splat("bug", f"BUG: {name}", None, "") for name in ("new", "old"))
LOST = "the kernel dropped 7 lines of its log"
FINE, BAD = "ok 1 toy.one\nok 2 toy.two\n", "ok 1 toy.one\nnot ok 2 toy.two # exit=1\n"


def given_away(
    said: str, *gaps: Gap, splats: tuple[Splat, ...] = (), died: str = "", slow: str = ""
) -> tuple[str, str] | None:
    report = ktap.parse(f"1..2\n{said}")
    place = Path("/nonexistent")
    boot = Boot(
        StageOutcome.PASS, "", 1.0, 0.5, 0, report, splats, {}, (), place, place, Mode.TCG, gaps
    )
    run = CasesRun((boot,), report.results, report.plan, not died, died)
    judging = Judging(Target("v1"), "default", Expectations(), (BASES,), frozenset({slow}))
    return judging.gives_away(run)


def test_a_case_a_splat_or_a_death_gives_it_away() -> None:
    assert given_away(FINE) is None
    assert given_away(BAD) == ("toy.two", "exit=1")
    assert given_away(FINE, splats=(OURS,)) == ("test", "outside of any case: BUG: new")
    assert given_away(FINE, splats=(BASES,)) is None
    assert given_away(FINE, died="it hung") == ("test", "it hung")


@pytest.mark.parametrize("case", ["toy.one", None])
def test_a_console_that_is_not_whole_gives_nothing_away(case: str | None) -> None:
    gap = Gap(case, LOST)
    assert given_away(FINE, gap) is None
    assert given_away(BAD, gap) == ("toy.two", "exit=1")


def test_time_alone_gives_nothing_away_where_the_version_was_slow_itself() -> None:
    out_of_time = "ok 1 toy.one\nnot ok 2 toy.two # TIMEOUT of the test harness\n"
    assert given_away(out_of_time) == ("toy.two", "of the test harness")
    assert given_away(out_of_time, slow="toy.one") == ("toy.two", "of the test harness")
    assert given_away(out_of_time, slow="toy.two") is None
    assert given_away(BAD, slow="toy.two") == ("toy.two", "exit=1")
    assert given_away(out_of_time, died="it hung", slow="toy.two") == ("test", "it hung")
