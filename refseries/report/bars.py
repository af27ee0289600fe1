# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the bars of a chart stand, in the units of its picture; pure. The template draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from refseries.bench.document import number
from refseries.bench.report import Chart

WIDTH = 400
_LABEL, _VALUE, _LINE = 64, 70, 22


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its figure as a text, where its line begins, and how long it is."""

    label: str
    text: str
    ours: bool
    y: int
    width: float


@dataclass(frozen=True)
class BarPicture:
    """A chart, ready to be drawn; ``words`` say the same."""

    bars: tuple[Bar, ...]
    label: int
    width: int
    height: int
    words: str


def bar_picture(chart: Chart, ours: Sequence[str]) -> BarPicture:
    """The bars of ``chart``; those whose labels are among ``ours`` are the series'."""
    longest = max((max(0.0, figure.value) for _label, figure in chart.bars), default=0.0)
    room = WIDTH - _LABEL - _VALUE
    bars = tuple(
        Bar(
            label,
            number(figure.value),
            label in ours,
            line * _LINE,
            round(room * max(0.0, figure.value) / longest, 1) if longest else 0.0,
        )
        for line, (label, figure) in enumerate(chart.bars)
    )
    words = f"{chart.title} ({chart.unit}): " + ", ".join(f"{b.label} {b.text}" for b in bars)
    return BarPicture(bars, _LABEL, WIDTH, len(bars) * _LINE, words)
