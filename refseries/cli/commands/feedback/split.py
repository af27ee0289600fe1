# SPDX-License-Identifier: GPL-2.0-or-later
"""Make several tasks of one that asks for several things.

Example: refseries feedback split v3-jannh-8 'copy_from_user()' 'A comment'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from refseries.cli import editor, task_view
from refseries.cli.context import load
from refseries.cli.options import JsonOptions, SeriesOptions
from refseries.cli.task_options import TaskArgument
from refseries.review import editing, store


@dataclass(frozen=True, kw_only=True)
class SplitOptions(SeriesOptions, JsonOptions):
    """What is split, and what it becomes."""

    task: TaskArgument
    summaries: Annotated[
        tuple[str, ...],
        typer.Argument(metavar="SUMMARY…", help="One for each part. Default: $EDITOR, one a line."),
    ] = ()


def main(options: SplitOptions) -> None:
    """Split a task and show what it became."""
    series = load(options).series
    _review, task = store.find(store.load(series), options.task)
    summaries = list(options.summaries)
    if not summaries:
        about = f"{task.id}: a line for each task that it shall become.\n\n{task.comment}"
        text = editor.text(None, "SUMMARY…", series.root, about, f"{task.summary}\n")
        summaries = [line.strip() for line in text.splitlines() if line.strip()]
    parts = editing.split(series, options.task, summaries)
    task_view.show_changed(parts, options.json)
