# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands on a working branch: which commit settles which tasks, and what is left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec import structs

from refseries import git
from refseries.errors import SeriesError
from refseries.git import revisions
from refseries.host.progress import Say, silent
from refseries.model import Series
from refseries.review import states, store, work_tree
from refseries.review.model import UNFINISHED, Review, Task
from refseries.review.work_tree import Workplace, is_on_top

# One commit: id, number of parents, subject, trailers.
_FORMAT = "--format=%H%n%P%n%s%n%(trailers:key=Addresses,valueonly,unfold,separator=%x2C)"


@dataclass(frozen=True)
class WorkCommit:
    """One commit of a working branch.

    Attributes:
        addresses: ids of tasks in its ``Addresses:`` trailers, in order, each once.
        unknown: those of them that are no tasks of the series.
    """

    commit: str
    subject: str
    addresses: tuple[str, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """How far a working branch has come.

    Attributes:
        commits: over the version, oldest first.
        settled: tasks that a commit addresses.
        open: open and started tasks that none does.
        changed: files of its work tree that are not committed.
    """

    place: Workplace
    commits: tuple[WorkCommit, ...]
    settled: tuple[Task, ...]
    open: tuple[Task, ...]
    changed: tuple[str, ...] = ()


def begin(
    series: Series,
    place: Workplace,
    ids: Sequence[str],
    say: Say = silent,
) -> tuple[Task, ...]:
    """Make the workplace ready, then mark the tasks of these ids as started.

    Args:
        say: told when another run has to be waited for.

    Raises:
        SeriesError: there is no such task, or it is finished; nothing is made.
        StageError: the workplace cannot be made; no task is marked.
    """
    wanted = dict.fromkeys(ids)

    def started(reviews: Sequence[Review]) -> dict[str, Task]:
        return {each: states.start(store.find(reviews, each)[1]) for each in wanted}

    started(store.load(series))
    work_tree.start(place, say)

    def change(reviews: Sequence[Review]) -> Iterator[Review]:
        new = started(reviews)
        for review in reviews:
            tasks = tuple(new.get(task.id, task) for task in review.tasks)
            if tasks != review.tasks:
                yield structs.replace(review, tasks=tasks)

    store.update(series, change)
    return tuple(started(store.load(series)).values())


def standing(place: Workplace, reviews: Sequence[Review], branch: str | None = None) -> Standing:
    """Read a working branch.

    Args:
        branch: another one than the workplace's own.

    Raises:
        SeriesError: there is no such branch, it is not on top of the version, or it has a merge.
    """
    commits = read(place, branch, {task.id for review in reviews for task in review.tasks})
    named = {each for commit in commits for each in commit.addresses}
    everything = [task for review in reviews for task in review.tasks]
    return Standing(
        place=place,
        commits=commits,
        settled=tuple(task for task in everything if task.id in named),
        open=tuple(t for t in everything if t.id not in named and t.state in UNFINISHED),
        changed=() if branch else changed(place.worktree),
    )


def read(
    place: Workplace, branch: str | None, known: set[str], otherwise: str = ""
) -> tuple[WorkCommit, ...]:
    """The commits of a working branch over its version, oldest first.

    Args:
        known: ids of the series' tasks.
        otherwise: what else may be meant where there is no such branch.

    Raises:
        SeriesError: as ``standing``.
    """
    repo, name = place.base.repo, branch or place.branch
    seen = place.base.names
    ref = revisions.ref(seen, branch) if branch else f"refs/heads/{name}"
    tip = git.resolve(seen, ref)
    if tip is None:
        raise SeriesError(
            f"there is no branch `{name}`.",
            where=str(repo),
            hint=f"`refseries feedback start --onto {place.onto}` makes the working branch."
            f"{otherwise}",
        )
    if not is_on_top(place, tip):
        raise SeriesError(
            f"`{name}` is not on top of {place.onto}.",
            where=str(repo),
            hint=f"Bring it there with `{work_tree.on_top(place, ref)}`, or name another one.",
        )
    words = ("log", "--reverse", "--topo-order", "-z", "--no-show-signature", _FORMAT)
    text = git.git(repo, *words, f"{place.tip}..{tip}", "--").stdout
    records = [record.split("\n")[:4] for record in text.split("\0") if record.strip()]
    for commit, parents, subject, _trailers in records:
        if len(parents.split()) != 1:
            straight = work_tree.rebase(place, ref, place.tip[:12])
            raise SeriesError(
                f"`{name}` has a merge in it: {commit[:12]} {subject}",
                hint=f"Make it a straight line with `{straight}`.",
            )
    return tuple(_commit(record, known) for record in records)


def _commit(record: Sequence[str], known: set[str]) -> WorkCommit:
    commit, _parents, subject, trailers = record
    ids = tuple(dict.fromkeys(each for each in re.split(r"[\s,]+", trailers) if each))
    return WorkCommit(commit, subject, ids, tuple(each for each in ids if each not in known))


def changed(worktree: Path) -> tuple[str, ...]:
    """Files of a work tree that are not committed as they are there; none where it is not made."""
    if not worktree.is_dir():
        return ()
    words = ("status", "--porcelain", "-z", "--no-renames")
    ignored = work_tree.ignored(worktree)
    status = git.git(worktree, *words, check=False, config=ignored).stdout
    return tuple(word[3:] for word in status.split("\0") if word)
