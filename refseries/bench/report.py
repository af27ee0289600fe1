# SPDX-License-Identifier: GPL-2.0-or-later
"""Measurements as rows to be shown, and as JSON; pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from refseries.bench.description import Description, Published
from refseries.bench.figures import (
    THRESHOLD,
    Figure,
    FigureDifference,
    FigureVerdict,
    Name,
    compare,
    compare_all,
)
from refseries.bench.measurements import Measurement, differences

SCHEMA = 1


@dataclass(frozen=True)
class FigureMoves:
    """What became of the figures from one measurement to another; each by its version's name."""

    before: str
    after: str
    differences: tuple[FigureDifference, ...]


@dataclass(frozen=True)
class CostRow:
    """One operation on some pages: what the series adds beside what there is without it.

    Attributes:
        patterns: the one that the figures are of, and those that the same can be said of.
        rivals: figure of each other memory, as the last version has it.
        subject: figure of each version, None where it has none.
    """

    patterns: tuple[str, ...]
    rivals: tuple[Figure | None, ...]
    subject: tuple[Figure | None, ...]

    @property
    def figures(self) -> tuple[Figure | None, ...]:
        """All of them."""
        return (*self.rivals, *self.subject)


@dataclass(frozen=True)
class Section:
    """The rows of one operation, with its unit and what it is."""

    operation: str
    title: str
    unit: str
    rows: tuple[CostRow, ...]


@dataclass(frozen=True)
class Chart:
    """Figures to be drawn as bars, each with its label."""

    title: str
    unit: str
    bars: tuple[tuple[str, Figure], ...]


@dataclass(frozen=True)
class RatioRow:
    """One row of a published table beside ours: by how much the subject is better than the rival.

    Attributes:
        published, ours: part of the rival's figure that is saved; ``ours`` is None where it was not
            measured.
    """

    pattern: str
    rival: float
    subject: float
    published: float
    ours: tuple[float | None, ...]


def changes(
    measurements: Sequence[Measurement], against: Measurement | None
) -> tuple[FigureMoves, ...]:
    """From each measurement to the next, or from ``against`` to each of them.

    Two that differ by more than their trees (``measurements.differences``) are left out.
    """
    if against is not None:
        pairs = [(against, each) for each in measurements if each.version != against.version]
    else:
        pairs = list(itertools.pairwise(measurements))
    return tuple(
        FigureMoves(before.version, after.version, compare_all(before.figures, after.figures))
        for before, after in pairs
        if not differences(before, after)
    )


def rivals(description: Description) -> tuple[str, ...]:
    """The memories that the subject is compared with."""
    return tuple(name for name in description.memories if name != description.subject)


def with_subject(
    measurements: Sequence[Measurement], description: Description
) -> tuple[Measurement, ...]:
    """Those that have a figure of what the series adds: base has none."""
    return tuple(
        each
        for each in measurements
        if any(figure.name.memory == description.subject for figure in each.figures)
    )


def sections(
    measurements: Sequence[Measurement], description: Description, *, full: bool = True
) -> tuple[Section, ...]:
    """A section for each operation that anything was measured of.

    Args:
        full: a row for each pattern; otherwise one for patterns that cost the same.

    Operations and patterns that the description does not name come last, under their own names.
    """
    known = [{figure.name: figure for figure in each.figures} for each in measurements]
    names = [name for figures in known for name in figures]
    result = []
    for operation in _ordered(description.operations, (name.operation for name in names)):
        of = [name for name in names if name.operation == operation]
        if not of:
            continue
        rows = tuple(
            _row(known, description, operation, pattern)
            for pattern in _ordered(description.patterns, (name.pattern for name in of))
            if any(name.pattern == pattern for name in of)
        )
        unit = next(figures[of[0]].unit for figures in known if of[0] in figures)
        title = description.operations.get(operation, operation)
        result.append(Section(operation, title, unit, rows if full else _merged(rows)))
    return tuple(result)


def _merged(rows: Iterable[CostRow]) -> tuple[CostRow, ...]:
    """``rows``, those with the same figures as one before them joined to it."""
    result: list[CostRow] = []
    for row in rows:
        for number, before in enumerate(result):
            if all(map(_alike, before.figures, row.figures)):
                patterns = (*before.patterns, *row.patterns)
                result[number] = replace(before, patterns=patterns)
                break
        else:
            result.append(row)
    return tuple(result)


