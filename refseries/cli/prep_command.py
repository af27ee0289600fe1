# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries prep``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from refseries.cli import screen
from refseries.cli.context import find_base, load
from refseries.posting import b4_branch


def run(
    directory: Path | None,
    version: str,
    branch: str | None,
    tree: Path | None,
    base_ref: str | None,
    json: str | None,
    quiet: bool,
) -> None:
    """Make the branch and say how to go on with it."""
    context = load(directory, tree=tree, base_ref=base_ref)
    info = find_base(context, quiet)
    made = b4_branch.prepare(context.series, info, version, context.settings.cache, branch)
    if json is not None:
        screen.show_json({"schema": 1, **asdict(made)}, json)
    if json == "-":
        return
    console = screen.out()
    console.print(
        Text(f"branch    {made.branch} in {made.repo}, at revision v{made.revision}"),
        soft_wrap=True,
    )
    console.print(Text(f"change-id {made.change_id}"), soft_wrap=True)
    for tag in made.tags:
        console.print(Text(f"tag       {tag}"), soft_wrap=True)
    go = f"git -C {made.repo} worktree add DIR {made.branch}"
    if made.repo.name == ".git":
        go = f"git -C {made.repo.parent} switch {made.branch}"
    console.print(Text(f"\nNext: {go}, then b4 prep --show-info"), soft_wrap=True)
