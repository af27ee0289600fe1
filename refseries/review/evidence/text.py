# SPDX-License-Identifier: GPL-2.0-or-later
"""``text``: something in what the version says rather than does."""

from __future__ import annotations

from collections.abc import Iterator

from refseries.review import patterns
from refseries.review.evidence import pattern
from refseries.review.evidence.kind import (
    Evidence,
    KernelPath,
    Known,
    Pair,
    Pattern,
    Proof,
    Told,
    Verdict,
)

RECIPIENTS = "recipients"
_TEXTS = {"cover": "the cover letter", "message": "the commit message"}


class TextEvidence(Evidence, frozen=True, tag="text"):
    """See above.

    Attributes:
        where: ``cover``, ``message`` (of any patch), ``recipients``, or a path in the kernel tree
            (documentation).
        added: each regular expression is found on the settling version, not on the other one.
        gone: the other way round.
    """

    where: KernelPath
    added: tuple[Pattern, ...] = ()
    gone: tuple[Pattern, ...] = ()

    def detail(self) -> str:
        """The place and the patterns."""
        return pattern.detail(self.where, self.added, self.gone)

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """It looks for nothing, or a pattern is none."""
        yield from pattern.problems(self.kind, self.added, self.gone)

    def files(self) -> tuple[str, ...]:
        """The place."""
        return (self.where,)

    def judge(self, pair: Pair, known: Known) -> Proof:
        """As of kind ``diff``, in a running text whose lines may be wrapped anywhere."""
        if self.where == RECIPIENTS:
            return self._judge_recipients(pair, known.recipients())
        sides = known.text(pair.before, self.where), known.text(pair.after, self.where)

        def at(expression: str) -> tuple[str, str]:
            there = (patterns.is_in_text(expression, text, pair.task) for text in sides)
            old, new = ("there" if found else "" for found in there)
            return old, new

        return pattern.judge(self.where, self.added, self.gone, pair, at)

    def _judge_recipients(self, pair: Pair, now: str) -> Proof:
        """Who gets the mail from now on; who got that of older versions is not kept.

        So it can be broken by what is seen, and never be more than claimed.
        """
        proofs = []
        for each, wanted in (*((p, True) for p in self.added), *((p, False) for p in self.gone)):
            there = patterns.is_in_text(each, now, pair.task)
            verdict = Verdict.CLAIMED if there is wanted else Verdict.BROKEN
            words = pair.seen("not kept", "there" if there else pattern.ABSENT)
            proofs.append(Proof(verdict, f"`{each}` in {self.where}: {words}"))
        return min(proofs, key=lambda proof: proof.verdict is Verdict.CLAIMED)

    def tell(self, pair: Pair, proof: Proof, known: Known | None) -> Told:
        """Where it is now, or is no more."""
        is_new = bool(self.added)
        if self.where == RECIPIENTS:
            said = "It is among the recipients." if is_new else "It is no recipient any more."
        else:
            place = _TEXTS.get(self.where, self.where)
            said = f"It is in {place}." if is_new else f"It is gone from {place}."
        return Told((said,))
