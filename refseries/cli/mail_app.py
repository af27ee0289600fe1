# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands about the mail of a version and what changed since the last; options and help."""

from __future__ import annotations

from typing import Annotated

import typer

from refseries.cli import complete
from refseries.cli.options import BaseRefOption, JsonOption, QuietOption, TreeOption

app = typer.Typer()


@app.command(epilog="Example: refseries diff v3 v4 --json - | jq .patches")
def diff(
    context: typer.Context,
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD",
            help="v3, v4:TASK, base, or a branch of --tree.",
            autocompletion=complete.versions,
        ),
    ],
    new: Annotated[
        str,
        typer.Argument(metavar="NEW", help="As OLD.", autocompletion=complete.versions),
    ],
    mail: Annotated[
        bool, typer.Option("--mail", help="Plain text, as a cover letter can take it in.")
    ] = False,
    creation_factor: Annotated[
        int,
        typer.Option("--creation-factor", metavar="PERCENT", min=0, help="As for git range-diff."),
    ] = 60,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Show what changed between two versions: patches, files, texts, recipients, behaviour."""
    from refseries.cli import diff_command

    diff_command.diff(
        diff_command.Options(
            directory=context.obj,
            old=old,
            new=new,
            mail=mail,
            creation_factor=creation_factor,
            tree=tree,
            base_ref=base_ref,
            json=json,
            quiet=quiet,
        )
    )
