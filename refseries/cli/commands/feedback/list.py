# SPDX-License-Identifier: GPL-2.0-or-later
"""Show the tasks, with the state of each.

Example: refseries feedback list --open
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from refseries.cli import complete, screen, task_view
from refseries.cli.context import load
from refseries.cli.options import BaseOptions, JsonOptions
from refseries.review import listing, store
from refseries.review.model import UNFINISHED, Review, State, Task
from refseries.series.store import version


@dataclass(frozen=True, kw_only=True)
class ListOptions(BaseOptions, JsonOptions):
    """Which tasks are shown."""

    is_open: Annotated[
        bool, typer.Option("--open", help="What is not finished: open or started.")
    ] = False
    state: Annotated[
        tuple[State, ...],
        typer.Option(
            metavar="STATE", help=f"In this state: {', '.join(State)}; may be given again."
        ),
    ] = ()
    reviewer: Annotated[
        str | None,
        typer.Option(
            metavar="WHO",
            help="Nick, name or address of a reviewer.",
            autocompletion=complete.reviewers,
        ),
    ] = None
    version: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION", help="Raised on it.", autocompletion=complete.plain_versions
        ),
    ] = None


def main(options: ListOptions) -> None:
    """Show the tasks that fit, by review."""
    context = load(options)
    reviews = store.load(context.series)
    if options.version:
        version(context.series, options.version)
    found = listing.select(
        reviews,
        states=(*options.state, *(UNFINISHED if options.is_open else ())),
        reviewer=options.reviewer,
        version=options.version or "",
    )
    if options.json is not None:
        seen = task_view.proofs(context, [task for _review, task in found])
        records = [
            listing.record(task, [proof.verdict for proof in seen[task.id]]) for _r, task in found
        ]
        screen.show_json(records, options.json)
    if options.json != "-":
        _table(screen.out(), found, any_at_all=any(review.tasks for review in reviews))


def _table(console: Console, found: Sequence[tuple[Review, Task]], *, any_at_all: bool) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for _review, task in found:
        state = task.state if not task.settled_in else f"{task.state} {task.settled_in}"
        table.add_row(
            Text(screen.printable(task.id), style="bold"),
            Text(state, style=task_view.STYLES[task.state]),
            Text(screen.printable(_summary(task))),
        )
    if found:
        console.print(table)
    console.print(Text(("\n" if found else "") + listing.count(task for _r, task in found)))
    if not found and not any_at_all:
        how = "refseries feedback import FILE makes some of a review, feedback add one by hand."
        console.print(Text(how))


def _summary(task: Task) -> str:
    more = [person.name for person in task.also]
    return f"{task.summary} (also {', '.join(more)})" if more else task.summary
