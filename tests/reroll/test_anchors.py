# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a line is after other lines came, went or changed."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from reroll_author import CODE, DOCS, Author
from reviews import make as review
from toy import Toy

from refseries.git.lines import Block
from refseries.model import Target
from refseries.reroll.anchors import History, _blocks, in_file, map_line
from refseries.reroll.plan import Fate
from refseries.review.model import Anchor
from refseries.series import apply

ADDED_BEHIND_2 = (Block(2, 0, 3, 2),)
FIRST = "mm: introduce toys"
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


@pytest.mark.parametrize(
    ("file", "line", "fate"),
    [
        ("mm/toy.c", 1, ("touched", CODE, "mm/toy.c", 1, "short toy_create;")),
        ("mm/memory.c", 11, ("untouched", CODE, "mm/memory.c", 11, "int line_11;")),
        ("mm/toy.c", 0, ("touched", CODE, "mm/toy.c")),
        ("Documentation/mm/toy.rst", 0, ("untouched", DOCS, "Documentation/mm/toy.rst")),
        ("mm/damon/core.c", 0, ("untouched", "", "mm/damon/core.c")),
        ("mm/gone.c", 0, ("vanished",)),
        ("mm/gone.c", 1, ("vanished",)),
    ],
)
def test_what_becomes_of_a_task_about_a_file(
    toy: Toy, file: str, line: int, fate: tuple[str, str, str, int, str]
) -> None:
    old, new = (
        apply.apply(toy.series(), toy.base(), Target(name), toy.cache) for name in ("v1", "v2")
    )
    history = History(new.repo, new.base, tuple(each.commit for each in new.commits), (CODE, DOCS))
    task = replace(review().tasks[1], anchor=Anchor(file=file, line=line))
    assert in_file(task, old.commit, history) == Fate(task.id, *fate)


def test_a_line_ends_where_git_ends_it(toy: Toy, author: Author) -> None:
    """A form feed, as some old files of the kernel have, is a character of its line."""
    author.commit(f"fixup! {FIRST}", {"mm/feed.c": "int a;\f\nint b;\nint c;\n"})
    author.reroll()
    new = apply.apply(toy.series(), toy.base(), Target("v3"), toy.cache)
    names = tuple(path.name for path in toy.series().versions[-1].patches)
    history = History(new.repo, new.base, tuple(each.commit for each in new.commits), names)
    task = replace(review().tasks[1], anchor=Anchor(file="mm/feed.c", line=3))
    fate = in_file(task, new.commit, history)
    assert (fate.became, fate.line, fate.text) == ("untouched", 3, "int c;")
