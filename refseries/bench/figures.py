# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of what a version costs, and what is said of two of them; pure.

A figure is called ``OPERATION.MEMORY.PATTERN`` (``read.refpage.dense``) and has a unit of its own.
All are costs: less is better.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

LIMIT = 0.005
"""Spread that a figure may have; one with more is not settled."""
THRESHOLD = 0.01
"""Part by which figures have to differ before one is called better: both may be off by LIMIT."""

_NAME = re.compile(r"([a-z0-9_]{1,24})\.([a-z0-9_]{1,24})\.([a-z0-9_]{1,24})")
_UNIT = re.compile(r"instructions/[a-z]{1,12}|KiB")


class FigureVerdict(StrEnum):
    """What a figure is beside an earlier one.

    ``unsettled``: one of them is, so nothing can be said.
    """

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    UNSETTLED = "unsettled"


@dataclass(frozen=True)
class Name:
    """The parts of a figure's name: what is done, to which memory, to which pages of it."""

    operation: str
    memory: str
    pattern: str

    def __str__(self) -> str:
        return f"{self.operation}.{self.memory}.{self.pattern}"


def parse_name(text: str) -> Name | None:
    """The name that ``text`` is, or None."""
    found = _NAME.fullmatch(text)
    return Name(*found.groups()) if found else None


def is_unit(text: str) -> bool:
    """Whether figures come in this unit: instructions for something, or KiB. Never seconds."""
    return _UNIT.fullmatch(text) is not None


@dataclass(frozen=True)
class Figure:
    """One figure of one version.

    Attributes:
        value: in ``unit``; the median of the boots.
        unit: ``instructions/page``, ``KiB``, …
        spread: as ``settle`` has it, a part of the value.
        repeats: how many boots gave it.
    """

    name: Name
    value: float
    unit: str
    spread: float
    repeats: int

    @property
    def settled(self) -> bool:
        """Whether its boots agree."""
        return self.spread <= LIMIT


@dataclass(frozen=True)
class FigureDifference:
    """A figure beside the same one of another version.

    Attributes:
        part: what ``after`` has more than ``before``, as a part of it: -0.5 is half. None when
            that is not to be had, as ``before`` is 0.
    """

    before: Figure
    after: Figure
    part: float | None
    verdict: FigureVerdict


def settle(name: Name, unit: str, samples: Sequence[float]) -> Figure:
    """The figure that the boots come to.

    Args:
        samples: one value a boot, at least one.

    The spread is how far the middle half of the boots is apart: one boot that the kernel's own work
    has disturbed does not count, two ways of going about it that come up by turns do. With fewer
    than four boots it is all of them.
    """
    from statistics import median

    value = median(samples)
    ordered = sorted(samples)
    cut = len(ordered) // 4
    apart = ordered[-1 - cut] - ordered[cut]
    scale = abs(value) or 1.0
    return Figure(name, value, unit, apart / scale, len(samples))


def compare(before: Figure, after: Figure) -> FigureDifference:
    """What became of a figure."""
    change = after.value - before.value
    part = change / abs(before.value) if before.value else None
    if not before.settled or not after.settled:
        verdict = FigureVerdict.UNSETTLED
    elif abs(change) <= THRESHOLD * abs(before.value):
        verdict = FigureVerdict.SAME
    else:
        verdict = FigureVerdict.WORSE if change > 0 else FigureVerdict.BETTER
    return FigureDifference(before, after, part, verdict)


def compare_all(before: Iterable[Figure], after: Iterable[Figure]) -> tuple[FigureDifference, ...]:
    """``compare`` of the figures that both have in one unit, in the order of ``after``."""
    earlier = {(figure.name, figure.unit): figure for figure in before}
    pairs = ((earlier.get((each.name, each.unit)), each) for each in after)
    return tuple(compare(first, each) for first, each in pairs if first is not None)
