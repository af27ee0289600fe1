# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries init``; options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from refseries.cli.options import JsonOption, TreeOption

app = typer.Typer()


@app.command(epilog="Example: refseries init my-series --tree ~/linux --base-ref v6.12")
def init(
    context: typer.Context,
    directory: Annotated[
        Path,
        typer.Argument(
            metavar="[DIR]", help="The folder, made if need be; default: here.", show_default=False
        ),
    ] = Path(),
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Short name of the series; default: the folder's."),
    ] = None,
    title: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What it is, in a line; default: its name.")
    ] = None,
    tree: TreeOption = None,
    base_ref: Annotated[
        str | None,
        typer.Option("--base-ref", metavar="REF", help="The commit that your patches are made on."),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Begin a series of your own: its settings, and selftests to start from.

    Tree and commit are kept in series/series.toml. `refseries import` then
    makes v1 of the commits on your branch.
    """
    from refseries.cli import begin_command

    begin_command.run(context.obj, directory, name, title, tree, base_ref, json)
