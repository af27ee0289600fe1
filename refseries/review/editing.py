# SPDX-License-Identifier: GPL-2.0-or-later
"""What a person changes about tasks: each function reads the reviews, changes and writes them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from refseries.model import Identity, Series
from refseries.review import states, store
from refseries.review.model import NOWHERE, Anchor, Kind, Review, State, Task


def change(series: Series, task_id: str, step: Callable[[Task], Task]) -> Task:
    """Replace one task by what ``step`` makes of it; gives the new one.

    Raises:
        SeriesError: there is no such task, or ``step`` or a check of the files refuses.
    """
    changed: list[Task] = []

    def apply(reviews: tuple[Review, ...]) -> Iterable[Review]:
        review, task = store.find(reviews, task_id)
        changed.append(step(task))
        return [with_tasks(review, task, changed)]

    store.update(series, apply)
    return changed[0]


def with_tasks(review: Review, old: Task, new: Sequence[Task]) -> Review:
    """``review`` with ``new`` in the place of ``old``."""
    tasks = [each for task in review.tasks for each in (new if task.id == old.id else (task,))]
    return replace(review, tasks=tuple(tasks))


def split(series: Series, task_id: str, summaries: Sequence[str]) -> tuple[Task, ...]:
    """Several tasks out of one, as ``states.split``; gives them.

    Raises:
        SeriesError: there is no such task, or too few summaries.
    """
    parts: list[Task] = []

    def apply(reviews: tuple[Review, ...]) -> Iterable[Review]:
        review, task = store.find(reviews, task_id)
        parts.extend(states.split(task, reviews, summaries))
        return [with_tasks(review, task, parts)]

    store.update(series, apply)
    return tuple(parts)


def merge(series: Series, kept_id: str, other_ids: Sequence[str]) -> Task:
    """Merge tasks that ask for the same into one of them, as ``states.merge``; gives that one.

    Raises:
        SeriesError: one is not there, or cannot be merged.
    """
    merged: list[Task] = []

    def apply(reviews: tuple[Review, ...]) -> Iterable[Review]:
        changed = {review.name: review for review in reviews}
        for other_id in other_ids:
            _review, kept = store.find(changed.values(), kept_id)
            _review, other = store.find(changed.values(), other_id)
            for task in states.merge(kept, other):
                review, old = store.find(changed.values(), task.id)
                changed[review.name] = with_tasks(review, old, [task])
        merged.append(store.find(changed.values(), kept_id)[1])
        return [each for each in changed.values() if each not in reviews]

    store.update(series, apply)
    return merged[0]


def add(
    series: Series,
    *,
    version: str,
    reviewer: Identity,
    summary: str,
    when: datetime,
    kind: Kind = Kind.CHANGE,
    anchor: Anchor | None = None,
    comment: str = "",
    link: str = "",
) -> Task:
    """A point that came in no mail: said on IRC, in a meeting, or found by oneself.

    It joins the review of the same reviewer, version and link that has no message id, if there is
    one.

    Raises:
        SeriesError: something about it is wrong.
    """
    added: list[Task] = []

    def apply(reviews: tuple[Review, ...]) -> Iterable[Review]:
        task = Task(
            id=states.next_id(reviews, version, reviewer), kind=kind, state=State.OPEN,
            summary=states.summary_of(summary), reviewer=reviewer,
            anchor=anchor or NOWHERE,
            comment=comment,
        )  # fmt: skip
        added.append(task)
        for review in reviews:
            mine = (review.version, review.reviewer, review.link, review.message_id)
            if mine == (version, reviewer, link, "") and not review.references:
                return [replace(review, tasks=(*review.tasks, task))]
        taken = {review.name for review in reviews}
        name = free_name(taken, f"{version}-{states.nick(reviewer)}")
        one = Review(
            name=name, version=version, reviewer=reviewer, date=when, tasks=(task,), link=link
        )
        return [one]

    store.update(series, apply)
    return added[0]


def free_name(taken: Collection[str], stem: str) -> str:
    """``stem``, or the first of ``stem-2``, ``stem-3``, … that no review is called yet."""
    numbered = (f"{stem}-{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain((stem,), numbered) if name not in taken)
