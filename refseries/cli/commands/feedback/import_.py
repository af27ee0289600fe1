# SPDX-License-Identifier: GPL-2.0-or-later
"""Make tasks of review mails: one for each point, at the line of the patch it is about.

The same mail again changes nothing. What makes no task is named with the
reason.

Leaves with 1 when a mail could not be read, and with 2 when none belongs to
the series.

Example: refseries feedback import review.mbox
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from refseries.cli import complete, screen
from refseries.cli.context import load
from refseries.cli.options import OutputOptions, SeriesOptions, WriteNothingOption


@dataclass(frozen=True, kw_only=True)
class ImportMailOptions(SeriesOptions, OutputOptions):
    """Which mails are read, and what they review."""

    sources: Annotated[
        tuple[str, ...],
        typer.Argument(
            metavar="SOURCE…",
            help="A saved mail, an mbox (.gz too), a maildir, the text of an archive's page, -, "
            "or <MESSAGE-ID> or its link, whose thread b4 fetches.",
        ),
    ]
    version: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help="What the mails review; default: what they say themselves.",
            autocompletion=complete.plain_versions,
        ),
    ] = None
    dry_run: WriteNothingOption = False


def main(options: ImportMailOptions) -> None:
    """Import mails and show what they came to; leave with 1 if one could not be read."""
    from refseries.cli import import_view
    from refseries.review import fetch, import_mail, posted_as

    series = load(options).series
    with screen.progress(options.quiet) as progress, fetch.found(series, options.sources) as files:
        progress("reading mail")
        found = import_mail.run(
            series, tuple(files), options.version, names=files, dry_run=options.dry_run
        )
    if options.json is not None:
        screen.show_json(import_view.as_json(found, options.dry_run), options.json)
    if options.json != "-":
        import_view.show(screen.out(), found, options.dry_run, options.quiet)
        if told := posted_as.hint(series, posted_as.threads(series, found.reviews.values())):
            screen.say_sentence(told)
    if not found.ok:
        sys.exit(1)
