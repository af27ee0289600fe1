# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody who works on top of the newest version of the toy, and rerolls it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from task_commits import commit
from toy import Toy

from refseries.reroll import write as writing
from refseries.reroll.draft import Draft, Wish, draft
from refseries.reroll.write import Written
from refseries.review import store as tasks
from refseries.review import work_tree

WHEN = datetime(2026, 12, 1, 12, 30, 15, 999, tzinfo=UTC)
AS_T = ("-c", "user.name=t", "-c", "user.email=t@example.org")
CODE, DOCS = "0001-mm-introduce-toys.patch", "0002-mm-tell-what-a-toy-is.patch"


class Author:
    """Somebody who works on top of the newest version of the toy."""

    def __init__(self, toy: Toy) -> None:
        self.toy = toy
        self.place = work_tree.find(toy.series(), toy.base(), toy.cache)
        work_tree.start(self.place)

    def commit(self, message: str, files: Mapping[str, str | None]) -> str:
        return commit(self.toy, self.place.worktree, message, files)

    def change_nothing(self, message: str) -> None:
        """A commit without a change, as ``git commit --allow-empty`` makes it."""
        words = ("commit", "--quiet", "--allow-empty", "-m", message)
        self.toy.git(*AS_T, *words, at=self.place.worktree)

    def memory(self, *changes: tuple[int, str]) -> str:
        """mm/memory.c as it is there, with the lines of these numbers replaced."""
        lines = (self.place.worktree / "mm/memory.c").read_text().splitlines(keepends=True)
        for number, line in changes:
            lines[number - 1] = line + "\n"
        return "".join(lines)

    def draft(self, version: str = "v3", **wishes: object) -> Draft:
        toy = self.toy
        wish = replace(Wish(version), **wishes)  # type: ignore[arg-type]
        return draft(toy.series(), toy.base(), toy.cache, tasks.load(toy.series()), wish)

    def reroll(self, version: str = "v3", **wishes: object) -> Written:
        made = self.draft(version, **wishes)
        return writing.write(self.toy.series(), made, self.toy.cache, WHEN)


def tree_of(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def into(made: Draft) -> list[tuple[str, str]]:
    return [(choice.into.name, choice.why) for choice in made.choices]
