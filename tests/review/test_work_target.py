# SPDX-License-Identifier: GPL-2.0-or-later
"""The work tree of ``feedback start`` as a target; nothing of the user's is touched for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from toy import IDENTITY, Toy

from refseries import git
from refseries.errors import SeriesError
from refseries.git.identity import committer_of
from refseries.model import Target
from refseries.review import work_target, work_tree
from refseries.review.work_target import WorkTarget


@pytest.fixture
def worktree(toy: Toy) -> Path:
    place = work_tree.find(toy.series(), toy.base(), toy.cache)
    work_tree.start(place)
    return place.worktree


def find(toy: Toy, directory: Path = Path("/")) -> WorkTarget:
    return work_target.find(toy.series(), toy.base(), toy.cache, directory)


def files(toy: Toy, found: WorkTarget) -> list[str]:
    listed = git.git(toy.tree, "ls-tree", "-r", "--name-only", found.target.commit)
    return listed.stdout.splitlines()


def test_what_is_committed_is_work(toy: Toy, worktree: Path) -> None:
    found = find(toy)
    head = toy.git("rev-parse", "HEAD", at=worktree)
    assert found.target == Target("work", commit=head, like="v2")
    assert (found.new, found.base) == ((), toy.base())


def test_what_is_not_committed_is_in_it_and_stays_as_it_is(toy: Toy, worktree: Path) -> None:
    (worktree / "mm/toy.c").write_text("int changed;\n")
    (worktree / "mm/new.c").write_text("int new;\n")
    (worktree / "mm/built.o").write_text("ignored\n")
    (worktree / "mm/staged.c").write_text("int staged;\n")
    (worktree / "lib/logo.bin").unlink()
    toy.git("add", "mm/staged.c", at=worktree)
    index = Path(toy.git("rev-parse", "--path-format=absolute", "--git-path", "index", at=worktree))
    before = (index.read_bytes(), toy.git("status", "--porcelain", at=worktree))
    refs = toy.git("for-each-ref")
    found = find(toy)
    assert str(found.target) == "work+dirty"
    assert found.new == ("mm/new.c",)
    assert {"mm/new.c", "mm/staged.c"} < set(files(toy, found))
    assert not {"mm/built.o", "lib/logo.bin"} & set(files(toy, found))
    assert toy.git("show", f"{found.target.commit}:mm/toy.c") == "int changed;"
    assert (index.read_bytes(), toy.git("status", "--porcelain", at=worktree)) == before
    assert toy.git("for-each-ref") == refs


def test_the_same_files_are_the_same_commit(toy: Toy, worktree: Path) -> None:
    (worktree / "mm/toy.c").write_text("int changed;\n")
    first = find(toy).target.commit
    (worktree / "mm/toy.c").write_text("int other;\n")
    second = find(toy).target.commit
    (worktree / "mm/toy.c").write_text("int changed;\n")
    assert find(toy).target.commit == first != second
    assert committer_of(toy.tree, first) == IDENTITY


def test_what_the_user_has_git_ignore_is_left_out(toy: Toy, worktree: Path, tmp_path: Path) -> None:
    (tmp_path / "ignored").write_text("*.orig\n")
    toy.git("config", "core.excludesFile", str(tmp_path / "ignored"))
    (worktree / "mm/toy.c.orig").write_text("old\n")
    assert str(find(toy).target) == "work"


def test_the_work_tree_in_which_one_is_counts(toy: Toy, worktree: Path) -> None:
    place = work_tree.find(toy.series(), toy.base(), toy.cache, "v1")
    work_tree.start(place)
    assert find(toy).place.onto == "v2"
    inside = find(toy, place.worktree / "mm")
    assert (inside.place.onto, inside.target.like) == ("v1", "v1")


def test_a_base_of_the_cache_gets_the_commit(toy: Toy) -> None:
    bare = toy.cache / "base" / "repo.git"
    bare.parent.mkdir(parents=True)
    toy.git("clone", "--quiet", "--bare", str(toy.tree), str(bare))
    git.git(bare, "update-ref", "refs/heads/base", toy.base_commit)
    base = replace(toy.base(), repo=bare)
    place = work_tree.find(toy.series(), base, toy.cache)
    work_tree.start(place)
    (place.worktree / "mm/toy.c").write_text("int changed;\n")
    found = work_target.find(toy.series(), base, toy.cache, Path("/"))
    assert found.base.repo == bare
    assert git.read_file(bare, found.target.commit, "mm/toy.c") == b"int changed;\n"


def test_a_work_tree_that_was_not_started_is_told(toy: Toy) -> None:
    with pytest.raises(SeriesError, match="no work tree on top of v2") as caught:
        find(toy)
    assert "feedback start" in str(caught.value.hint)
