# SPDX-License-Identifier: GPL-2.0-or-later
"""What one state shows of what is looked for; pure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from refseries.bench.figures import Figure, Name
from refseries.bisect.model import Sight, Symptom
from refseries.model import Splat, StageOutcome, Target
from refseries.testing.model import CaseResult, Outcome, Run

BOOTED = {"build": StageOutcome.PASS, "boot": StageOutcome.PASS, "test": StageOutcome.FAIL}
FINE = CaseResult("toy.one", Outcome.PASS)
BUG = Splat("bug", "BUG: sleeping function called from invalid context", None, "")


def shows(symptom: str, *results: CaseResult, **stages: StageOutcome) -> Sight:
    return Symptom.parse(symptom).of_guest(guest({**BOOTED, **stages}, *results))


def guest(stages: dict[str, StageOutcome], *results: CaseResult, message: str = "it hung") -> Run:
    return Run(Target("v1"), "default", "arm64", stages, results=results, message=message)


@pytest.mark.parametrize(
    ("outcome", "expected", "word"),
    [
        (Outcome.PASS, Outcome.PASS, "pass"),
        (Outcome.FAIL, Outcome.PASS, "fail"),
        (Outcome.CRASH, Outcome.PASS, "crash"),
        (Outcome.SKIP, Outcome.PASS, "skip"),
        # What was expected of it does not matter.
        (Outcome.XFAIL, Outcome.FAIL, "fail"),
        (Outcome.XFAIL, Outcome.CRASH, "crash"),
        (Outcome.XPASS, Outcome.FAIL, "pass"),
        # By its own word, which is neither.
        (Outcome.XFAIL, Outcome.PASS, "xfail"),
        (Outcome.XFAIL, Outcome.SKIP, "xfail"),
        (Outcome.FLAKY, Outcome.PASS, None),
        (Outcome.XFAIL, Outcome.FLAKY, None),
        (Outcome.VANISHED, Outcome.PASS, None),
        (Outcome.NO_CONSOLE, Outcome.PASS, None),
    ],
)
def test_the_word_of_a_case(outcome: Outcome, expected: Outcome, word: str | None) -> None:
    result = CaseResult("toy.two", outcome, expected, message="why")
    assert shows("toy.two", FINE, result).word == word


def test_a_case_that_did_not_run_shows_nothing() -> None:
    assert shows("toy.two", FINE) == Sight(None, "it hung")


def test_a_splat_is_shown_by_whatever_guest_had_it() -> None:
    symptom = Symptom.parse("splat:BUG: sleeping*")
    dead = {**BOOTED, "boot": StageOutcome.PANIC}
    seen = replace(guest(dead, message=""), splats=(BUG,))
    assert symptom.of_guest(seen) == Sight("shown", BUG.title)
    assert symptom.of_guest(replace(seen, unseen="lines dropped")) == Sight("shown", BUG.title)


def test_a_splat_is_absent_only_where_all_of_the_console_was_seen() -> None:
    splat = "splat:BUG: sleeping*"
    assert shows(splat, FINE).word == "absent"
    for quiet in (Outcome.VANISHED, Outcome.NO_CONSOLE):
        assert shows(splat, FINE, CaseResult("toy.two", quiet)).word is None
    assert shows(splat).word is None
    assert shows(splat, FINE, boot=StageOutcome.PANIC) == Sight(None, "it hung")
    outside = replace(guest(BOOTED, FINE), unseen="lines dropped")
    assert Symptom.parse(splat).of_guest(outside) == Sight(None, "it hung")


def test_only_the_case_of_that_very_name_is_run() -> None:
    assert Symptom.parse("toy.[a]*?").only == ("toy.[[]a][*][?]",)
    assert Symptom.parse("splat:BUG*").only == ()


@pytest.mark.parametrize(
    ("value", "spread", "word"),
    [(1200.0, 0.0, "within"), (1200.5, 0.0, "above"), (900.0, 0.2, None), (1300.0, 0.2, None)],
)
def test_the_word_of_a_figure(value: float, spread: float, word: str | None) -> None:
    symptom = Symptom.parse("figure:read.toy.dense", 1200)
    name = Name("read", "toy", "dense")
    measured = Figure(name, value, "instructions/page", spread, 3)
    assert symptom.of_figure((measured,), "log").word == word
    other = Symptom.parse("figure:read.toy.sparse", 1200)
    assert other.of_figure((measured,), "log").word is None
