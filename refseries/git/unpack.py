# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of a commit in a plain folder, for programs that read no git."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from refseries.git.command import git
from refseries.host import proc


def present(repo: Path, commit: str, names: Sequence[str]) -> tuple[str, ...]:
    """Those of the files and folders ``names`` that ``commit`` has."""
    listed = git(repo, "ls-tree", "-z", "--name-only", commit, "--", *names).stdout
    return tuple(name for name in listed.split("\0") if name)


def unpack(repo: Path, commit: str, names: Sequence[str], place: Path) -> None:
    """Write the files and folders ``names`` of ``commit`` below ``place``, which is made.

    Raises:
        StageError: ``commit`` lacks one of them.
    """
    place.mkdir(exist_ok=True)
    if names:  # without any, git would give the whole tree
        packed = git(repo, "archive", "--format=tar", commit, "--", *names).out
        proc.run(["tar", "-x", "--no-same-owner", "-C", place], stdin=packed)
