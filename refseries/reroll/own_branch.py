# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits on top of a version itself, where they are wanted in it."""

from __future__ import annotations

import shlex
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError, StageError
from refseries.host.text import counted
from refseries.model import BaseInfo, Series
from refseries.review import work_tree
from refseries.review.work_tree import Workplace


def into_its_place(series: Series, base: BaseInfo, cache: Path, name: str) -> str:
    """How to get the commits on top of version ``name`` into it where no reroll made it.

    Returns:
        Sentences for a hint; empty where its working branch has no commits.
    """
    place = work_tree.find(series, base, cache, name)
    if not _beyond(place):
        return ""
    fold = work_tree.rebase(
        place, f"refs/heads/{place.branch}", "-i", "--autosquash", place.base.commit[:12]
    )
    bring = f"refseries import {place.branch} --as {name} --replace"
    return f" To have the commits on top of {name} in it: `{fold}`, then `{bring}`."


def refuse(series: Series, base: BaseInfo, cache: Path, name: str, below: Workplace) -> None:
    """Refuse to make version ``name`` anew of the branch ``below`` where it has one on top as well.

    Raises:
        SeriesError: what is on top of it would not be in it; says how to get it there.
    """
    try:
        place = work_tree.find(series, base, cache, name)
    except StageError:  # it does not apply as it stands, so nobody can tell
        return
    # Cherry-picked, a commit has its author's date and its subject still.
    if not (count := len(_beyond(place) - _beyond(below))):
        return
    start = "" if below.worktree.is_dir() else f"`refseries feedback start --onto {below.onto}`, "
    words = ("git", "-C", str(below.worktree), "cherry-pick", "--allow-empty")
    pick = shlex.join((*words, f"{place.tip[:12]}..{place.branch}"))
    raise SeriesError(
        f"has {counted(count, 'commit')} on top of {name}, which is made of the branch on top of"
        f" {below.onto}, so they would not be in it.",
        where=place.branch,
        hint=f"To have them there: {start}`{pick}`, then this again."
        f" Without them: --branch {below.branch}.",
    )


def _beyond(place: Workplace) -> set[str]:
    """Author, date and subject of the commits on top of the version, as it is, on its branch."""
    tip = git.resolve(place.base.repo, f"refs/heads/{place.branch}")
    if tip is None or not work_tree.is_on_top(place, tip):
        return set()
    words = ("log", "--no-show-signature", "--format=%ae %at %s", f"{place.tip}..{tip}", "--")
    return set(git.git(place.base.repo, *words).stdout.splitlines())
