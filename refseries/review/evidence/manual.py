# SPDX-License-Identifier: GPL-2.0-or-later
"""``manual``: a person's word, and where to read more; never more than claimed."""

from __future__ import annotations

from typing import Annotated

import msgspec

from refseries.review.evidence.kind import Evidence, Known, Pair, Proof, Told, Verdict, WebLink


class ManualEvidence(Evidence, frozen=True, tag="manual"):
    """See above."""

    text: Annotated[str, msgspec.Meta(min_length=1)]
    link: WebLink = ""

    unseen = Verdict.CLAIMED

    def detail(self) -> str:
        """The word, and its link."""
        return f"{self.text} ({self.link})" if self.link else self.text

    def judge(self, pair: Pair, known: Known) -> Proof:
        """Claimed."""
        return Proof(Verdict.CLAIMED, self.text)

    def tell(self, pair: Pair, proof: Proof, known: Known | None) -> Told:
        """The word."""
        said = self.text.rstrip(".")
        return Told((f"{said} ({self.link})." if self.link else f"{said}.",))
