# SPDX-License-Identifier: GPL-2.0-or-later
"""Make one task, ID, of several that ask for the same; all reviewers are kept.

Example: refseries feedback merge v3-jannh-6 v3-jhubbard-13
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from refseries.cli import complete, task_view
from refseries.cli.context import load
from refseries.cli.options import JsonOptions, SeriesOptions
from refseries.cli.task_options import TaskArgument
from refseries.review import editing


@dataclass(frozen=True, kw_only=True)
class MergeOptions(SeriesOptions, JsonOptions):
    """What becomes one task."""

    task: TaskArgument
    others: Annotated[
        tuple[str, ...],
        typer.Argument(
            metavar="OTHER…", help="What asks for the same.", autocompletion=complete.tasks
        ),
    ]


def main(options: MergeOptions) -> None:
    """Merge tasks into the first and show that."""
    series = load(options).series
    task = editing.merge(series, options.task, options.others)
    task_view.show_changed([task], options.json)
