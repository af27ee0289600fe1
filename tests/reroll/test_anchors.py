# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a line is after other lines came, went or changed."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refseries.git.lines import Block
from refseries.reroll.anchors import _blocks, map_line

ADDED_BEHIND_2 = (Block(2, 0, 3, 2),)
GONE_2_3 = (Block(2, 2, 1, 0),)
CHANGED_2_3 = (Block(2, 2, 2, 1),)


@pytest.mark.parametrize(
    ("blocks", "line", "expected"),
    [
        ((), 4, ("untouched", 4)),
        (ADDED_BEHIND_2, 2, ("untouched", 2)),
        (ADDED_BEHIND_2, 3, ("untouched", 5)),
        (GONE_2_3, 1, ("untouched", 1)),
        (GONE_2_3, 2, ("vanished", 0)),
        (GONE_2_3, 3, ("vanished", 0)),
        (GONE_2_3, 4, ("untouched", 2)),
        (CHANGED_2_3, 2, ("touched", 2)),
        (CHANGED_2_3, 3, ("touched", 2)),
        (CHANGED_2_3, 4, ("untouched", 3)),
        ((), 99, ("vanished", 0)),
    ],
)
def test_a_line_moves_with_what_stands_before_it(
    blocks: tuple[Block, ...], line: int, expected: tuple[str, int]
) -> None:
    assert map_line(line, blocks, length=10) == expected


TEXT = st.lists(st.sampled_from("abcd"), max_size=12)


@given(TEXT, TEXT)
def test_an_untouched_line_is_the_same_line(before: list[str], after: list[str]) -> None:
    blocks = tuple(_blocks(before, after))
    untouched = 0
    for number, text in enumerate(before, 1):
        became, now = map_line(number, blocks, len(after))
        if became == "untouched":
            assert after[now - 1] == text
            untouched += 1
        elif became == "touched":
            assert 1 <= now <= len(after)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    assert untouched == sum(block.size for block in matcher.get_matching_blocks())
