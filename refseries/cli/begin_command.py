# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries init``."""

from __future__ import annotations

import shlex
from pathlib import Path

from rich.text import Text

from refseries.cli import screen
from refseries.host import settings
from refseries.importing import init


def run(
    series: Path | None,
    directory: Path,
    name: str | None,
    title: str | None,
    tree: Path | None,
    base_ref: str | None,
    json: str | None,
) -> None:
    """Begin the series and say how to go on."""
    root = ((series or Path()).expanduser() / directory.expanduser()).resolve()
    begun = init.begin(root, settings.resolve(tree=tree, base_ref=base_ref), name, title)
    if json is not None:
        record = {
            "schema": 1,
            "name": begun.name,
            "root": begun.root,
            "base_ref": begun.ref,
            "written": begun.written,
            "kept": begun.kept,
        }
        screen.show_json(record, json)
    if json == "-":
        return
    console = screen.out()
    for word, style, paths in (("wrote", "green", begun.written), ("kept", "yellow", begun.kept)):
        for path in paths:
            console.print(Text.assemble((f"{word:<6}", style), str(path)), soft_wrap=True)
    where = "" if root == Path.cwd() else f" -C {shlex.quote(str(root))}"
    if title is None:
        place = begun.written[-1]
        console.print(f"\nIts title is its name; give it another in {place}.", soft_wrap=True)
    console.print("\nNext: make v1 of the commits on your branch.")
    console.print(Text(f"  refseries{where} import {begun.ref}..BRANCH --as v1"), soft_wrap=True)
