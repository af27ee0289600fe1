# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits on top of the newest version, wanted in it: what is to be typed does it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

import pytest
from reroll_author import AS_T, Author
from toy import Toy

from refseries.errors import SeriesError
from refseries.host import proc
from refseries.series import patches, store

Run = Callable[..., proc.Completed]


def typed(hint: str) -> list[list[str]]:
    """The commands that a hint says to type."""
    return [shlex.split(command) for command in re.findall(r"`([^`]+)`", hint)]


def test_those_on_top_of_one_that_a_reroll_made(toy: Toy, author: Author) -> None:
    author.commit("mm: toy: make it long", {"mm/toy.c": "long toy;\n"})
    author.reroll()
    later = Author(toy)
    later.commit("fixup! mm: introduce toys", {"mm/toy.c": "long long toy;\n"})
    later.change_nothing("amend! mm: introduce toys\n\nmm: add toys\n")
    with pytest.raises(SeriesError, match="2 commits on top of v3") as caught:
        author.draft()
    assert caught.value.hint.endswith(f"--branch {author.place.branch}.")
    assert len(author.draft(branch=author.place.branch).fixups) == 1
    (pick,) = typed(caught.value.hint)
    toy.git(*AS_T, *pick[1:])
    author.reroll()
    first = patches.read(store.version(toy.series(), "v3").patches[0])
    assert b"+long long toy;" in first.diff
    assert first.subject == "mm: add toys"
    assert len(author.draft().fixups) == 3  # those on top of what was there are no more on top


def test_those_on_top_of_one_that_no_reroll_made(toy: Toy, author: Author, refseries: Run) -> None:
    with pytest.raises(SeriesError, match="has no reroll") as caught:
        author.draft("v2")
    assert not typed(caught.value.hint)[1:]
    author.commit("fixup! mm: introduce toys", {"mm/toy.c": "long toy;\n"})
    with pytest.raises(SeriesError, match="has no reroll") as caught:
        author.draft("v2")
    _again, fold, bring = typed(caught.value.hint)
    toy.git(*AS_T, "-c", "sequence.editor=true", *fold[1:])
    done = refseries(*bring[1:])
    assert done.returncode == 0, done.stderr
    v2 = store.version(toy.series(), "v2")
    assert len(v2.patches) == 2
    assert b"+long toy;" in patches.read(v2.patches[0]).diff
