# SPDX-License-Identifier: GPL-2.0-or-later
"""All that is told of two states: what git makes of them, and what is kept about them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from refseries.diff import behaviour, compare, cost, covered, settled, side
from refseries.diff.behaviour import Behaviour
from refseries.diff.compare import Difference
from refseries.diff.cost import Cost
from refseries.diff.covered import NewLines
from refseries.git import rangediff
from refseries.model import BaseInfo, Series
from refseries.review.model import Task


@dataclass(frozen=True)
class Whole:
    """What is different on the second of two states, and what is known of that.

    Attributes:
        behaviour: in each config of the series.
        settled: the review tasks that are settled on the way.
        cost: None where there is nothing to say of it.
        covered: None where no lines of the second state were counted.
    """

    difference: Difference
    behaviour: tuple[Behaviour, ...]
    settled: tuple[Task, ...]
    cost: Cost | None
    covered: NewLines | None


def between(
    series: Series,
    base: BaseInfo,
    names: tuple[str, str],
    cache: Path,
    creation_factor: int = rangediff.CREATION_FACTOR,
) -> Whole:
    """Everything about the way from one state to another; what is kept is read while git compares.

    Args:
        names: of the two states, as ``side.find`` takes them.
        cache: as for ``apply``; the newest results are there, too.
        creation_factor: as for ``rangediff.between``.

    Raises:
        SeriesError: there is no such state, or a file of the series is wrong.
        StageError: a patch does not apply, or git failed.
    """
    with ThreadPoolExecutor(2, thread_name_prefix="diff") as pool:
        old, new = pool.map(lambda name: side.find(series, base, name, cache), names)
        comparing = pool.submit(compare.between, base, old, new, creation_factor)
        tested = behaviour.between(series, base, old, new, cache)
        done = settled.between(series, old, new)
        costs = cost.between(series, old, new)
        counted = covered.between(series, base, old, new, cache)
    return Whole(comparing.result(), tested, done, costs, counted)
