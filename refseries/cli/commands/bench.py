# SPDX-License-Identifier: GPL-2.0-or-later
"""Measure what versions cost, in instructions: the same figures on every machine.

Example: refseries bench v3 v4 --save
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refseries.bench import description, report
from refseries.bench.measurements import Measurement
from refseries.cli import bench_view, complete, documents, screen, targets
from refseries.cli.context import Context, find_config, load
from refseries.cli.options import (
    AllVersionsOption,
    ClusterOptions,
    LabOptions,
    OneConfigOption,
    OutputOptions,
    VersionsArgument,
)
from refseries.errors import SeriesError, Stopped

if TYPE_CHECKING:
    from refseries.bench import run


@dataclass(frozen=True, kw_only=True)
class BenchOptions(LabOptions, ClusterOptions, OutputOptions):
    """What is measured, what it is compared with, and what is kept of it."""

    versions: VersionsArgument = ()
    all_versions: AllVersionsOption = False
    config: OneConfigOption = None
    against: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help="Compare with this version's saved figures.",
            autocompletion=complete.versions,
        ),
    ] = None
    save: Annotated[
        bool, typer.Option("--save", help="Keep the figures in series/measurements/.")
    ] = False
    plot: Annotated[
        str | None,
        documents.option("--plot", told="Draw an SVG; - is standard output."),
    ] = None
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Rewrite this Markdown file's figures from what is saved."
        ),
    ] = None
    full: Annotated[
        bool, typer.Option("--full", help="A row for every pattern, also where they cost the same.")
    ] = False


def main(options: BenchOptions) -> None:
    """Measure, show, keep; leave with 1 when something went wrong or did not settle."""
    from refseries.bench import keeping

    documents.check_apart({"--json": options.json, "--plot": options.plot})
    context = load(options)
    measuring = options.versions or options.all_versions or options.report is None
    good = _measure(context, options) if measuring else True
    if options.report is not None:
        words = description.load(description.sources(context.series))
        _say("Wrote", keeping.write_report(context.series, words, options.report))
    if not good:
        sys.exit(1)


def _measure(context: Context, options: BenchOptions) -> bool:
    from refseries.bench import keeping, run

    series = context.series
    targets.states(context, options.versions, every=options.all_versions)  # refuses a wrong name
    config = find_config(context, options.config)
    earlier = keeping.kept(series, options.against) if options.against else None
    words = description.load(description.sources(series))
    lab, found = targets.lab_and_targets(
        context, options.versions, options.quiet, every=options.all_versions
    )
    if options.save and (odd := [str(each) for each in found if each.commit or each.onto]):
        raise SeriesError(
            f"figures of `{odd[0]}` are not saved: it is no version.",
            where="--save",
            hint="Import it first: `refseries import`.",
        )
    with screen.progress(options.quiet) as progress:
        outcomes = run.measure(run.BenchRequest(lab, found, config), progress)
    if earlier and (doubt := keeping.doubts(lab, earlier, outcomes)):
        screen.note(doubt)
    _show(context, outcomes, words, earlier, options)
    if options.save:
        _say("Saved", keeping.save(series, outcomes))
    if any(outcome.stopped for outcome in outcomes):
        raise Stopped("stopped.", hint="What was measured is shown; nothing unfinished is saved.")
    return all(outcome.good for outcome in outcomes)


def _say(what: str, paths: Sequence[Path]) -> None:
    for path in paths:
        screen.err().print(f"{what} {path}", soft_wrap=True)


def _show(
    context: Context,
    outcomes: Sequence[run.BenchOutcome],
    words: description.Description,
    earlier: Measurement | None,
    options: BenchOptions,
) -> None:
    from refseries.bench import keeping

    measured = [outcome.measurement for outcome in outcomes if outcome.measurement]
    changed = report.changes(measured, earlier)
    if options.json is not None:
        problems = {str(outcome.target): outcome.problems for outcome in outcomes}
        screen.show_json(report.as_json(measured, problems, changed), options.json)
    if options.plot is not None:
        screen.write_text(keeping.drawn(context.series, words, measured), options.plot)
    if "-" not in (options.json, options.plot):
        bench_view.show(screen.out(), outcomes, words, changed, full=options.full)
