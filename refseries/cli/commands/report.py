# SPDX-License-Identifier: GPL-2.0-or-later
"""Write a page that shows where the series stands: results, reviews, changes, checks, cost.

Example: refseries report --open
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refseries.cli import documents, screen
from refseries.cli.context import Context, load
from refseries.cli.options import BaseOptions
from refseries.errors import SeriesError

if TYPE_CHECKING:
    from refseries.report.model import SeriesReport


@dataclass(frozen=True, kw_only=True)
class ReportOptions(BaseOptions):
    """Where the page goes."""

    output: Annotated[
        str | None,
        documents.option(
            "--output", "-o", told="The page; - is standard output; default: NAME.html here."
        ),
    ] = None
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder", metavar="DIR", help="A folder of pages instead, for a large series."
        ),
    ] = None
    open: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False
    serve: Annotated[
        bool,
        typer.Option("--serve", help="Serve it to this machine alone, as new as can be, until ^C."),
    ] = False


def main(options: ReportOptions) -> None:
    """Gather what is kept, and write or serve the page; nothing is built or booted."""
    if options.serve and options.output is not None:
        raise SeriesError(
            "a page is written or served.", where="--serve", hint="Leave out --output."
        )
    if options.open and options.output == "-":
        raise SeriesError(
            "standard output cannot be opened.", where="--open", hint="Name a file with --output."
        )
    if options.folder is not None and (options.serve or options.output is not None):
        raise SeriesError(
            "a folder, a file or a server: one of them.", where="--folder", hint="Leave one out."
        )
    if options.serve:
        _serve(options)
        return
    output = _write(options, load(options))
    if output != "-":
        screen.say(f"Wrote {output}")
    if options.open:
        _show(Path(output).resolve().as_uri())


def _write(options: ReportOptions, context: Context) -> str:
    """Write the page, or a folder of them; gives where it begins."""
    from refseries.report import folder, page

    if options.folder is not None:
        place = options.folder
        folder.save(folder.pages(_report(context), page.render), place)
        return str(place / folder.INDEX)
    text = page.render(_report(context))
    folder.check_size(text)
    output = options.output or f"{context.series.name}.html"
    screen.write_text(text, output)
    return output


def _report(context: Context) -> SeriesReport:
    from refseries.kernel import base
    from refseries.report import gather

    info = base.ready_for(context.series, context.settings)
    return gather.report(context.series, info, context.settings.cache)


def _serve(options: ReportOptions) -> None:
    from refseries.report import page, serve

    context = load(options)
    cache = context.settings.cache
    server = serve.PageServer(
        lambda: serve.stamp(context.series, cache),
        lambda stamp: page.render(_report(load(options)), stamp=stamp),  # as it is by then
    )
    screen.say(f"Serving {server.address} to this machine until ^C.")
    sys.stdout.flush()
    if options.open:
        _show(server.address)
    with screen.until_stopped():
        server.run()


def _show(address: str) -> None:
    import webbrowser  # it starts the user's own program, which is to outlive this one

    if not webbrowser.open(address):
        screen.err().print(f"No browser was found. The page: {address}", soft_wrap=True)
