# SPDX-License-Identifier: GPL-2.0-or-later
"""What a reviewer is told about his point: what was done, with the proof, or why it was not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from refseries.review.evidence.kind import Known, Pair, Proof, Told, Verdict, listed
from refseries.review.model import State, Task
from refseries.review.text_fill import fill, flow


@dataclass(frozen=True)
class Claim:
    """What the mail says under a point, and what its author has to look at before he sends it."""

    text: str
    notes: tuple[str, ...] = ()


def about(task: Task, other: Task | None, proofs: Sequence[Proof], known: Known | None) -> Claim:
    """What to tell the reviewer of ``task``.

    Args:
        other: the task that stands for it, if it was merged into one.
        proofs: what became of the evidence of the one that stands for it.
        known: what is known of the versions, to quote from; None where nothing is.
    """
    shown = other or task
    claim = _standing(shown, proofs, known)
    if other is None:
        return claim
    name = "yours" if other.reviewer.key == task.reviewer.key else f"that of {other.reviewer.name}"
    return Claim(f"The same point as {name}.\n\n{claim.text}", claim.notes)


def _standing(task: Task, proofs: Sequence[Proof], known: Known | None) -> Claim:
    match task.state:
        case State.SETTLED:
            return _settled(task, proofs, known)
        case State.ANSWERED | State.OBSOLETE:
            return Claim(flow(task.answer))
        case State.DECLINED:
            return Claim(f"Not done.\n\n{flow(task.answer)}")
        case State.OPEN | State.STARTED:
            note = f"{task.id} is {task.state}: its answer is a gap to fill."
            return Claim("[open: not answered yet]", (note,))


def _settled(task: Task, proofs: Sequence[Proof], known: Known | None) -> Claim:
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
    pair = Pair(task.raised_on, task.settled_in, task.id)
    told = [
        evidence.tell(pair, proof, known)
        for evidence, proof in zip(task.evidence, proofs, strict=True)
        if proof.verdict in (Verdict.PROVEN, Verdict.CLAIMED)
    ]
    done = fill(" ".join([f"Done in {task.settled_in}.", *_sentences(told)]))
    said = [flow(task.answer)] if task.answer else []
    # A question wants its answer first, and then what was made of it.
    parts = [*said, done] if task.summary.endswith("?") else [done, *said]
    code = [each.code for each in told if each.code]
    return Claim("\n\n".join([*parts, *code]), notes)


def _sentences(told: Sequence[Told]) -> list[str]:
    """All of them, each once; what is gone stands last, in one."""
    said = dict.fromkeys(sentence for each in told for sentence in each.sentences)
    gone = list(dict.fromkeys(each.gone for each in told if each.gone))
    return [*said, *([f"Nothing of it is left in {listed(gone)}."] if gone else [])]
