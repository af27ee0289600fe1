# SPDX-License-Identifier: GPL-2.0-or-later
"""What the versions cost, from the figures that are kept; nothing is measured for it."""

from __future__ import annotations

from collections.abc import Sequence

from refseries.bench import description, document, keeping, report
from refseries.bench.description import Description, Published
from refseries.bench.figures import Name, compare
from refseries.bench.measurements import Measurement, differences
from refseries.report.model import CostLine, CostStory, PublishedTable
from refseries.report.sources import ReportSources


def cost_story(sources: ReportSources) -> CostStory | None:
    """Plots and a line for each figure; None where nothing is kept.

    Figures of another tree than that of base or the version as it stands are called stale.

    Raises:
        SeriesError: a measurement or the description of the figures is wrong.
    """
    measured = keeping.everything(sources.series)
    bench = description.sources(sources.series)
    if not measured or not (bench / "bench.toml").is_file():
        return None
    words = description.load(bench)
    ours = report.with_subject(measured, words)
    stale = (
        each.version
        for each in measured
        if sources.tree(each.version) not in (None, each.origin.tree)
    )
    return CostStory(
        versions=tuple(each.version for each in measured),
        stale=tuple(stale),
        charts=report.charts(ours, words),
        ours=tuple(each.version for each in ours),
        lines=lines_of(measured),
        published=tuple(_published(each, ours, words) for each in words.published),
    )


def lines_of(measured: Sequence[Measurement]) -> tuple[CostLine, ...]:
    """A line for each figure that one of the measurements has; pure.

    The last two are compared, if they differ by their trees alone.
    """
    comparable = len(measured) > 1 and not differences(*measured[-2:])
    by_name = [{figure.name: figure for figure in each.figures} for each in measured]
    names: dict[Name, None] = {name: None for figures in by_name for name in figures}
    lines = []
    for name in names:
        figures = [each.get(name) for each in by_name]
        there = [figure for figure in figures if figure is not None]
        before, last = figures[-2:] if len(figures) > 1 else (None, None)
        verdict = ""
        if comparable and before and last and before.unit == last.unit:
            verdict = str(compare(before, last).verdict)
        values = tuple("–" if each is None else document.number(each.value) for each in figures)
        spread = max(each.spread for each in there)
        lines.append(CostLine(str(name), there[0].unit, values, spread, verdict))
    return tuple(lines)


def _published(
    published: Published, measured: Sequence[Measurement], words: Description
) -> PublishedTable:
    heads, rows = document.published_table(published, measured, words)
    return PublishedTable(published.title, published.about, ("pattern", *heads), rows)
