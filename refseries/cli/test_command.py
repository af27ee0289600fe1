# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries test`` and ``refseries build``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from refseries.cli import live, matrix_view, screen
from refseries.cli.context import find_configs, find_lab, load
from refseries.errors import SeriesError, Stopped
from refseries.model import Matrix
from refseries.series import naming
from refseries.testing import matrix, report


@dataclass(frozen=True)
class Options:
    """What both commands take; see their help."""

    directory: Path | None
    versions: list[str]
    all_versions: bool
    config: list[str]
    tree: Path | None
    base_ref: str | None
    jobs: int | None
    quiet: bool
    json: str | None = None
    junit: str | None = None
    html: str | None = None
    by_task: bool = False
    only: tuple[str, ...] = ()
    boot: bool = True
    rebuild: bool = False
    full: bool = False


def run(options: Options) -> None:
    """Build, and test if asked to; show the matrix; leave with 1 if it is not as expected."""
    if [options.json, options.junit, options.html].count("-") > 1:
        raise SeriesError(
            "only one document can go to standard output.",
            where="--json, --junit, --html",
            hint="Name a file for the others.",
        )
    context = load(
        options.directory, tree=options.tree, base_ref=options.base_ref, jobs=options.jobs
    )
    targets = naming.targets(
        context.series, options.versions, every=options.all_versions, by_task=options.by_task
    )
    chosen = find_configs(context, options.config or context.series.configs)
    request = matrix.Request(
        lab=find_lab(context, options.quiet, rebuild=options.rebuild),
        targets=targets,
        configs=chosen,
        chain=targets[-1].version if options.by_task else None,
        only=options.only,
        boot=options.boot,
    )
    with live.board(options.quiet) as board:
        result = matrix.run(request, board.put)
    _write(result, options)
    if result.stopped:
        raise Stopped("stopped.", hint="What was finished is kept; run it again to go on.")
    if not result.as_expected:
        sys.exit(1)


def _write(result: Matrix, options: Options) -> None:
    # On the screen first: it is seen even where a file cannot be written.
    if "-" not in (options.json, options.junit, options.html):
        matrix_view.show(screen.out(), result, full=options.full)
    if options.json is not None:
        screen.show_json(report.as_json(result), options.json)
    if options.junit is not None:
        screen.write_text(report.as_junit(result), options.junit)
    if options.html is not None:
        screen.write_text(matrix_view.as_html(result), options.html)
