# SPDX-License-Identifier: GPL-2.0-or-later
"""Make a version a branch that b4 prepares, to go on in b4.

Example: refseries prep v4 --tree ~/linux && git -C ~/linux switch b4/refpage
"""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.text import Text

from refseries.cli import screen, tags_view
from refseries.cli.context import find_base, load
from refseries.cli.options import BaseOptions, KeepTagsOption, OutputOptions, PlainVersionArgument


@dataclass(frozen=True, kw_only=True)
class PrepOptions(BaseOptions, OutputOptions):
    """Which version becomes a branch, and what it is called."""

    version: PlainVersionArgument
    branch: Annotated[
        str | None, typer.Option(metavar="NAME", help="Branch; default: b4/ and the series' name.")
    ] = None
    keep_tags: KeepTagsOption = False


def main(options: PrepOptions) -> None:
    """Make the branch and say how to go on with it."""
    from refseries.posting import b4_branch

    context = load(options)
    series, cache = context.series, context.settings.cache
    info = find_base(context, options.quiet)
    made = b4_branch.prepare(
        series, info, options.version, cache, options.branch, keep_tags=options.keep_tags
    )
    if options.json is not None:
        screen.show_json({"schema": 1, **asdict(made)}, options.json)
    if options.json == "-":
        return
    console = screen.out()
    console.print(
        Text(f"branch    {made.branch} in {made.repo}, at revision v{made.revision}"),
        soft_wrap=True,
    )
    screen.say(f"change-id {made.change_id}")
    for tag in made.tags:
        screen.say(f"tag       {tag}")
    tags_view.show(made.given_tags, made.revision, series.root)
    branch = shlex.quote(made.branch)
    go = f"git -C {shlex.quote(str(made.repo))} worktree add DIR {branch}"
    if info.work_tree is not None and (info.work_tree / ".git").exists():
        go = f"git -C {shlex.quote(str(info.work_tree))} switch {branch}"
    screen.say(f"\nNext: {go}, then b4 prep --show-info")
