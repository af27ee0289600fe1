# SPDX-License-Identifier: GPL-2.0-or-later
"""Which review tasks are settled on the way from one state of the series to another."""

from __future__ import annotations

from collections.abc import Iterator

from refseries.diff.side import Side
from refseries.model import BASE, Series, Target
from refseries.review import store as reviews
from refseries.review.model import State, Task
from refseries.series import store

# Where a state stands: the number of its version, and how many of its fixups are in it.
_Position = tuple[int, float]


def between(series: Series, old: Side, new: Side) -> tuple[Task, ...]:
    """The tasks that ``new`` has settled and ``old`` has not, in the order in which they were.

    None for what is not in the series, and on the way back.

    Raises:
        SeriesError: a file of ``series/feedback`` is wrong.
    """
    if old.target is None or new.target is None or old.target.commit or new.target.commit:
        return ()
    start, end = (_position(series, target) for target in (old.target, new.target))
    found = sorted(_settled(series), key=lambda each: each[0])
    return tuple(task for position, task in found if start < position <= end)


def _settled(series: Series) -> Iterator[tuple[_Position, Task]]:
    for review in reviews.load(series):
        for task in review.tasks:
            if task.state is State.SETTLED:
                target = Target(task.settled_in, task.fixup or None)
                yield _position(series, target), task


def _position(series: Series, target: Target) -> _Position:
    if target.version == BASE:
        return 0, 0
    version = store.version(series, target.version)
    if target.patch is not None:
        return version.number, 0  # which tasks a patch settles is known of the whole version only
    fixups = [fixup.task for fixup in version.fixups]
    count = fixups.index(target.task) + 1 if target.task else float("inf")
    return version.number, count
