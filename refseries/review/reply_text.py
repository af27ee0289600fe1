# SPDX-License-Identifier: GPL-2.0-or-later
"""What a reviewer is told about his point: what was done, with the proof, or why it was not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from refseries.errors import StageError
from refseries.review import patterns
from refseries.review.evidence.facts import Facts
from refseries.review.evidence.judge import Proof
from refseries.review.model import (
    COVER,
    BuildEvidence,
    CaseEvidence,
    CheckEvidence,
    DiffEvidence,
    Evidence,
    ManualEvidence,
    MeasureEvidence,
    State,
    Task,
    TextEvidence,
    Verdict,
)
from refseries.review.text_fill import fill, flow

_TEXTS = {COVER: "the cover letter", "message": "the commit message"}

Line = Callable[[DiffEvidence], tuple[int, str]]
"""Finds the line of the settling version that an evidence is about; (0, "") where there is none."""


@dataclass(frozen=True)
class Claim:
    """What the mail says under a point, and what its author has to look at before he sends it."""

    text: str
    notes: tuple[str, ...] = ()


def about(task: Task, other: Task | None, proofs: Sequence[Proof], line: Line) -> Claim:
    """What to tell the reviewer of ``task``.

    Args:
        other: the task that stands for it, if it was merged into one.
        proofs: what became of the evidence of the one that stands for it.
    """
    shown = other or task
    claim = _standing(shown, proofs, line)
    if other is None:
        return claim
    name = "yours" if other.reviewer == task.reviewer else f"that of {other.reviewer.name}"
    return Claim(f"The same point as {name}.\n\n{claim.text}", claim.notes)


def _standing(task: Task, proofs: Sequence[Proof], line: Line) -> Claim:
    match task.state:
        case State.SETTLED:
            return _settled(task, proofs, line)
        case State.ANSWERED | State.OBSOLETE:
            return Claim(flow(task.answer))
        case State.DECLINED:
            return Claim(f"Not done.\n\n{flow(task.answer)}")
        case State.OPEN | State.STARTED:
            note = f"{task.id} is {task.state}: its answer is a gap to fill."
            return Claim("[open: not answered yet]", (note,))


def _settled(task: Task, proofs: Sequence[Proof], line: Line) -> Claim:
    if broken := [proof.seen for proof in proofs if proof.verdict is Verdict.BROKEN]:
        note = f"{task.id} is called settled, but its evidence says otherwise: {broken[0]}."
        return Claim(fill(f"[not shown to be done: {broken[0]}]"), (note,))
    notes = tuple(
        f"{task.id}: {proof.seen}, so the reply does not tell of it."
        for proof in proofs
        if proof.verdict is Verdict.UNTESTED
    )
    if not proofs:
        notes = (f"{task.id} has no evidence, so the reply proves nothing.",)
    told = _Told(task, line)
    for evidence, proof in zip(task.evidence, proofs, strict=True):
        if proof.verdict in (Verdict.PROVEN, Verdict.CLAIMED):
            told.add(evidence, proof)
    done = fill(" ".join([f"Done in {task.settled_in}.", *told.sentences()]))
    said = [flow(task.answer)] if task.answer else []
    # A question wants its answer first, and then what was made of it.
    parts = [*said, done] if task.summary.endswith("?") else [done, *said]
    return Claim("\n\n".join([*parts, *told.code]), notes)


class _Told:
    """What the evidence of a settled task shows: sentences, and lines of the code."""

    def __init__(self, task: Task, line: Line) -> None:
        self._before, self._after = task.raised_on, task.settled_in
        self._line = line
        self._sentences: dict[str, None] = {}
        self._gone: dict[str, None] = {}
        self.code: list[str] = []

    def add(self, evidence: Evidence, proof: Proof) -> None:
        """Tell of one evidence."""
        match evidence:
            case CaseEvidence(cases):
                self._say(*_cases(cases, self._before, self._after))
            case BuildEvidence(config):
                self._say(
                    f"The configuration {config} breaks on {self._before} and builds on "
                    f"{self._after}."
                )
            case DiffEvidence(file):
                number, text = self._line(evidence)
                if number:
                    self.code.append(f"{file}, line {number}:\n\n{text.rstrip()}")
                elif evidence.gone:
                    self._gone[file] = None
            case TextEvidence(where):
                self._say(_text(where, is_new=bool(evidence.added)))
            case CheckEvidence(check):
                self._say(f"{check} finds it on {self._before}, and no more on {self._after}.")
            case MeasureEvidence():
                self._say(f"{proof.seen.rstrip('.')}.")
            case ManualEvidence(said, link):
                self._say(f"{said.rstrip('.')} ({link})." if link else f"{said.rstrip('.')}.")

    def _say(self, *sentences: str) -> None:
        self._sentences.update(dict.fromkeys(sentences))

    def sentences(self) -> list[str]:
        """All of them, each once."""
        gone = [f"Nothing of it is left in {_listed(list(self._gone))}."] if self._gone else []
        return [*self._sentences, *gone]


def _cases(cases: Sequence[str], before: str, after: str) -> list[str]:
    named = [case for case in cases if not set(case) & set("*?[")]
    sentences = []
    if len(named) == 1:
        sentences.append(f"The selftest {named[0]} fails on {before} and passes on {after}.")
    elif named:
        sentences.append(f"The selftests {_listed(named)} fail on {before} and pass on {after}.")
    for glob in cases:
        if glob not in named:
            sentences.append(f"All of {glob} pass on {after}; on {before}, not all do.")
    return sentences


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _text(where: str, *, is_new: bool) -> str:
    if where == "recipients":
        return "It is among the recipients." if is_new else "It is no recipient any more."
    place = _TEXTS.get(where, where)
    return f"It is in {place}." if is_new else f"It is gone from {place}."


def line_in(facts: Facts | None, task: Task) -> Line:
    """Finds lines in the version that settles ``task``; none where nothing is known of it."""

    def find(evidence: DiffEvidence) -> tuple[int, str]:
        if facts is None or not evidence.added:
            return 0, ""
        try:
            lines = facts.lines(task.settled_in, evidence.file)
        except StageError:
            return 0, ""
        number = patterns.find_line(evidence.added[0], lines, task.id)
        return (number, lines[number - 1]) if number else (0, "")

    return find
