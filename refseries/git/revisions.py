# SPDX-License-Identifier: GPL-2.0-or-later
"""Names that a user gives to commits and branches of his tree.

They are looked up where he works: HEAD and the like are another commit in each work tree of one
repository.
"""

from __future__ import annotations

import re
from pathlib import Path

from refseries.errors import SeriesError
from refseries.git import releases
from refseries.git.command import git, resolve

_HEADS = "refs/heads/"
_BEHIND = re.compile(r"[~^:]|@\{")  # what may follow a name: topic~2, topic@{1}


def commit_of(path: Path, name: str) -> str | None:
    """Id of the commit that ``name`` means, None when there is none.

    Args:
        path: the user's work tree, or a git directory.
        name: empty is HEAD, as in ``A..``.

    Raises:
        SeriesError: a tag and a branch are called so, and are not the same. Git would take the tag
            and warn. A release is the tag.
        HostError: as ``git.resolve``.
    """
    stem = _BEHIND.split(name)[0]
    if stem and not releases.is_release(stem):
        found = {resolve(path, f"{kind}{stem}") for kind in ("refs/tags/", _HEADS)}
        if None not in found and len(found) == 2:
            raise SeriesError(
                f"a tag and a branch are called `{stem}`, and are not the same.",
                where=str(path),
                hint=f"Say which: refs/tags/{stem} or {_HEADS}{stem}.",
            )
    return resolve(path, name or "HEAD")


def branch(path: Path, name: str) -> str:
    """The branch that ``name`` is, without ``refs/heads/``; empty when it is none.

    HEAD is the branch that is checked out. What else has the name of a branch is no matter.
    """
    if name in ("HEAD", "@"):
        name = git(path, "symbolic-ref", "--quiet", "HEAD", check=False).stdout.rstrip("\n")
    for prefix in (_HEADS, "heads/", ""):  # in this order for git, too
        short = name.removeprefix(prefix)
        words = ("show-ref", "--verify", "--quiet", "--", f"{_HEADS}{short}")
        if name.startswith(prefix) and git(path, *words, check=False).returncode == 0:
            return short
    return ""


def ref(path: Path, name: str) -> str:
    """``name``, as git takes it for the branch where there is one."""
    short = branch(path, name)
    return f"{_HEADS}{short}" if short else name
