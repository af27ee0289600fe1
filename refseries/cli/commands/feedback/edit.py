# SPDX-License-Identifier: GPL-2.0-or-later
"""Change anything but the state; without options, summary and comment in $EDITOR.

Example: refseries feedback edit v3-jannh-7 --kind bug
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import typer

from refseries.cli import editor, task_view
from refseries.cli.context import load
from refseries.cli.task_options import WHAT_IT_ASKS, AnchorOptions, ChangeOptions, CommentOption
from refseries.review import editing, states, store
from refseries.review.model import Kind


@dataclass(frozen=True, kw_only=True)
class EditOptions(ChangeOptions, AnchorOptions):
    """What is changed of the task."""

    summary: Annotated[str | None, typer.Option(metavar="TEXT", help="One line.")] = None
    kind: Annotated[Kind | None, WHAT_IT_ASKS] = None
    comment: CommentOption = None


def main(options: EditOptions) -> None:
    """Change what was given of a task; without anything, its texts in the editor."""
    series = load(options).series
    _review, task = store.find(store.load(series), options.task)
    anchor = options.anchor(series, task.raised_on, task.anchor)
    summary, kind, comment = options.summary, options.kind, options.comment
    if (summary, kind, anchor, comment) == (None, None, None, None):
        about = f"{task.id}: the first line is the summary, what follows the comment."
        initial = f"{task.summary}\n\n{task.comment}"
        edited = editor.text(None, "--summary", series.root, about, initial)
        summary, _, comment = edited.partition("\n")
        comment = comment.lstrip("\n")
    elif comment is not None:
        comment = editor.text(comment, "--comment", series.root, "")
    step = partial(states.edit, summary=summary, kind=kind, anchor=anchor, comment=comment)
    task_view.show_changed([editing.change(series, options.task, step)], options.json)
