# SPDX-License-Identifier: GPL-2.0-or-later
"""Which state to look at next; pure.

States are numbered in their order. Of each that was looked at a word is known, or None where it
can show nothing (it does not build, say): such a state is stepped around.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping


def bounds(seen: Mapping[int, str | None], last: int) -> tuple[int, int]:
    """The two states between which the word turns, as far as is known.

    Args:
        seen: both ends, 0 and ``last``, are among them, and a word that is not that of 0.

    Returns:
        The last state that is as the first one, before the first that is not; and that one.
    """
    before, after = 0, last
    for state in sorted(seen):
        if seen[state] is None:
            continue
        if seen[state] != seen[0]:
            after = state
            break
        before = state
    return before, after


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
