# SPDX-License-Identifier: GPL-2.0-or-later
"""Test at every save, and show what changed; Ctrl-C ends it.

A save stops what is still under way. Without TARGET it is the work tree of
`feedback start`.

Example: refseries watch --only 'refpage_map.*'
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refseries.cli import complete, live, matrix_view, screen, targets
from refseries.cli.context import Context, find_configs, find_lab, load
from refseries.cli.options import (
    ConfigsOption,
    GuestOptions,
    LabOptions,
    OnlyOption,
    QuietOptions,
)
from refseries.errors import RefseriesError, Stopped
from refseries.model import WORK, Target
from refseries.testing.model import Matrix, Run

if TYPE_CHECKING:
    from refseries.testing.lab import Lab


@dataclass(frozen=True, kw_only=True)
class WatchOptions(LabOptions, GuestOptions, QuietOptions):
    """What is watched, and how it is tested."""

    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help="work, a branch of --tree, or a version (whose selftests you edit).",
            autocompletion=complete.targets,
        ),
    ] = WORK
    config: ConfigsOption = ()
    only: OnlyOption = ()


def main(options: WatchOptions) -> None:
    """Test, wait for the next save, and so on until the user stops it."""
    from refseries.review import saves
    from refseries.testing import runs

    context = load(options)
    find_configs(context, options.config)  # refuses a wrong name
    lab = find_lab(context, options.quiet)
    directory = Path.cwd()
    look = saves.look(context.series, lab.base, lab.cache, options.target, directory)
    before: dict[str, Run] = {}
    seen = look()
    while True:
        try:
            with saves.stopping_at_the_next(seen, look) as newer:
                found = _tested(options, context, lab)
        except Stopped:
            raise
        except RefseriesError as error:  # half-written files, until the next save
            screen.show_error(error)
        else:
            if found.stopped and not newer.is_set():
                raise Stopped("stopped.", hint="What was finished is kept.")
            if not found.stopped:
                _show(lab, found, before)
                before = {run.config: run for run in found.runs}
        runs.let_go()
        if newer.is_set():
            screen.say(("Saved again.", "dim"))
            seen = _next("", look)
        else:
            screen.say((f"Waiting for a change of {options.target}; Ctrl-C ends it.", "dim"))
            seen = _next(seen, look)


def _next(seen: str, look: Callable[[], str]) -> str:
    from refseries.review import saves

    sys.stdout.flush()  # a pipe, too, has it before the next
    return saves.wait(seen, look)


def _tested(options: WatchOptions, context: Context, lab: Lab) -> Matrix:
    from refseries.testing import matrix

    configs = find_configs(context, options.config)
    base, target = targets.one(context, lab.base, options.target, quiet=options.quiet)
    request = matrix.MatrixRequest(replace(lab, base=base), (target,), configs, only=options.only)
    with live.board(options.quiet) as board:
        return matrix.run(request, board.put)


def _show(lab: Lab, found: Matrix, before: dict[str, Run]) -> None:
    """The verdict, and how it differs from the last one and from the version."""
    for run in found.runs:
        style = "green" if run.as_expected else "bold red"
        screen.say((f"{run.target} {run.config}", "bold"), f"  {matrix_view.summary(run)}")
        if run.message:
            screen.say((f"    {run.message}", "dim"))
        if run.log and not run.as_expected:
            screen.say((f"    evidence: {run.log}", "dim"))
        if last := before.get(run.config):
            _compare("the last verdict", last, run)
        if (version := _version(lab, run)) is not None:
            _compare(str(version.target), version, run)
        words = "As expected." if run.as_expected else "NOT as expected."
        screen.say((words, style))


def _compare(what: str, old: Run, new: Run) -> None:
    from refseries.testing import changes

    if changed := changes.between(old, new):
        screen.say(f"Changed since {what}:")
        screen.out().print(matrix_view.what_changed(changed))
    else:
        screen.say((f"Nothing changed since {what}.", "dim"))


def _version(lab: Lab, run: Run) -> Run | None:
    """The newest results of the version that ``run`` is to become; None where there are none."""
    from refseries.testing import runs

    if not run.target.like:
        return None
    target = Target(run.target.like)
    kept = runs.latest(lab.cache, lab.series.home, target, run.config)
    try:
        applied = lab.apply(target)
    except RefseriesError:
        return None
    if kept is None or kept.tree != applied.tree:
        return None
    names = {result.name for result in run.results}
    # Of a few cases, the others are no loss.
    results = tuple(each for each in kept.results if each.name in names or not names)
    return replace(kept.as_run(target, run.config), results=results)
