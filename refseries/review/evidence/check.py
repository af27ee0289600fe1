# SPDX-License-Identifier: GPL-2.0-or-later
"""``check``: a finding of ``refseries check`` on the version criticised that is gone after."""

from __future__ import annotations

from collections.abc import Iterator

from refseries.review import patterns
from refseries.review.evidence.kind import (
    Evidence,
    Known,
    Pair,
    Pattern,
    Proof,
    Rests,
    Told,
    Verdict,
    Word,
)


class CheckEvidence(Evidence, frozen=True, tag="check"):
    """See above.

    Attributes:
        check: name of the check (``checkpatch``, ``sparse``, ``coccinelle``, …).
        pattern: a regular expression that matches the finding.
    """

    check: Word
    pattern: Pattern

    def detail(self) -> str:
        """The check, and what it finds."""
        return f"{self.check}: -`{self.pattern}`"

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """The pattern is none."""
        yield from patterns.problems("pattern", (self.pattern,))

    def rests(self, first: str) -> Rests:
        """On what the check said."""
        return Rests(check=self.check)

    def judge(self, pair: Pair, known: Known) -> Proof:
        """It finds something that the pattern fits before, and nothing such after.

        Only what a version brought itself counts, not what base has as well.
        """
        from refseries.check.model import (
            CheckState,  # check is slow to import, and few lists need it
        )

        found = []
        for name in (pair.before, pair.after):
            checked = known.checked(name)
            outcome = checked.outcomes.get(self.check) if checked else None
            if outcome is None:
                return Proof(Verdict.UNTESTED, f"{self.check} has not been run on {name}")
            if outcome.state not in (CheckState.OK, CheckState.FINDINGS):
                why = outcome.message or str(outcome.state)
                return Proof(Verdict.UNTESTED, f"{self.check} on {name}: {why}")
            lines = [f"{finding.where}: {finding.text}" for finding in outcome.new]
            number = patterns.find_line(self.pattern, lines, pair.task)
            found.append(lines[number - 1] if number else "")
        old, new = found
        seen = pair.seen(old or "nothing", new or "nothing")
        good = bool(old) and not new
        return Proof(Verdict.PROVEN if good else Verdict.BROKEN, f"{self.check}: {seen}")

    def tell(self, pair: Pair, proof: Proof, known: Known | None) -> Told:
        """As it is."""
        return Told((f"{self.check} finds it on {pair.before}, and no more on {pair.after}.",))
