# SPDX-License-Identifier: GPL-2.0-or-later
"""What kinds ``diff`` and ``text`` share: patterns that come or go at a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from refseries.review import patterns
from refseries.review.evidence.kind import Pair, Proof, Verdict, overall

ABSENT = "absent"


def detail(place: str, added: Sequence[str], gone: Sequence[str]) -> str:
    """The place and the patterns."""
    wanted = [f"+`{each}`" for each in added] + [f"-`{each}`" for each in gone]
    return f"{place}: {', '.join(wanted)}"


def problems(
    kind: str, added: Sequence[str], gone: Sequence[str]
) -> Iterator[tuple[str, str, str]]:
    """It looks for nothing, or a pattern is none; see ``Evidence.problems``."""
    if not added and not gone:
        what = f"evidence of kind {kind} that looks for nothing."
        yield "kind", what, "Add `added = […]` or `gone = […]`."
    yield from patterns.problems("added", added)
    yield from patterns.problems("gone", gone)


def judge(
    place: str,
    added: Sequence[str],
    gone: Sequence[str],
    pair: Pair,
    at: Callable[[str], tuple[str, str]],
) -> Proof:
    """The worst of the patterns.

    Args:
        added: each is found on the settling version, and not on the criticised one.
        gone: the other way round.
        at: where a pattern is found before and after; empty where it is not.
    """
    proofs = []
    for pattern, wanted in (*((each, False) for each in added), *((each, True) for each in gone)):
        old, new = at(pattern)
        good = bool(old) is wanted and bool(new) is not wanted
        seen = f"`{pattern}` in {place}: {pair.seen(old or ABSENT, new or ABSENT)}"
        proofs.append(Proof(Verdict.PROVEN if good else Verdict.BROKEN, seen))
    worst = overall(proofs)
    if worst is None:
        return Proof(Verdict.BROKEN, f"names no pattern for {place}")
    shown = next(proof.seen for proof in proofs if proof.verdict is worst)
    several = len(proofs) > 1 and worst is Verdict.PROVEN
    return Proof(worst, shown + (f" (and {len(proofs) - 1} more)" if several else ""))
