# SPDX-License-Identifier: GPL-2.0-or-later
"""``measure``: a figure of ``refseries bench`` that is at most so many times what it was."""

from __future__ import annotations

from typing import Annotated

import msgspec

from refseries.review.evidence.kind import Evidence, FullLine, Known, Pair, Proof, Told, Verdict


class MeasureEvidence(Evidence, frozen=True, tag="measure"):
    """See above.

    Attributes:
        figure: its name.
        at_most: how much of the criticised version's figure the settling one may have (1.02: two
            per cent more).
    """

    figure: FullLine
    at_most: Annotated[float, msgspec.Meta(gt=0)]

    def detail(self) -> str:
        """The figure and its limit."""
        return f"{self.figure}: at most {self.at_most:g} times"

    def judge(self, pair: Pair, known: Known) -> Proof:
        """Both counted in the same way, and settled."""
        from refseries.bench import measurements  # slow to import, and few lists need it

        before, after = known.measured(pair.before), known.measured(pair.after)
        for name, kept in ((pair.before, before), (pair.after, after)):
            if kept is None or kept.figure(self.figure) is None:
                what = f"no {self.figure} of {name} as it stands is saved"
                return Proof(Verdict.UNTESTED, what)
        assert before is not None
        assert after is not None
        others = set(measurements.stale(before.origin, after.origin)) - {"tree"}
        if others:
            named = ", ".join(sorted(others))
            return Proof(Verdict.UNTESTED, f"{self.figure} was measured with another {named}")
        old, new = before.figure(self.figure), after.figure(self.figure)
        assert old is not None
        assert new is not None
        if not (old.settled and new.settled):
            return Proof(Verdict.UNTESTED, f"{self.figure} is not settled")
        good = new.value <= self.at_most * old.value
        words = pair.seen(f"{old.value:,.1f}", f"{new.value:,.1f} {new.unit}")
        seen = f"{self.figure}: {words}, at most {self.at_most:g} times"
        return Proof(Verdict.PROVEN if good else Verdict.BROKEN, seen)

    def tell(self, pair: Pair, proof: Proof, known: Known | None) -> Told:
        """What was seen."""
        return Told((f"{proof.seen.rstrip('.')}.",))
