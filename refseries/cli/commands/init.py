# SPDX-License-Identifier: GPL-2.0-or-later
"""Begin a series of your own: its settings, and selftests to start from.

Tree and commit are kept in series/series.toml. `refseries import` then
makes v1 of the commits on your branch.

Example: refseries init my-series --tree ~/linux --base-ref v6.12
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from refseries.cli import screen
from refseries.cli.options import JsonOptions, SeriesOptions, TreeOption
from refseries.host import settings
from refseries.importing import init


@dataclass(frozen=True, kw_only=True)
class InitOptions(SeriesOptions, JsonOptions):
    """Where the series is made, what it is called, and what it is based on."""

    folder: Annotated[
        Path,
        typer.Argument(
            metavar="[DIR]", help="The folder, made if need be; default: here.", show_default=False
        ),
    ] = Path()
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Short name of the series; default: the folder's."),
    ] = None
    title: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What it is, in a line; default: its name.")
    ] = None
    tree: TreeOption = None
    base_ref: Annotated[
        str | None,
        typer.Option("--base-ref", metavar="REF", help="The commit that your patches are made on."),
    ] = None


def main(options: InitOptions) -> None:
    """Begin the series and say how to go on."""
    above = (options.directory or Path()).expanduser()
    root = settings.in_utf8((above / options.folder.expanduser()).resolve())
    resolved = settings.resolve(tree=options.tree, base_ref=options.base_ref)
    begun = init.begin(root, resolved, options.name, options.title)
    if options.json is not None:
        record = {
            "schema": 1,
            "name": begun.name,
            "root": begun.root,
            "base_ref": begun.ref,
            "written": begun.written,
            "kept": begun.kept,
        }
        screen.show_json(record, options.json)
    if options.json == "-":
        return
    console = screen.out()
    for word, style, paths in (("wrote", "green", begun.written), ("kept", "yellow", begun.kept)):
        for path in paths:
            console.print(Text.assemble((f"{word:<6}", style), str(path)), soft_wrap=True)
    where = "" if root == Path.cwd() else f" -C {shlex.quote(str(root))}"
    if options.title is None:
        place = begun.written[-1]
        console.print(f"\nIts title is its name; give it another in {place}.", soft_wrap=True)
    console.print("\nNext: make v1 of the commits on your branch.")
    console.print(Text(f"  refseries{where} import {begun.ref}..BRANCH --as v1"), soft_wrap=True)
