# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user calls a commit or a branch, in a tree where other things are called so as well."""

from __future__ import annotations

import pytest
from toy import RELEASE, Toy

from refseries.errors import SeriesError
from refseries.git import revisions

TAG = f"v{RELEASE}"


def test_a_branch_is_found_whatever_else_is_called_so(toy: Toy) -> None:
    toy.git("branch", "topic")
    toy.git("tag", "topic", TAG)
    for name in ("topic", "heads/topic", "refs/heads/topic"):
        assert revisions.branch(toy.tree, name) == "topic"
        assert revisions.ref(toy.tree, name) == "refs/heads/topic"
    for name in ("tags/topic", "topic~1", "v9", "master..topic", "", "-x", "refs/heads/"):
        assert revisions.branch(toy.tree, name) == ""
        assert revisions.ref(toy.tree, name) == name


def test_a_branch_whose_name_looks_like_a_full_one(toy: Toy) -> None:
    toy.git("update-ref", "refs/heads/refs/heads/odd", "master")
    assert revisions.branch(toy.tree, "refs/heads/odd") == "refs/heads/odd"
    toy.git("branch", "odd", TAG)
    assert revisions.branch(toy.tree, "refs/heads/odd") == "odd"  # as git has it


def test_head_is_the_branch_of_the_work_tree(toy: Toy) -> None:
    linked = toy.directory / "linked"
    toy.git("worktree", "add", "-q", "-b", "topic", str(linked), TAG)
    for name in ("HEAD", "@"):
        assert revisions.branch(toy.tree, name) == "master"
        assert revisions.branch(linked, name) == "topic"
    assert revisions.commit_of(linked, "") == revisions.commit_of(linked, "HEAD") == toy.base_commit
    toy.at_base()
    assert revisions.branch(toy.tree, "HEAD") == ""
    toy.git("symbolic-ref", "HEAD", "refs/heads/unborn")
    assert revisions.branch(toy.tree, "HEAD") == ""


@pytest.mark.parametrize("behind", ["", "~1", "^0", "^{tree}", "@{0}", ":Makefile"])
def test_a_tag_and_a_branch_of_one_name_are_told_apart_by_the_user(toy: Toy, behind: str) -> None:
    toy.git("branch", "topic")
    toy.git("tag", "topic", "master")
    revisions.commit_of(toy.tree, f"topic{behind}")
    toy.git("tag", "--force", "topic", TAG)
    with pytest.raises(SeriesError, match="a tag and a branch are called `topic`") as caught:
        revisions.commit_of(toy.tree, f"topic{behind}")
    assert caught.value.hint == "Say which: refs/tags/topic or refs/heads/topic."
    for name in ("refs/tags/topic", "refs/heads/topic"):
        assert revisions.commit_of(toy.tree, name) == toy.git("rev-parse", name)


def test_a_release_is_the_tag(toy: Toy) -> None:
    toy.git("branch", TAG, "master")
    assert revisions.commit_of(toy.tree, TAG) == toy.base_commit
