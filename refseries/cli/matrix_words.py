# SPDX-License-Identifier: GPL-2.0-or-later
"""The words and letters of a matrix, and the lines below it that say what they mean; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from refseries.model import StageOutcome
from refseries.testing.model import STAGES, Outcome, Run

CHANGES = {"fixed": "green", "newly skipped": "yellow", "by the base alone": "dim"}
"""Styles of the words of ``Changes.told``; each other one is red."""

_LETTERS = {
    Outcome.PASS: "·",
    Outcome.FAIL: "F",
    Outcome.XFAIL: "x",
    Outcome.XPASS: "P",
    Outcome.SKIP: "s",
    Outcome.TIMEOUT: "T",
    Outcome.CRASH: "C",
    Outcome.VANISHED: "V",
    Outcome.NO_CONSOLE: "N",
    Outcome.FLAKY: "~",
}
_STAGE_WORDS = {
    StageOutcome.PASS: "pass",
    StageOutcome.NOT_RUN: "-",
    StageOutcome.STOPPED: "stop",
    StageOutcome.PANIC: "panic",
    StageOutcome.BOOT_TIMEOUT: "hang",
    StageOutcome.NO_RESULTS: "mute",
}
_BY_ITSELF = "a failure that the case itself calls a known one"
_MEANINGS = {
    Outcome.XFAIL: "a known failure, which expectations.toml names",
    Outcome.XPASS: "a pass, where expectations.toml names a failure",
    Outcome.CRASH: "the guest died of it",
    Outcome.VANISHED: "nothing was heard of it",
    Outcome.NO_CONSOLE: "it did well, but the kernel's log is not whole",
    Outcome.FLAKY: "it did not come out the same each time",
    StageOutcome.NO_RESULTS: "the guest said nothing",
    StageOutcome.BOOT_TIMEOUT: "the boot did not end in time",
}


def letter(outcome: Outcome) -> str:
    """What stands for ``outcome`` where a cell is one letter."""
    return _LETTERS[outcome]


def stage_word(outcome: StageOutcome) -> str:
    """What stands for the outcome of a stage in a cell."""
    return _STAGE_WORDS.get(outcome, "fail")


def stage_letter(outcome: StageOutcome) -> str:
    """As ``stage_word``, where a cell is one letter."""
    word = stage_word(outcome)
    return {"pass": "·", "-": "-"}.get(word, word[0].upper())


def key(tables: Sequence[tuple[bool, Sequence[Run]]]) -> Iterator[str]:
    """Lines that say what the letters and words of some tables mean, of those that are in them.

    Args:
        tables: the runs of each, and whether its cells are letters.
    """
    letters: dict[str, dict[str, None]] = {}
    words: dict[tuple[str, str], None] = {}
    odd = False
    for narrow, runs in tables:
        for run in runs:
            for sign, word, meaning in _signs(run):
                if narrow:
                    letters.setdefault(sign, {})[word] = None
                if meaning:
                    words[word, meaning] = None
            odd = odd or (narrow and not run.as_expected)
    if letters:
        told = [f"{sign} {', '.join(found)}" for sign, found in letters.items()]
        yield ";  ".join([*told, *(["! not expected"] if odd else [])])
    for word, meaning in words:
        yield f"{word}: {meaning}"


def _signs(run: Run) -> Iterator[tuple[str, str, str]]:
    """Letter, word and meaning of each thing that a run shows in its column."""
    stages = (run.stages.get(stage, StageOutcome.NOT_RUN) for stage in STAGES[:-1])
    for stage in stages:
        word = "not run" if stage is StageOutcome.NOT_RUN else stage_word(stage)
        yield stage_letter(stage), word, _MEANINGS.get(stage, "")
    for result in run.results:
        outcome = result.outcome
        by_itself = outcome is result.did is Outcome.XFAIL
        meaning = _BY_ITSELF if by_itself else _MEANINGS.get(outcome, "")
        yield letter(outcome), str(outcome), meaning
