# SPDX-License-Identifier: GPL-2.0-or-later
"""Apply a version over the base: commits on a branch, and a work tree to look at.

Example: refseries apply v4 --by-task
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer
from rich.text import Text

from refseries.cli import complete, screen
from refseries.cli.context import find_base, load
from refseries.cli.options import BaseOptions, OutputOptions
from refseries.git import checkout
from refseries.series import apply, naming


@dataclass(frozen=True, kw_only=True)
class ApplyOptions(BaseOptions, OutputOptions):
    """What is applied, and as which branch."""

    version: Annotated[
        str,
        typer.Argument(
            metavar="VERSION",
            help="v1, v2, …, or v4:TASK for a fixup state.",
            autocompletion=complete.versions,
        ),
    ]
    branch: Annotated[
        str | None, typer.Option(metavar="NAME", help="Branch; default: refseries/SERIES/VERSION.")
    ] = None
    by_task: Annotated[
        bool, typer.Option("--by-task", help="One commit a task over the version before.")
    ] = False


def main(options: ApplyOptions) -> None:
    """Apply one version and show its commits."""
    context = load(options)
    series, cache = context.series, context.settings.cache
    target = naming.target(series, options.version)
    info = find_base(context, options.quiet)
    name = options.branch or apply.default_branch(series, target, options.by_task)
    applied = apply.apply(series, info, target, cache, branch=name, by_task=options.by_task)
    with screen.progress(options.quiet) as progress:
        applied = checkout.checkout(series, info, applied, cache, progress)
    if options.json is not None:
        record = {
            "schema": 1,
            "version": target.version,
            "task": target.task,
            "patch": target.patch,
            "branch": applied.branch,
            "commit": applied.commit,
            "tree": applied.tree,
            "worktree": applied.worktree,
            "commits": applied.commits,
        }
        screen.show_json(record, options.json)
    if options.json == "-":
        return
    console = screen.out()
    for commit in applied.commits:
        line = Text(f"{commit.commit[:12]} ", style="yellow")
        line.append(screen.printable(commit.subject), style="default")
        if commit.task:
            line.append(f"  [{commit.task}]", style="cyan")
        console.print(line, soft_wrap=True)
    if applied.branch is not None:
        console.print(f"branch    {applied.branch} in {applied.repo}", soft_wrap=True)
    console.print(f"work tree {applied.worktree}", soft_wrap=True)
