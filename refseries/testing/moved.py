# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits of the user's on another base than their own, for one command: his branch stays."""

from __future__ import annotations

from pathlib import Path

from refseries import git
from refseries.errors import SeriesError, StageError
from refseries.git import identity, replay
from refseries.model import Identity
from refseries.series.apply import MOST_COMMITS

_FORMAT = "%an%x00%ae%x00%ad%x00%B"


def commits(repo: Path, fork: str, tip: str, onto: str, committer: Identity, name: str) -> str:
    """The last of the commits from ``fork`` to ``tip``, put onto ``onto`` by three-way merges.

    The same commits give the same ids. A merge is one change, of what it brought.

    Args:
        name: what the user calls ``tip``, for messages.

    Raises:
        SeriesError: they are too many.
        StageError: one conflicts.
    """
    words = ("rev-list", "--reverse", "--first-parent", f"{fork}..{tip}")
    wanted = git.git(repo, *words).stdout.split()
    if len(wanted) > MOST_COMMITS:
        raise SeriesError(
            f"`{name}` has {len(wanted)} commits over its base; the most are {MOST_COMMITS}.",
            where=str(repo),
            hint="Name a range that begins later: A..B.",
        )
    old = fork
    for commit in wanted:
        tree = replay.merged(repo, onto, old, commit)
        if tree is None:
            subject = git.git(repo, "log", "-1", "--no-show-signature", "--format=%s", commit)
            raise StageError(
                f"`{name}` does not apply there: {subject.stdout.strip()} conflicts.",
                where=f"over {onto[:12]}",
                hint="Rebase the branch in your tree, and name the result.",
            )
        onto, old = _made(repo, tree, onto, commit, committer), commit
    return onto


def _made(repo: Path, tree: str, parent: str, commit: str, committer: Identity) -> str:
    words = ("log", "-1", "--no-show-signature", "--date=raw", f"--format={_FORMAT}", commit)
    name, email, date, message = git.git(repo, *words).stdout.split("\0", 3)
    author = identity.as_author(Identity(name, email), f"@{date}")
    who = author | identity.as_committer(committer, f"@{date}")
    message = message.removesuffix("\n")  # git log ends what it shows with one more
    return git.commit_tree(repo, tree, parent, message, who)
