# SPDX-License-Identifier: GPL-2.0-or-later
"""Move a version onto another base, patch by patch, as git am -3 does it.

A version that was sent or reviewed stays as it is, and the next one is made.
A conflict leaves a work tree to resolve it in; nothing is written before the
last patch is through.

Example: refseries rebase v4 --onto v6.13
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from refseries.cli import complete, screen
from refseries.cli.context import Context, find_base, load
from refseries.cli.options import OutputOptions, SeriesOptions, TreeOption
from refseries.errors import RefseriesError, SeriesError
from refseries.git import rangediff
from refseries.git.rangediff import PatchPair, Range
from refseries.host import clock
from refseries.kernel import version_base
from refseries.model import BaseInfo
from refseries.series import store

if TYPE_CHECKING:
    from refseries.reroll.rebase import Conflict, Rebased


@dataclass(frozen=True, kw_only=True)
class RebaseOptions(SeriesOptions, OutputOptions):
    """What is moved, and where to; or what becomes of a rebase that a conflict stopped."""

    version: Annotated[
        str,
        typer.Argument(
            metavar="VERSION",
            help="The version to move; without --onto, that of the rebase under way.",
            autocompletion=complete.plain_versions,
        ),
    ] = ""
    onto: Annotated[
        str | None, typer.Option("--onto", metavar="REF", help="The commit to move it onto.")
    ] = None
    tree: TreeOption = None
    go_on: Annotated[
        bool, typer.Option("--continue", help="Go on: the conflict is resolved and added.")
    ] = False
    skip: Annotated[
        bool, typer.Option("--skip", help="Go on without the patch that conflicts.")
    ] = False
    abort: Annotated[
        bool, typer.Option("--abort", help="Throw the rebase and its work tree away.")
    ] = False


def main(options: RebaseOptions) -> None:
    """Move a version, or go on with that; leaves with 1 where a conflict is left."""
    from refseries.reroll import rebase, rebase_depends, rebase_state

    _check(options)
    context, info = _find_home(options)
    if not options.version:
        options = replace(options, version=rebase_state.under_way(context.series.root))
    name, cache = options.version, context.settings.cache
    if options.abort:
        _aborted(options, rebase.abort(context.series, info, cache, name))
        return
    merged: tuple[str, ...] = ()
    with screen.progress(options.quiet) as progress:
        progress(f"Rebasing {name}")
        if options.onto is not None:
            onto = version_base.in_tree(info, options.onto, options.tree)
            own = version_base.own(context.series, info, onto, options.tree)
            version = store.version(context.series, name)
            onto, merged = rebase_depends.over(context.series, onto, version, cache)
            found = rebase.start(context.series, info, cache, name, onto, own, clock.now())
        else:
            found = rebase.go_on(context.series, info, cache, name, clock.now(), skip=options.skip)
    pairs = _pairs(found)
    if options.json is not None:
        screen.show_json({**_as_json(found, pairs), "merged": merged}, options.json)
    if options.json != "-":
        for each in merged:
            screen.say(f"{each} is no longer below it: {options.onto} has all of its patches.")
        _show(found, pairs)
    if found.conflict:
        sys.exit(1)


def _check(options: RebaseOptions) -> None:
    wishes = (options.onto is not None, options.go_on, options.skip, options.abort)
    if sum(wishes) != 1:
        raise SeriesError(
            "a rebase needs one of --onto, --continue, --skip and --abort.",
            hint=f"To begin one: refseries rebase {options.version or 'VERSION'} --onto REF",
        )
    if options.onto is not None and not options.version:
        raise SeriesError(
            "which version shall be moved?",
            hint=f"Name it: refseries rebase VERSION --onto {shlex.quote(options.onto)}",
        )


def _find_home(options: RebaseOptions) -> tuple[Context, BaseInfo]:
    """The base of the series, which ``--tree`` stands in for only where there is no other."""
    plain = load(replace(options, tree=None))
    try:
        return plain, find_base(plain, options.quiet)
    except RefseriesError:
        if options.tree is None:
            raise
    context = load(options)
    return context, find_base(context, options.quiet)


def _pairs(found: Rebased) -> tuple[PatchPair, ...]:
    if found.new is None:
        return ()
    old, new = Range.of(found.old), Range.of(found.new)
    return rangediff.between(found.old.repo, old, new, rangediff.SAME_SERIES)


def _aborted(options: RebaseOptions, worktree: Path) -> None:
    if options.json is not None:
        record = {"schema": 1, "version": options.version, "aborted": True, "worktree": worktree}
        screen.show_json(record, options.json)
    if options.json != "-":
        screen.say(f"{options.version} is as it was; the work tree {worktree} is gone.")


def _show(found: Rebased, pairs: Sequence[PatchPair]) -> None:
    name, onto = found.version.name, version_base.in_words(found.base)
    becomes = name if name == found.name else f"{name}, as {found.name},"
    screen.say((f"{becomes} onto {onto}", "bold"))
    for each in found.patches:
        if each.why:
            screen.say((f"  left out: {each.subject}: {each.why}", "yellow"))
    if found.conflict:
        _show_conflict(found.conflict, name)
        return
    for line in rangediff.render(pairs).splitlines():
        style = screen.DIFF_STYLES.get(line.strip()[:1], "") if line[:4] == "    " else ""
        screen.say((line, style))
    if found.stale:
        hint = f"refseries feedback status --onto {name} says how to bring it along"
        screen.say((f"\nThe working branch stands on {name} as it was; {hint}", "yellow"))
    screen.say(f"\nNext: refseries test {found.name}")


def _show_conflict(found: Conflict, name: str) -> None:
    screen.say((f"\nPatch {found.number} of {found.of} conflicts: {found.subject}", "red"))
    for file in found.files:
        screen.say(f"  {file}")
    screen.say(f"\nwork tree {found.worktree}")
    screen.say("Next: resolve it there, `git add` the files, and go on:")
    screen.say(f"  refseries rebase {name} --continue")
    screen.say(
        "--skip leaves the patch out, --abort throws the rebase away; nothing is written yet."
    )


def _as_json(found: Rebased, pairs: Sequence[PatchPair]) -> dict[str, Any]:
    conflict = found.conflict
    return {
        "schema": 1,
        "version": found.version.name,
        "becomes": found.name,
        "written": found.new is not None,
        "base": {
            "release": found.base.release,
            "commit": found.base.commit,
            "ref": version_base.called(found.base),
        },
        "patches": found.patches,
        "range_diff": rangediff.render(pairs),
        "conflict": conflict
        and {
            "patch": conflict.number,
            "subject": conflict.subject,
            "files": conflict.files,
            "worktree": conflict.worktree,
        },
    }
