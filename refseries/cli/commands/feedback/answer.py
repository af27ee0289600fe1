# SPDX-License-Identifier: GPL-2.0-or-later
"""Answer a question.

Example: refseries feedback answer v3-jhubbard-14 --text 'It stays.'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from refseries.cli.task_options import ChangeOptions, change_with_text
from refseries.review import states


@dataclass(frozen=True, kw_only=True)
class AnswerOptions(ChangeOptions):
    """What is answered."""

    text: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The answer; - is standard input. Default: $EDITOR."),
    ] = None


def main(options: AnswerOptions) -> None:
    """Answer the question of a task and show the task."""
    change_with_text(options, states.answer, options.text, "--text")
