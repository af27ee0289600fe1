# SPDX-License-Identifier: GPL-2.0-or-later
"""New sources that git ignores: named, and told from what a build or an editor leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from task_commits import commit
from toy import Toy

from refseries.host import proc
from refseries.review import hidden, work_tree


@pytest.fixture
def worktree(toy: Toy, tmp_path: Path) -> Path:
    """One in which the tree and the user have git ignore what sources are called as well."""
    mine = tmp_path / "ignored"
    mine.write_text("notes*\n*~\n/scratch/\n")
    toy.git("config", "core.excludesFile", str(mine))
    place = work_tree.find(toy.series(), toy.base(), toy.cache)
    work_tree.start(place)
    ignore = "core*\n.*\n!.gitignore\n*.o\n*.mod.c\n*.tab.[ch]\n/table.c\n/gen/\n*~\n"
    commit(toy, place.worktree, "mm: ignore", {"mm/.gitignore": ignore})
    return place.worktree


def _write(worktree: Path, *names: str) -> None:
    for name in names:
        path = worktree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("int toy;\n")


def test_sources_that_a_pattern_hides_by_chance_are_named(worktree: Path) -> None:
    assert hidden.sources(worktree) == ()
    _write(worktree, "mm/core_toy.c", "mm/notes.rst", "mm/core/Kconfig", "scratch/toy.c", "new.c")
    assert hidden.sources(worktree) == ("mm/core/", "mm/core_toy.c", "mm/notes.rst", "scratch/")


def test_what_a_build_or_an_editor_makes_is_not(worktree: Path) -> None:
    _write(worktree, "mm/toy.o", "mm/toy.mod.c", "mm/toy.tab.h", "mm/table.c", "mm/gen/a.c")
    _write(worktree, "mm/core_made.h", "mm/.core_made.h.cmd", "mm/toy.c~", "mm/notes.txt")
    _write(worktree, "scratch/.config", "scratch/include/generated/a.h")
    assert hidden.sources(worktree) == ()


def test_work_and_reroll_say_so(
    toy: Toy, worktree: Path, refseries: Callable[..., proc.Completed]
) -> None:
    _write(worktree, "mm/core_toy.c")
    told = "git ignores, so not in {}: mm/core_toy.c (git add --force takes them)\n"
    for words in (("diff", "v2"), ("check", "--only", "message")):
        done = refseries(*words, "work")
        assert "Note: " + told.format("work") in done.stderr
    done = refseries("reroll", "--dry-run", "--new", "ignore")
    assert done.returncode == 0, done.stderr
    assert told.format("v3") in done.stdout
