# SPDX-License-Identifier: GPL-2.0-or-later
"""What several commands of ``refseries feedback`` take, and what they do with it alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import typer

from refseries.cli import complete, editor, task_view
from refseries.cli.context import load
from refseries.cli.options import JsonOptions, SeriesOptions
from refseries.model import Series
from refseries.review import store
from refseries.review.model import NOWHERE, Anchor, Kind, Task

TaskArgument = Annotated[
    str,
    typer.Argument(metavar="ID", help="Such as v3-jannh-7.", autocompletion=complete.tasks),
]
WHAT_IT_ASKS = typer.Option(metavar="KIND", help=f"What it asks for: {', '.join(Kind)}.")
CommentOption = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="What was said; - is standard input."),
]
OntoOption = Annotated[
    str | None,
    typer.Option(
        metavar="VERSION",
        help="The version to work on top of; default: the newest.",
        autocompletion=complete.plain_versions,
    ),
]


@dataclass(frozen=True, kw_only=True)
class TaskOptions(SeriesOptions):
    """The one task that a command is about."""

    task: TaskArgument


@dataclass(frozen=True, kw_only=True)
class ChangeOptions(TaskOptions, JsonOptions):
    """The one task that is changed."""


@dataclass(frozen=True, kw_only=True)
class WhyOptions(ChangeOptions):
    """The task, and the reason for what becomes of it."""

    why: Annotated[
        str | None,
        typer.Option(
            "--why", metavar="TEXT", help="The reason; - is standard input. Default: $EDITOR."
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class AnchorOptions:
    """What a task is about; None where it was not given."""

    patch: Annotated[
        str | None,
        typer.Option("--patch", metavar="PATCH", help="Number or name of a patch, or cover."),
    ] = None
    file: Annotated[
        str | None, typer.Option("--file", metavar="PATH", help="A file of the kernel.")
    ] = None
    line: Annotated[
        int | None,
        typer.Option(
            "--line",
            metavar="N",
            min=1,
            help="Its line in that version; of the text without --file.",
        ),
    ] = None

    def anchor(self, series: Series, version: str, now: Anchor | None = None) -> Anchor | None:
        """The anchor that they name; ``now`` gives what was left out. None: nothing was given."""
        from refseries.review import excerpt

        if (self.patch, self.file, self.line) == (None, None, None):
            return None
        old = now or NOWHERE
        patch = old.patch if self.patch is None else self.patch
        file = (old.file if self.patch is None else "") if self.file is None else self.file
        return excerpt.anchor_at(series, version, patch, file, self.line or 0)


def change_with_text(
    options: ChangeOptions, step: Callable[[Task, str], Task], given: str | None, option: str
) -> None:
    """Change a task by something that needs a text, which the editor asks for if need be.

    Args:
        step: makes the changed task of a task and the text.
        given: what the option of the text says.
        option: its name.
    """
    from refseries.review import editing

    series = load(options).series
    review, task = store.find(store.load(series), options.task)
    step(task, "x")  # refused before somebody has written a text for nothing
    about = f"{task.id}, {task.reviewer.name} on {task.raised_on}: {task.summary}\n{review.link}\n"
    text = editor.text(given, option, series.root, f"{about}\n{task.comment}")
    task = editing.change(series, options.task, lambda now: step(now, text))
    task_view.show_changed([task], options.json)
