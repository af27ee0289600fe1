# SPDX-License-Identifier: GPL-2.0-or-later
"""Apply, build, boot and test versions, and show the matrix of results.

Example: refseries test --all-versions --junit results.xml
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from refseries.cli import documents, matrix_run, matrix_view, screen
from refseries.cli.context import find_configs, find_lab, load
from refseries.cli.options import AllVersionsOption, BuildOptions, GuestOptions, OnlyOption
from refseries.errors import SeriesError
from refseries.series import naming
from refseries.testing import report
from refseries.testing.model import Matrix
from refseries.testing.touched import TouchedFile

if TYPE_CHECKING:
    from refseries.testing.matrix import MatrixRequest
    from refseries.testing.repeat import Repeat


@dataclass(frozen=True, kw_only=True)
class TestOptions(BuildOptions, GuestOptions):
    """Which cases are run on what is built, and where the results go."""

    all_versions: AllVersionsOption = False  # again, as it stands first in the help
    by_task: Annotated[
        bool, typer.Option("--by-task", help="One column for each fixup on the way to VERSION.")
    ] = False
    by_patch: Annotated[
        bool, typer.Option("--by-patch", help="One column for each patch of VERSION.")
    ] = False
    onto: Annotated[
        tuple[str, ...],
        typer.Option(
            "--onto",
            metavar="REF",
            help="One more column, over this commit of --tree; may be given again.",
        ),
    ] = ()
    only: OnlyOption = ()
    repeat: Annotated[
        int | None,
        typer.Option("--repeat", metavar="N", help="Run the cases N times; say which are flaky."),
    ] = None
    until_failure: Annotated[
        bool, typer.Option("--until-failure", help="Boot no more once one is not as expected.")
    ] = False
    fresh: Annotated[
        bool, typer.Option("--fresh", help="A guest of its own for each of the N times.")
    ] = False
    load: Annotated[
        bool, typer.Option("--load", help="Keep this machine busy while guests run.")
    ] = False
    junit: Annotated[
        str | None,
        documents.option("--junit", told="Write JUnit XML; - is standard output."),
    ] = None
    html: Annotated[
        str | None,
        documents.option("--html", told="Write the matrix as a page; - is stdout."),
    ] = None
    kcidb: Annotated[
        str | None,
        documents.option("--kcidb", told="Write KernelCI's JSON; - is stdout."),
    ] = None
    full: Annotated[
        bool, typer.Option("--full", help="A row for every case, also where all pass.")
    ] = False


def main(options: TestOptions) -> None:
    """Test and show the matrix; leave with 1 if it is not as expected."""
    documents.check_apart(_documents(options))
    repeat = _repeat(options)
    if options.by_task or options.by_patch:
        wanted = _steps(options)
    else:
        wanted = matrix_run.request(options, options.onto)
    wanted = replace(wanted, only=options.only, repeat=repeat)
    found, touched = matrix_run.run(wanted, quiet=options.quiet)
    _write(found, touched, options)
    matrix_run.leave(found)


def _documents(options: TestOptions) -> dict[str, str | None]:
    return {
        "--json": options.json, "--junit": options.junit, "--html": options.html,
        "--kcidb": options.kcidb,
    }  # fmt: skip


def _steps(options: TestOptions) -> MatrixRequest:
    """The states of VERSION behind each of its fixups or patches."""
    from refseries.testing.matrix import MatrixRequest

    context = load(options)
    if options.onto:
        raise SeriesError(
            "--onto goes with neither --by-task nor --by-patch.",
            where="--onto",
            hint="Name one state, as in `refseries test v4:2 --onto v6.13`.",
        )
    found = naming.targets(
        context.series,
        options.versions,
        every=options.all_versions,
        by_task=options.by_task,
        by_patch=options.by_patch,
    )
    configs = find_configs(context, options.config)
    lab = find_lab(context, options.quiet, rebuild=options.rebuild)
    return MatrixRequest(lab, found, configs, found[-1].version, options.by_patch)


def _repeat(options: TestOptions) -> Repeat | None:
    """How often the cases run."""
    from refseries.testing.repeat import MOST_ROUNDS, Repeat

    if options.repeat is None:
        given = {"--until-failure": options.until_failure, "--fresh": options.fresh}
        given["--load"] = options.load
        if alone := [name for name, value in given.items() if value]:
            raise SeriesError(
                "it goes with --repeat.", where=alone[0], hint="Example: --repeat 50 --load."
            )
        return None
    if not 2 <= options.repeat <= MOST_ROUNDS:
        raise SeriesError(
            f"{options.repeat} is no number of rounds to compare.",
            where="--repeat",
            hint=f"Say 2 to {MOST_ROUNDS}.",
        )
    return Repeat(options.repeat, options.fresh, options.until_failure, options.load)


def _write(found: Matrix, touched: Sequence[TouchedFile], options: TestOptions) -> None:
    # On the screen first: it is seen even where a file cannot be written.
    if "-" not in _documents(options).values():
        matrix_view.show(screen.out(), found, touched, full=options.full)
    if options.json is not None:
        screen.show_json(report.as_json(found, touched), options.json)
    if options.junit is not None:
        screen.write_text(report.as_junit(found), options.junit)
    if options.html is not None:
        screen.write_text(matrix_view.as_html(found, touched), options.html)
    if options.kcidb is not None:
        from refseries.report import kcidb

        series = load(options).series
        screen.show_json(kcidb.as_kcidb(found, series), options.kcidb)