def _alike(one: Figure | None, other: Figure | None) -> bool:
    if one is None or other is None:
        return one is other
    return compare(one, other).verdict is FigureVerdict.SAME


def told(change: FigureMoves) -> tuple[tuple[tuple[Name, ...], FigureDifference], ...]:
    """What is worth telling of a change: each verdict but `same`, patterns that fare alike joined.

    Returns:
        The names, and the difference of the first of them.
    """
    result: list[tuple[tuple[Name, ...], FigureDifference]] = []
    for each in change.differences:
        if each.verdict is FigureVerdict.SAME:
            continue
        name = each.after.name
        for number, (names, first) in enumerate(result):
            same_kind = names[0].operation == name.operation and names[0].memory == name.memory
            if same_kind and _fare_alike(first, each):
                result[number] = ((*names, name), first)
                break
        else:
            result.append(((name,), each))
    return tuple(result)


def _fare_alike(one: FigureDifference, other: FigureDifference) -> bool:
    if one.verdict is not other.verdict or one.part is None or other.part is None:
        return False
    return abs(one.part - other.part) <= THRESHOLD


def charts(measurements: Sequence[Measurement], description: Description) -> tuple[Chart, ...]:
    """What the description wants drawn, as far as it was measured."""
    wanted = {tuple(text.split(".", 1)) for text in description.bars}
    result = []
    for section in sections(measurements, description):
        for row in section.rows:
            if (section.operation, *row.patterns) not in wanted:
                continue
            labels = (*rivals(description), *(each.version for each in measurements))
            bars = zip(labels, row.figures, strict=True)
            title = f"{section.title}, {row.patterns[0]}"
            drawn = tuple((label, figure) for label, figure in bars if figure is not None)
            result.append(Chart(title, section.unit, drawn))
    return tuple(result)


def _ordered(known: Iterable[str], found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *found)))


def _row(
    known: Sequence[dict[Name, Figure]], description: Description, operation: str, pattern: str
) -> CostRow:
    def last(memory: str) -> Figure | None:
        name = Name(operation, memory, pattern)
        return next((figures[name] for figures in reversed(known) if name in figures), None)

    subject = Name(operation, description.subject, pattern)
    return CostRow(
        (pattern,),
        tuple(last(memory) for memory in rivals(description)),
        tuple(figures.get(subject) for figures in known),
    )


def beside(
    published: Published, measurements: Sequence[Measurement], description: Description
) -> tuple[RatioRow, ...]:
    """The published rows, each with what it saves, there and in every measurement."""
    pairs = []
    for pattern, rival, subject in published.rows:
        ours = tuple(
            _saved(
                each.figure(f"{published.ours}.{published.rival}.{pattern}"),
                each.figure(f"{published.ours}.{description.subject}.{pattern}"),
            )
            for each in measurements
        )
        pairs.append(RatioRow(pattern, rival, subject, 1 - subject / rival, ours))
    return tuple(pairs)


def _saved(rival: Figure | None, subject: Figure | None) -> float | None:
    if rival is None or subject is None or not rival.value:
        return None
    return 1 - subject.value / rival.value


def as_json(
    measurements: Sequence[Measurement],
    problems: Mapping[str, Sequence[str]],
    changed: Sequence[FigureMoves],
) -> dict[str, Any]:
    """The documented JSON object; keys are only ever added within one ``schema``."""
    return {
        "schema": SCHEMA,
        "versions": [
            {
                "version": each.version,
                "origin": each.origin,
                "figures": [_figure(figure) for figure in each.figures],
            }
            for each in measurements
        ],
        "problems": problems,
        "changes": [
            {
                "from": change.before,
                "to": change.after,
                "figures": [
                    {
                        "name": str(each.after.name),
                        "part": None if each.part is None else round(each.part, 5),
                        "verdict": each.verdict,
                    }
                    for each in change.differences
                ],
            }
            for change in changed
        ],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "name": str(figure.name),
        "value": round(figure.value, 3),
        "unit": figure.unit,
        "spread": round(figure.spread, 5),
        "repeats": figure.repeats,
        "settled": figure.settled,
    }
