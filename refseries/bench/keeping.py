# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures kept, compared with later, and written into a document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from refseries.bench import document, measurements, plot, report
from refseries.bench.description import Description
from refseries.bench.measurements import Measurement
from refseries.bench.run import BenchOutcome
from refseries.errors import SeriesError
from refseries.host.files import read_text, write_atomically
from refseries.model import BASE, Series
from refseries.series import naming
from refseries.testing.expectations import Expectations
from refseries.testing.lab import Lab


def kept(series: Series, name: str) -> Measurement:
    """The saved figures of a version.

    Raises:
        SeriesError: there is no such version, or nothing is saved of it.
    """
    target = naming.target(series, name)
    found = measurements.load(series, str(target))
    if found is None:
        raise SeriesError(
            f"no figures of {target} are saved.",
            where=str(measurements.path_of(series, str(target))),
            hint=f"Save them first: `refseries bench {target} --save`.",
        )
    return found


def doubts(lab: Lab, earlier: Measurement, outcomes: Sequence[BenchOutcome]) -> str:
    """What has changed since the figures were saved, in a sentence; empty when they are good.

    Args:
        outcomes: what they are to be compared with; the version itself is applied to look at it.
    """
    target = naming.target(lab.series, earlier.version)
    tree = lab.apply(target).tree
    origins = [outcome.measurement.origin for outcome in outcomes if outcome.measurement]
    differing = dict.fromkeys(
        what
        for origin in origins
        for what in measurements.stale(earlier.origin, replace(origin, tree=tree))
    )
    if not differing:
        return ""
    return (
        f"the saved figures of {earlier.version} were made with another {', '.join(differing)}: "
        f"save them again with `refseries bench {earlier.version} --save`."
    )


def save(series: Series, outcomes: Sequence[BenchOutcome]) -> tuple[Path, ...]:
    """Save what is good, nothing else; gives the files."""
    good = [each.measurement for each in outcomes if each.good and each.measurement]
    return measurements.save(series, *good) if good else ()


def everything(series: Series) -> tuple[Measurement, ...]:
    """All that is saved of base and the versions, in their order."""
    names = (BASE, *(version.name for version in series.versions))
    found = (measurements.load(series, name) for name in names)
    return tuple(each for each in found if each is not None)


def write_report(series: Series, words: Description, path: Path) -> tuple[Path, Path]:
    """Write what is saved of all versions into a Markdown file, and a picture beside it.

    Returns:
        The file and the picture, which has its name with ``.svg``.

    Raises:
        SeriesError: nothing is saved, or the file has no place for it.
    """
    measured = everything(series)
    if not measured:
        raise SeriesError(
            "no figures are saved.", hint="Save some: `refseries bench --all-versions --save`."
        )
    text = read_text(path, "Name a Markdown file.")
    parts = document.blocks(measured, words, Expectations.load(series.root))
    picture = path.with_suffix(".svg")
    write_atomically(path, document.rewrite(text, parts, str(path)))
    write_atomically(picture, drawn(series, words, measured))
    return path, picture


def drawn(series: Series, words: Description, measured: Sequence[Measurement]) -> str:
    """The SVG of what the description wants drawn."""
    title = f"{series.name}: what each version costs, counted under QEMU"
    charts = report.charts(report.with_subject(measured, words), words)
    return plot.svg(charts, title, report.rivals(words))
