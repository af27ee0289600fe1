# SPDX-License-Identifier: GPL-2.0-or-later
"""``build``: a config that breaks on the version criticised and builds on the settling one."""

from __future__ import annotations

from refseries.model import StageOutcome
from refseries.review.evidence.kind import Evidence, Known, Pair, Proof, Rests, Told, Verdict, Word


class BuildEvidence(Evidence, frozen=True, tag="build"):
    """See above; ``config`` is the kernel config."""

    config: Word

    def detail(self) -> str:
        """The config."""
        return self.config

    def rests(self, first: str) -> Rests:
        """On builds."""
        return Rests(self.config)

    def judge(self, pair: Pair, known: Known) -> Proof:
        """It breaks before and builds after."""
        broke, builds = False, False
        for name in (pair.before, pair.after):
            latest = known.latest(name, self.config)
            outcome = latest.stages.get("build") if latest else None
            if outcome in (None, StageOutcome.NOT_RUN):
                what = f"{name} as it stands has not been built in {self.config}"
                return Proof(Verdict.UNTESTED, what)
            if name == pair.before:
                broke = outcome is StageOutcome.BUILD_FAILED
            else:
                builds = outcome is StageOutcome.PASS
        words = ("build-failed" if broke else "builds", "builds" if builds else "build-failed")
        verdict = Verdict.PROVEN if broke and builds else Verdict.BROKEN
        return Proof(verdict, f"{self.config}: {pair.seen(*words)}")

    def tell(self, pair: Pair, proof: Proof, known: Known | None) -> Told:
        """As it is."""
        breaks = f"The configuration {self.config} breaks on {pair.before}"
        return Told((f"{breaks} and builds on {pair.after}.",))
