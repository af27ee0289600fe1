# SPDX-License-Identifier: GPL-2.0-or-later
"""Show what the working branch settles, by which commit, and what is open.

Example: refseries feedback status
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from refseries.cli import screen, task_view
from refseries.cli.context import find_base, load
from refseries.cli.options import BaseOptions, OutputOptions, WorkBranchOption
from refseries.cli.task_options import OntoOption
from refseries.host.homes import expanded
from refseries.review import store

if TYPE_CHECKING:
    from refseries.review.work_branch import Standing


@dataclass(frozen=True, kw_only=True)
class WorkStatusOptions(BaseOptions, OutputOptions):
    """Which working branch is shown."""

    onto: OntoOption = None
    branch: WorkBranchOption = None


def main(options: WorkStatusOptions) -> None:
    """Show a working branch beside the tasks."""
    from refseries.review import work_branch, work_tree

    context = load(options)
    series = context.series
    reviews = store.load(series)
    info = find_base(context, options.quiet)
    here = expanded(options.directory or Path()).resolve()
    onto = options.onto or work_tree.at(series, here)
    place = work_tree.find(series, info, context.settings.cache, onto)
    found = work_branch.standing(place, reviews, options.branch)
    if options.json is not None:
        screen.show_json(_as_json(found, options.branch or place.branch), options.json)
    if options.json != "-":
        _show(screen.out(), found, options.branch or place.branch)


def _show(console: Console, found: Standing, branch: str) -> None:
    console.print(Text(screen.printable(f"{branch}, on top of {found.place.onto}"), style="bold"))
    for commit in found.commits:
        line = Text(f"{commit.commit[:12]} ", style="yellow")
        line.append(screen.printable(commit.subject), style="default")
        console.print(line, soft_wrap=True)
        known = [each for each in commit.addresses if each not in commit.unknown]
        if known:
            console.print(Text(f"  settles {', '.join(known)}", style="green"))
        if commit.unknown:
            names = screen.printable(", ".join(commit.unknown))
            console.print(Text(f"  there is no task {names}", style="red"))
        if not commit.addresses:
            console.print(Text("  names no task", style="yellow"))
    if not found.commits:
        console.print("No commits yet.")
    if found.changed:
        changed = f"not committed: {screen.some(found.changed)}"
        screen.say((changed, "yellow"))
    console.print(Text(f"\nOpen: {len(found.open)}"))
    for task in found.open:
        task_view.show_worked_on(task, str(task.state))


def _as_json(found: Standing, branch: str) -> dict[str, object]:
    return {
        "schema": 1,
        "branch": branch,
        "onto": found.place.onto,
        "worktree": found.place.worktree,
        "commits": found.commits,
        "settled": [task.id for task in found.settled],
        "open": [task.id for task in found.open],
        "changed": found.changed,
    }
