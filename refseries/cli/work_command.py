# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries feedback start`` and ``refseries feedback status``."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from refseries.cli import screen
from refseries.cli.context import find_base, load
from refseries.review import store, work_tree
from refseries.review import work_branch as branches
from refseries.review.model import Task
from refseries.review.work_branch import Standing


def start(
    directory: Path | None,
    ids: tuple[str, ...],
    onto: str | None,
    tree: Path | None,
    base_ref: str | None,
    json: str | None,
    quiet: bool,
) -> None:
    """Make the working branch ready and mark tasks as started."""
    context = load(directory, tree=tree, base_ref=base_ref)
    series = context.series
    store.load(series)  # a wrong file is told before anything is made
    info = find_base(context, quiet)
    place = work_tree.find(series, info, context.settings.cache, onto)
    with screen.progress(quiet or place.worktree.exists()) as progress:
        progress("Making the work tree", 0.0)
        started = branches.begin(series, place, ids)
    if json is not None:
        record = {
            "schema": 1,
            "tasks": [task.id for task in started],
            "onto": place.onto,
            "branch": place.branch,
            "worktree": place.worktree,
        }
        screen.show_json(record, json)
    if json == "-":
        return
    console = screen.out()
    for task in started:
        _task(task, "started")
    console.print(f"branch    {place.branch} in {place.base.repo}", soft_wrap=True)
    console.print(f"work tree {place.worktree}", soft_wrap=True)
    trailers = " ".join(f"--trailer 'Addresses: {task.id}'" for task in started)
    console.print(Text(f"\nNext: commit there with git commit {trailers}"), soft_wrap=True)


def status(
    directory: Path | None,
    onto: str | None,
    branch: str | None,
    tree: Path | None,
    base_ref: str | None,
    json: str | None,
    quiet: bool,
) -> None:
    """Show a working branch beside the tasks."""
    context = load(directory, tree=tree, base_ref=base_ref)
    series = context.series
    reviews = store.load(series)
    info = find_base(context, quiet)
    onto = onto or work_tree.at(series, (directory or Path()).expanduser().resolve())
    place = work_tree.find(series, info, context.settings.cache, onto)
    found = branches.standing(place, reviews, branch)
    if json is not None:
        screen.show_json(_as_json(found, branch or place.branch), json)
    if json != "-":
        _show(screen.out(), found, branch or place.branch)


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
        console.print(Text(screen.printable(changed), style="yellow"), soft_wrap=True)
    console.print(Text(f"\nOpen: {len(found.open)}"))
    for task in found.open:
        _task(task, str(task.state))


def _task(task: Task, state: str) -> None:
    name = f"{task.id}  "
    screen.say_field(name, f"{state}  {task.summary}", len(name), "bold")


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
