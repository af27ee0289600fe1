# SPDX-License-Identifier: GPL-2.0-or-later
"""Which state to look at next; pure.

States are numbered in their order. Of each that was looked at a word is known, or None where it
can show nothing (it does not build, say): such a state is stepped around.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

_GOOD = "pass"


def bounds(seen: Mapping[int, str | None], last: int) -> tuple[int, int]:
    """The two states between which the word turns, as far as is known.

    A case may be absent, pass, crash and then fail: where the first state passes, it is where that
    ends; else, where the ends differ, it is where the word of the last state begins.

    Args:
        seen: both ends, 0 and ``last``, are among them, and a word that is not that of 0.

    Returns:
        Two states with different words, between which none is known to have one.
    """
    known = [state for state in sorted(seen) if seen[state] is not None]
    if seen[0] != _GOOD and seen[last] not in (None, seen[0]):
        before = next(state for state in reversed(known) if seen[state] != seen[last])
        return before, known[known.index(before) + 1]
    after = next(state for state in known if seen[state] != seen[0])
    return known[known.index(after) - 1], after


def follow(seen: Mapping[int, str | None], last: int, cheap: Collection[int]) -> int | None:
    """The state to look at next: of those between the bounds the one in the middle.

    Args:
        cheap: states whose kernel is there; the others are left for when none of these helps.

    Returns:
        None when there is nothing more to learn.
    """
    before, after = bounds(seen, last)
    between = [state for state in range(before + 1, after) if state not in seen]
    pool = [state for state in between if state in cheap] or between
    return min(pool, key=lambda state: abs(2 * state - before - after), default=None)
