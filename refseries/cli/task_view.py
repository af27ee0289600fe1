# SPDX-License-Identifier: GPL-2.0-or-later
"""Review tasks, as several commands show them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from refseries.cli import screen
from refseries.cli.context import Context
from refseries.review import listing
from refseries.review.evidence.kind import Proof
from refseries.review.model import State, Task

STYLES = {
    State.OPEN: "bold yellow",
    State.STARTED: "yellow",
    State.SETTLED: "green",
    State.ANSWERED: "green",
    State.DECLINED: "magenta",
    State.OBSOLETE: "dim",
}


def show_changed(tasks: Sequence[Task], destination: str | None) -> None:
    """What was made or changed: a line for each task, and JSON if asked for.

    Args:
        destination: what ``--json`` names; there one task is an object, several are a list.
    """
    if destination is not None:
        records = [listing.record(task) for task in tasks]
        screen.show_json(records if len(tasks) > 1 else records[0], destination)
    if destination != "-":
        for task in tasks:
            _show_line(task)


def _show_line(task: Task) -> None:
    line = Text(screen.printable(task.id), style="bold")
    line.append(f"  {listing.standing(task)}", style=STYLES[task.state])
    line.append(f"  {screen.printable(task.summary)}", style="default")
    screen.out().print(line, soft_wrap=True)


def show_worked_on(task: Task, state: str) -> None:
    """One task of a working branch, over as many lines as its summary takes."""
    name = f"{task.id}  "
    screen.say_field(name, f"{state}  {task.summary}", len(name), "bold")


def proofs(context: Context, tasks: Sequence[Task]) -> dict[str, tuple[Proof, ...]]:
    """What the evidence of each task comes to, as far as the kept results say."""
    from refseries.kernel import base
    from refseries.review.evidence import known  # slow to import, and the plain list does without

    info = base.ready_for(context.series, context.settings)
    return known.proofs(context.series, info, context.settings.cache, tasks)
