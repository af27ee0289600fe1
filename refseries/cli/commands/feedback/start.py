# SPDX-License-Identifier: GPL-2.0-or-later
"""Mark tasks as started, and show the work tree to settle them in.

Without an ID, for changes that nobody asked for, it makes the work tree
alone. Commit there as you like, `git commit --fixup` included, and name the
tasks that a commit settles in a trailer `Addresses: ID`. `refseries reroll`
makes the next version of it.

Example: refseries feedback start v4-rita-2
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from refseries.cli import complete, screen, task_view
from refseries.cli.context import find_base, load
from refseries.cli.options import BaseOptions, OutputOptions
from refseries.cli.task_options import OntoOption
from refseries.review import store


@dataclass(frozen=True, kw_only=True)
class StartOptions(BaseOptions, OutputOptions):
    """Which tasks are worked on, and on top of what."""

    ids: Annotated[
        tuple[str, ...],
        typer.Argument(metavar="ID…", help="Tasks to work on.", autocompletion=complete.tasks),
    ] = ()
    onto: OntoOption = None


def main(options: StartOptions) -> None:
    """Make the working branch ready and mark tasks as started."""
    from refseries.review import work_branch, work_tree

    context = load(options)
    series = context.series
    store.load(series)  # a wrong file is told before anything is made
    info = find_base(context, options.quiet)
    place = work_tree.find(series, info, context.settings.cache, options.onto)
    with screen.progress(options.quiet or place.worktree.exists()) as progress:
        progress("Making the work tree")
        started = work_branch.begin(series, place, options.ids, progress)
    if options.json is not None:
        record = {
            "schema": 1,
            "tasks": [task.id for task in started],
            "onto": place.onto,
            "branch": place.branch,
            "worktree": place.worktree,
        }
        screen.show_json(record, options.json)
    if options.json == "-":
        return
    console = screen.out()
    for task in started:
        task_view.show_worked_on(task, "started")
    console.print(f"branch    {place.branch} in {place.base.repo}", soft_wrap=True)
    console.print(f"work tree {place.worktree}", soft_wrap=True)
    trailers = "".join(f" --trailer 'Addresses: {task.id}'" for task in started)
    how = f"commit there with git commit{trailers}" if started else "refseries test work"
    screen.say(f"\nNext: {how}")
