# SPDX-License-Identifier: GPL-2.0-or-later
"""Show which of the lines that a version adds its test cases run, and which case ran which.

Example: refseries coverage v4 --lines
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from refseries.cli import complete, documents, screen
from refseries.cli.context import find_configs, find_lab, load
from refseries.cli.options import (
    ClusterOptions,
    GuestOptions,
    LabOptions,
    OnlyOption,
    OutputOptions,
    StateArgument,
)
from refseries.series import naming

if TYPE_CHECKING:
    from refseries.coverage.model import CoverageReport


@dataclass(frozen=True, kw_only=True)
class CoverageOptions(LabOptions, GuestOptions, ClusterOptions, OutputOptions):
    """In which kernels lines are counted, and how they are shown."""

    version: StateArgument
    config: Annotated[
        tuple[str, ...],
        typer.Option(
            "--config",
            "-c",
            metavar="NAME",
            help="Kernel config; may be given again: a line counts that one of them runs. "
            "Default: the first of series.toml.",
            autocompletion=complete.configs,
        ),
    ] = ()
    only: OnlyOption = ()
    lines: Annotated[
        bool, typer.Option("--lines", help="Every line that is code, and the cases that ran it.")
    ] = False
    at_least: Annotated[
        float | None,
        typer.Option(
            "--at-least",
            metavar="PERCENT",
            min=0,
            max=100,
            help="Leave with 1 if fewer of the lines are run; those with a reason do not count.",
        ),
    ] = None
    also: Annotated[
        tuple[str, ...],
        typer.Option(
            "--also",
            metavar="FILE.c",
            help="Count in its object as well, for inline code of headers; may be given again.",
        ),
    ] = ()
    again: Annotated[
        bool, typer.Option("--again", help="Boot also where it is known what the cases run.")
    ] = False
    lcov: Annotated[
        str | None,
        documents.option("--lcov", told="Write lcov's format; - is standard output."),
    ] = None
    html: Annotated[
        str | None,
        documents.option("--html", told="Write a page; - is standard output."),
    ] = None


def main(options: CoverageOptions) -> None:
    """Count and show; leave with 1 when something is not known, or too little was run."""
    from refseries.coverage import report, run
    from refseries.coverage.reasons import Reasons

    given = {"--json": options.json, "--lcov": options.lcov, "--html": options.html}
    documents.check_apart(given)
    context = load(options)
    target = naming.target(context.series, options.version)
    configs = find_configs(context, options.config, first=True)
    reasons = Reasons.load(context.series.root)
    lab = find_lab(context, options.quiet)
    request = run.CoverageRequest(
        lab, target, configs, options.only, options.also, options.again or bool(options.only)
    )
    with screen.progress(options.quiet) as progress:
        found = run.run(request, progress)
    commits = lab.apply(target).commits
    made = report.build(target, [each.subject for each in commits], found, reasons)
    _write(made, options)
    good = options.at_least is None or made.reaches(options.at_least)
    if not (good and made.whole):
        sys.exit(1)


def _write(report: CoverageReport, options: CoverageOptions) -> None:
    from refseries.cli import coverage_page, coverage_view
    from refseries.coverage import documents

    if "-" not in (options.json, options.lcov, options.html):
        coverage_view.show(report, every_line=options.lines, at_least=options.at_least)
    else:  # a document for programs may have no place for it
        coverage_view.show_wrong(report, options.at_least, to_err=True)
    if options.json is not None:
        screen.show_json(documents.as_json(report), options.json)
    if options.lcov is not None:
        screen.write_text(documents.as_lcov(report), options.lcov)
    if options.html is not None:
        screen.write_text(coverage_page.as_html(report), options.html)
