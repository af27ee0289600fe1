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


def show_changed(task: Task) -> None:
    """One line about a task that was made or changed."""
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
