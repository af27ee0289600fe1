# SPDX-License-Identifier: GPL-2.0-or-later
"""``coverage``: the lines that a task's fixup brought are run by a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from refseries.review.evidence.kind import (
    Evidence,
    Known,
    Pair,
    Proof,
    Rests,
    Told,
    Verdict,
    Word,
)

if TYPE_CHECKING:
    from refseries.coverage.model import CompiledLine, ConfigCoverage


class CoverageEvidence(Evidence, frozen=True, tag="coverage"):
    """See above.

    Attributes:
        config: the kernel config in which the cases run; None is the first that the series names.
    """

    config: Word | None = None

    def detail(self) -> str:
        """Whose lines, and the config."""
        of = "the lines of its fixup are run"
        return f"{of} in {self.config}" if self.config else of

    def rests(self, first: str) -> Rests:
        """On what the cases run of the settling version."""
        return Rests(self.config or first, counted=True)

    def judge(self, pair: Pair, known: Known) -> Proof:
        """Every line of the fixup that is still there and is code was run by a case that did well.

        What is not known of a case proves nothing for a line that no other ran.
        """
        lines = known.fixup_lines(pair.after, pair.task)
        if lines is None:
            return Proof(Verdict.UNTESTED, f"no fixup of {pair.after} addresses it")
        config = self.config or known.config
        found = known.counted(pair.after, config)
        if found is None:
            what = f"the lines of {pair.after} were not counted in {config}"
            return Proof(Verdict.UNTESTED, what)
        code = [each for each in found.lines if (each.file, each.number) in lines]
        if not code:
            what = f"no line of its fixup is code in {config} ({len(lines)} looked at)"
            return Proof(Verdict.UNTESTED, what)
        left = [each for each in code if not _is_run(each, found)]
        if not left:
            return Proof(Verdict.PROVEN, f"each line of its fixup is run ({len(code)})")
        what = f"{left[0].file}:{left[0].number} is run by no case ({len(left)} of {len(code)})"
        verdict = Verdict.UNTESTED if found.problems else Verdict.BROKEN
        return Proof(verdict, f"{what}; {found.problems[0]}" if found.problems else what)

    def tell(self, pair: Pair, proof: Proof, known: Known | None) -> Told:
        """As it is."""
        return Told((f"The selftests run every line of the change in {pair.after}.",))


def _is_run(line: CompiledLine, found: ConfigCoverage) -> bool:
    return any(found.cases[place].as_expected for place in line.cases)
