# SPDX-License-Identifier: GPL-2.0-or-later
"""A matrix says below its tables what the letters and words in them mean, and of no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from refseries.cli import matrix_words
from refseries.host.text import counted
from refseries.model import StageOutcome, Target
from refseries.testing.model import CaseResult, Outcome, Run

FINE = dict.fromkeys(("apply", "build", "boot", "test"), StageOutcome.PASS)


def run(*outcomes: Outcome, boot: StageOutcome = StageOutcome.PASS, good: bool = True) -> Run:
    stages = {**FINE, "boot": boot}
    results = tuple(CaseResult(f"toy.{each}", each) for each in outcomes)
    return Run(Target("v1"), "default", "arm64", stages, results=results, as_expected=good)


def test_letters_are_told_of_narrow_tables_alone() -> None:
    runs = [run(Outcome.PASS, Outcome.SKIP)]
    assert list(matrix_words.key([(False, runs)])) == []
    assert list(matrix_words.key([(True, runs)])) == ["· pass;  s skip"]


def test_one_letter_of_two_words_has_both() -> None:
    runs = [run(Outcome.XPASS, good=False), run(boot=StageOutcome.PANIC, good=False)]
    assert list(matrix_words.key([(True, runs)])) == [
        "· pass;  P xpass, panic;  ! not expected",
        "xpass: a pass, where expectations.toml names a failure",
    ]


@pytest.mark.parametrize("narrow", [False, True])
def test_a_word_that_nobody_knows_is_explained(narrow: bool) -> None:
    named = replace(run(), results=(CaseResult("toy.one", Outcome.XFAIL, Outcome.FAIL),))
    lines = list(matrix_words.key([(narrow, [named, run(Outcome.PASS, Outcome.XFAIL)])]))
    assert lines[-2:] == [
        "xfail: a known failure, which expectations.toml names",
        "xfail: a failure that the case itself calls a known one",
    ]


def test_every_outcome_has_a_letter_of_its_own() -> None:
    letters = [matrix_words.letter(each) for each in Outcome]
    assert len(set(letters)) == len(Outcome)


def test_each_number_has_its_word() -> None:
    assert [counted(n, "patch", "patches") for n in (0, 1, 2)] == [
        "0 patches",
        "1 patch",
        "2 patches",
    ]
    assert counted(2, "mail") == "2 mails"
