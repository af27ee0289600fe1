# SPDX-License-Identifier: GPL-2.0-or-later
"""A commit put onto another one by a three-way merge, as ``git am -3`` does it."""

from __future__ import annotations

from pathlib import Path

from refseries.git.command import git, on_objects
from refseries.host.scratch import scratch_folder


def merged(repo: Path, tip: str, old: str, new: str) -> str | None:
    """The tree of ``tip`` with what changed from ``old`` to ``new``; None where they conflict.

    Nothing but objects is written.

    Args:
        tip, old, new: commits or trees.
    """
    diff = on_objects(
        repo, new, "diff-tree", "-p", "--binary", "--full-index", "--no-renames", old, new, "--"
    ).out
    with scratch_folder() as scratch:
        env = {"GIT_INDEX_FILE": str(scratch / "index")}
        git(repo, "read-tree", tip, env=env)
        words = ("apply", "--cached", "--3way", "--whitespace=nowarn", "-")
        if diff and git(repo, *words, env=env, stdin=diff, check=False).returncode != 0:
            return None
        return git(repo, "write-tree", env=env).stdout.strip()
