# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of ``refseries feedback`` that tells others what became of it; options and help."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from refseries.cli import complete
from refseries.cli.options import JsonOption

app = typer.Typer()


class Format(StrEnum):
    """How a changelog is written."""

    MAIL = "mail"
    MARKDOWN = "markdown"


@app.command(epilog="Example: refseries feedback changelog v4 --per-patch")
def changelog(
    context: typer.Context,
    version: Annotated[str, typer.Argument(metavar="VERSION", autocompletion=complete.versions)],
    per_patch: Annotated[
        bool, typer.Option("--per-patch", help="The changes by the patch that each is in.")
    ] = False,
    form: Annotated[
        Format, typer.Option("--format", help="For a cover letter, or for a web page.")
    ] = Format.MAIL,
    json: JsonOption = None,
) -> None:
    """Write "Changes in vN": what was settled and for whom, what was answered or declined."""
    from refseries.cli import answers_command

    answers_command.changelog(context.obj, version, per_patch, form == Format.MARKDOWN, json)
