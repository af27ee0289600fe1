# SPDX-License-Identifier: GPL-2.0-or-later
"""Say which version, or which fixup of it, does what the task asks for.

Example: refseries feedback settle v3-jannh-7 --in v4 --fixup gfp-user
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from refseries.cli import complete, editor, task_view
from refseries.cli.context import load
from refseries.cli.task_options import ChangeOptions
from refseries.review import editing, states


@dataclass(frozen=True, kw_only=True)
class SettleOptions(ChangeOptions):
    """What settles the task."""

    version: Annotated[
        str,
        typer.Option(
            "--in",
            metavar="VERSION",
            help="The version that does it.",
            autocompletion=complete.plain_versions,
        ),
    ] = ""
    fixup: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="The fixup of it that does; alone, of the newest that has it."
        ),
    ] = ""
    text: Annotated[
        str, typer.Option(metavar="TEXT", help="What to tell the reviewer besides.")
    ] = ""


def main(options: SettleOptions) -> None:
    """Settle a task by a version or a fixup, and show it."""
    series = load(options).series
    text = editor.text(options.text, "--text", series.root, "")
    task = editing.change(
        series,
        options.task,
        lambda now: states.settle(now, series, options.version, options.fixup, text),
    )
    task_view.show_changed([task], options.json)
