# SPDX-License-Identifier: GPL-2.0-or-later
"""Add a point that came in no mail: from IRC, from a meeting, or your own.

Example: refseries feedback add 'Test with 64K pages' --version v4
--reviewer 'Ada <ada@example.org>'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from refseries.cli import complete, editor, task_view
from refseries.cli.context import load
from refseries.cli.options import JsonOptions, SeriesOptions
from refseries.cli.task_options import WHAT_IT_ASKS, AnchorOptions, CommentOption
from refseries.host import clock
from refseries.review import editing, listing, store
from refseries.review.model import Kind


@dataclass(frozen=True, kw_only=True)
class AddOptions(AnchorOptions, SeriesOptions, JsonOptions):
    """What was said, by whom, about what."""

    summary: Annotated[str, typer.Argument(metavar="SUMMARY", help="One line.")]
    version: Annotated[
        str,
        typer.Option(
            metavar="VERSION",
            help="What it was said about.",
            autocompletion=complete.plain_versions,
        ),
    ]
    reviewer: Annotated[
        str,
        typer.Option(
            metavar="WHO",
            help="'Name <address>', a name, or the nick of a known reviewer.",
            autocompletion=complete.reviewers,
        ),
    ]
    kind: Annotated[Kind, WHAT_IT_ASKS] = Kind.CHANGE
    comment: CommentOption = None
    link: Annotated[str, typer.Option(metavar="URL", help="Where to read it.")] = ""


def main(options: AddOptions) -> None:
    """Add a task and show it."""
    series = load(options).series
    task = editing.add(
        series,
        version=options.version,
        reviewer=listing.find_person(store.load(series), options.reviewer),
        summary=options.summary,
        when=clock.now(),
        kind=options.kind,
        anchor=options.anchor(series, options.version),
        comment=editor.text(options.comment or "", "--comment", series.root, ""),
        link=options.link,
    )
    task_view.show_changed([task], options.json)
