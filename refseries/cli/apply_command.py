# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries base`` and ``refseries apply``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from refseries.cli import screen
from refseries.cli.context import find_base, load
from refseries.git import checkout
from refseries.series import apply as core
from refseries.series import naming


def base(
    directory: Path | None, tree: Path | None, base_ref: str | None, json: str | None, quiet: bool
) -> None:
    """Find or import the base and say which it is."""
    info = find_base(load(directory, tree=tree, base_ref=base_ref), quiet)
    if json is not None:
        # Own bases of versions are the versions' affair.
        told = {key: value for key, value in asdict(info).items() if key not in ("own", "lacking")}
        screen.show_json({"schema": 1, **told}, json)
    if json != "-":
        screen.out().print(
            f"Linux {info.release} from {info.source}: commit {info.commit[:12]} in {info.repo}",
            soft_wrap=True,
        )


def apply(
    directory: Path | None,
    version: str,
    tree: Path | None,
    base_ref: str | None,
    branch: str | None,
    by_task: bool,
    json: str | None,
    quiet: bool,
) -> None:
    """Apply one version and show its commits."""
    context = load(directory, tree=tree, base_ref=base_ref)
    target = naming.target(context.series, version)
    info = find_base(context, quiet)
    name = branch or core.default_branch(context.series, target, by_task)
    applied = core.apply(
        context.series, info, target, context.settings.cache, branch=name, by_task=by_task
    )
    applied = checkout.checkout(context.series, info, applied, context.settings.cache)
    if json is not None:
        record = {
            "schema": 1,
            "version": target.version,
            "task": target.task,
            "branch": applied.branch,
            "commit": applied.commit,
            "tree": applied.tree,
            "worktree": applied.worktree,
            "commits": applied.commits,
        }
        screen.show_json(record, json)
    if json == "-":
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
