# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries reroll``; options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from refseries.cli.options import BaseRefOption, JsonOption, QuietOption, TreeOption

app = typer.Typer()


@app.command(epilog="Example: refseries reroll v5 --into 1a2b3c4d=2 --new 5e6f7a8b")
def reroll(
    context: typer.Context,
    version: Annotated[str, typer.Argument(metavar="VERSION", help="The version to make.")],
    branch: Annotated[
        str | None,
        typer.Option("--from", metavar="BRANCH", help="Another branch than that of `start`."),
    ] = None,
    into: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COMMIT=PATCH",
            help="Fold a commit into this patch, by number or name; may be given again.",
        ),
    ] = None,
    new: Annotated[
        list[str] | None,
        typer.Option(metavar="COMMIT", help="Make a patch of this commit; may be given again."),
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Fold as this file says, a reroll.toml."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Show what would be made; write nothing.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Make a version again and compare; write nothing.")
    ] = False,
    tree: TreeOption = None,
    base_ref: BaseRefOption = None,
    json: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Make the next version: the fixups of the working branch folded into their patches.

    The patch that a fixup goes into is found by its subject (`fixup! …`), or by
    the lines that it changes; where that is not clear, --into or --new says it.
    Nothing is written if anything fails.
    """
    from refseries.cli import reroll_command

    reroll_command.reroll(
        reroll_command.Options(
            directory=context.obj,
            version=version,
            branch=branch,
            into=tuple(into or ()),
            new=tuple(new or ()),
            plan=plan,
            dry_run=dry_run,
            again=again,
            tree=tree,
            base_ref=base_ref,
            json=json,
            quiet=quiet,
        )
    )
