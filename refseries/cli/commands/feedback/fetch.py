# SPDX-License-Identifier: GPL-2.0-or-later
"""Fetch the threads of posted versions by b4, and import what is new.

Points become tasks, tags are kept for the next version, and so is who was
added. What makes no task is named with the reason. The same again changes
nothing. b4 asks the server that its own settings name (b4.midmask).

Leaves with 1 when a mail could not be read, and with 3 when a thread could
not be fetched.

Example: refseries feedback fetch v4
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refseries.cli import complete, screen
from refseries.cli.context import load
from refseries.cli.options import OutputOptions, SeriesOptions, WriteNothingOption

if TYPE_CHECKING:
    from refseries.review.fetch import Fetched


@dataclass(frozen=True, kw_only=True)
class FetchOptions(SeriesOptions, OutputOptions):
    """Whose threads are fetched, and from where."""

    version: Annotated[
        str | None,
        typer.Argument(
            metavar="VERSION",
            help="Default: all that were posted.",
            autocompletion=complete.plain_versions,
        ),
    ] = None
    files: Annotated[
        tuple[Path, ...],
        typer.Option(
            "--from",
            "-m",
            metavar="FILE",
            help="Read this mailbox, or what lei saved, and ask no server; may be given again.",
        ),
    ] = ()
    dry_run: WriteNothingOption = False


def main(options: FetchOptions) -> None:
    """Fetch, import, and show what that came to."""
    from refseries.cli import import_view
    from refseries.review import fetch

    series = load(options).series
    with screen.progress(options.quiet) as progress:
        got = fetch.run(
            series, options.version, options.files, dry_run=options.dry_run, say=progress
        )
    if options.json is not None:
        screen.show_json(_as_json(got, options.dry_run), options.json)
    if options.json != "-":
        import_view.show(
            screen.out(), got.found, options.dry_run, options.quiet, fetched=not options.files
        )
        _show_rest(got)
    if got.failed:
        raise got.failed[0].error
    if not got.found.ok:
        sys.exit(1)


def _show_rest(got: Fetched) -> None:
    """Name what was not looked for, and what b4 did not bring."""
    if got.versions:
        screen.say(f"Fetched: {', '.join(got.versions)}")
    if got.unposted:
        screen.say(f"Not posted, as far as is known: {', '.join(got.unposted)}")
    for one in got.failed:
        screen.say(f"Not fetched: {one.version}, {one.message_id}")


def _as_json(got: Fetched, dry_run: bool) -> dict[str, object]:
    from refseries.cli import import_view

    return {
        **import_view.as_json(got.found, dry_run),
        "fetched": got.versions,
        "not_posted": got.unposted,
        "not_fetched": [
            {"version": one.version, "message_id": one.message_id, "why": one.error.what}
            for one in got.failed
        ],
    }
