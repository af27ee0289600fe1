# SPDX-License-Identifier: GPL-2.0-or-later
"""Evidence and what became of it, as several commands show it."""

from __future__ import annotations

import textwrap

from rich.console import Console
from rich.text import Text

from refseries.cli import screen
from refseries.review.evidence.kind import Proof, Verdict

_STYLES = {
    Verdict.PROVEN: "green",
    Verdict.CLAIMED: "yellow",
    Verdict.BROKEN: "bold red",
    Verdict.UNTESTED: "yellow",
}


def show_evidence(console: Console, kind: str, proof: Proof) -> None:
    """One evidence: its verdict, its kind, and what was seen, wrapped in a column of its own."""
    before = f"  {proof.verdict:<9} {kind:<8} "
    width = max(console.width - len(before), 20)
    wrapped = textwrap.wrap(screen.printable(proof.seen), width) or [""]
    first = Text(before, style=_STYLES[proof.verdict])
    first.append(wrapped[0], style="default")
    console.print(first, soft_wrap=True)
    for line in wrapped[1:]:
        screen.say(" " * len(before) + line)
