# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits by their ids: the tree of one, where two parted, and one made of a tree."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from refseries.git.command import git


def tree_of(path: Path, commit: str) -> str:
    """Id of the tree of ``commit``."""
    return git(path, "rev-parse", f"{commit}^{{tree}}").stdout.strip()


def merge_base(path: Path, one: str, other: str) -> str:
    """Id of the commit at which two parted; empty when they have nothing in common."""
    return git(path, "merge-base", one, other, check=False).stdout.strip()


def commit_tree(path: Path, tree: str, parent: str, message: str, who: Mapping[str, str]) -> str:
    """Make a commit; gives its id.

    Args:
        who: author and committer, as ``identity`` tells git of them.
    """
    words = ("commit-tree", tree, "-p", parent, "-F", "-")
    return git(path, *words, env=who, stdin=message.encode()).stdout.strip()
