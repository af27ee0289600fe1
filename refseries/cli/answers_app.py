# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of ``refseries feedback`` that tells others what became of it; options and help."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from refseries.cli import complete
from refseries.cli.options import BaseRefOption, JsonOption, TreeOption

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


@app.command(epilog="Example: refseries feedback reply -o replies.mbox; mutt -f replies.mbox")
def reply(
    context: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID",
            help="Tasks; default: all that the newest version settles, answers or leaves open.",
            autocompletion=complete.tasks,
        ),
    ] = None,
    mail: Annotated[
        Path | None,
        typer.Option(
            "--mail", metavar="FILE", help="The tasks of this saved mail, or of a review's file."
        ),
    ] = None,
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="FILE", help="The mailbox; - is standard output."),
    ] = "-",
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    json: JsonOption = None,
) -> None:
    """Write the answer to each review mail, every point with its proof, for you to edit and send.

    What still needs your hand is said on standard error.
    """
    from refseries.cli import answers_command

    options = answers_command.ReplyOptions(
        directory=context.obj,
        ids=tuple(ids or ()),
        mail=mail,
        output=output,
        tree=tree,
        base_ref=base_ref,
        json=json,
    )
    answers_command.reply(options)
