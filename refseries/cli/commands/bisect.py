# SPDX-License-Identifier: GPL-2.0-or-later
"""Find the fixup, patch or commit that turned a case, a splat, a figure or the build.

What earlier tests said counts, then kernels that are there are booted, and
only then is one built. A state that does not apply, build or boot is stepped
around and named. Between two commits of the kernel tree it goes by first
parents.

Example: refseries bisect refpage_map.shared_read v3 v4
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from refseries.cli import complete, screen, targets
from refseries.cli.context import Context, find_config, find_lab, load
from refseries.cli.options import (
    ClusterOptions,
    GuestOptions,
    LabOptions,
    OneConfigOption,
    OutputOptions,
)
from refseries.errors import SeriesError, Stopped
from refseries.host.text import counted
from refseries.model import WORK
from refseries.series import naming

if TYPE_CHECKING:
    from refseries.bisect.model import BisectReport, SeenState, Symptom
    from refseries.bisect.run import BisectRequest
    from refseries.kernel.model import Config
    from refseries.testing.lab import Lab


@dataclass(frozen=True, kw_only=True)
class BisectOptions(LabOptions, GuestOptions, ClusterOptions, OutputOptions):
    """What turned, and between which states."""

    symptom: Annotated[
        str,
        typer.Argument(
            metavar="CASE", help="A case, splat:GLOB of its title, figure:NAME, or build."
        ),
    ]
    good: Annotated[
        str | None,
        typer.Argument(
            metavar="GOOD",
            help="One end: v3, v4:TASK, a commit; without them, the newest versions that differ.",
            autocompletion=complete.targets,
        ),
    ] = None
    bad: Annotated[
        str | None,
        typer.Argument(metavar="BAD", help="The other.", autocompletion=complete.targets),
    ] = None
    config: OneConfigOption = None
    at_most: Annotated[
        float | None,
        typer.Option(metavar="VALUE", help="Of a figure: what it may be, in its unit."),
    ] = None


def main(options: BisectOptions) -> None:
    """Show the two neighbours between which it turns; leave with 1 when it does not."""
    from refseries.bisect import run
    from refseries.bisect.model import Symptom

    if (options.good is None) != (options.bad is None):
        raise SeriesError(
            "one end alone is no stretch to look at.", hint="Name both, such as v3 v4, or none."
        )
    symptom = Symptom.parse(options.symptom, options.at_most)
    context = load(options)
    names = () if options.good is None or options.bad is None else (options.good, options.bad)
    if names:
        targets.states(context, names)  # a wrong version is told before a base is made
    config = find_config(context, options.config)
    lab = find_lab(context, options.quiet)
    request = _request(context, lab, symptom, config, names, options.quiet)
    try:
        with screen.progress(options.quiet) as progress:
            report = run.run(request, progress)
    except Stopped as stopped:
        raise Stopped("stopped.", hint="What was seen is kept; run it again to go on.") from stopped
    if options.json is not None:
        screen.show_json(_as_json(report), options.json)
    if options.json != "-":
        _show(report, options)
    if report.after is None:
        sys.exit(1)


def _request(
    context: Context,
    lab: Lab,
    symptom: Symptom,
    config: Config,
    names: tuple[()] | tuple[str, str],
    quiet: bool,
) -> BisectRequest:
    """Between states of the series where both names are some, else between commits."""
    from refseries.bisect import run

    if not names:
        return run.request(lab, symptom, config, None)
    if all(map(naming.is_state, names)):
        first, last = (naming.target(context.series, name) for name in names)
        return run.request(lab, symptom, config, (first, last))
    one, other = (
        targets.one(context, lab.base, name, quiet=quiet)[1] if name == WORK else name
        for name in names
    )
    return run.through_history(lab, symptom, config, (one, other))


def again(options: BisectOptions, ends: Sequence[str]) -> str:
    """The command line that looks for the same between other ends."""
    given = {
        "--config": options.config,
        "--at-most": options.at_most,
        "--tree": options.tree,
        "--base-ref": options.base_ref,
        "--cluster": options.cluster,
    }
    words = (word for name, value in given.items() if value is not None for word in (name, value))
    return shlex.join(map(str, ("refseries", "bisect", options.symptom, *ends, *words)))


def _show(report: BisectReport, options: BisectOptions) -> None:
    before, after = report.before, report.after
    limit = report.symptom.at_most
    most = "" if limit is None else f" at most {limit:g}"
    title = f"{report.symptom}{most} ({report.config})"
    if before is None or after is None:
        ends = (report.seen[0], report.seen[-1])
        mute = [str(seen.target) for seen in ends if seen.sight.word is None]
        told = f"{' and '.join(mute)} cannot show it" if mute else "does not turn"
        screen.say((f"{title}: {told}", "bold"))
        for seen in ends:
            _state(seen)
        return
    words = f"{before.sight.word} → {after.sight.word}"
    where = f"at {after.target}" if not report.around else f"up to {after.target}"
    screen.say((f"{title}: {words} {where}", "bold"))
    _state(before)
    for seen in report.around:
        _state(seen)
    _state(after)
    screen.say()
    if after.target.commit and not report.around:
        screen.say(f"{after.commit[:12]} {after.subject}")
    if report.merged is not None:
        command = again(options, report.merged)
        screen.say(f"It is a merge; this looks at what it brought: {command}")
    if report.patch is not None:
        screen.say(f"{after.subject}")
        settles = f", settles {' '.join(report.addresses)}" if report.addresses else ""
        screen.say(f"  {os.path.relpath(report.patch)}{settles}")
    screen.say(_cost(report))


def _state(seen: SeenState) -> None:
    word = seen.sight.word or "?"
    screen.say(f"  {seen.target}  {word}", (f"  ({seen.how})", "dim"))
    if seen.sight.message:
        screen.say_field("", seen.sight.message, 6)
    if seen.sight.log:
        screen.say((f"      evidence: {seen.sight.log}", "dim"))


def _cost(report: BisectReport) -> str:
    from collections import Counter

    counts = Counter(seen.how for seen in report.seen)
    done = ", ".join(f"{count} {how}" for how, count in sorted(counts.items()))
    return f"Looked at {len(report.seen)} of {counted(len(report.states), 'state')}: {done}."


def _as_json(report: BisectReport) -> dict[str, Any]:
    def state(seen: SeenState | None) -> dict[str, Any] | None:
        if seen is None:
            return None
        return {
            "state": str(seen.target),
            "word": seen.sight.word,
            "message": seen.sight.message,
            "log": seen.sight.log,
            "how": seen.how,
            "commit": seen.commit,
            "subject": seen.subject,
        }

    return {
        "schema": 1,
        "symptom": str(report.symptom),
        "at_most": report.symptom.at_most,
        "config": report.config,
        "states": [str(target) for target in report.states],
        "seen": [state(seen) for seen in report.seen],
        "before": state(report.before),
        "after": state(report.after),
        "around": [state(seen) for seen in report.around],
        "patch": report.patch,
        "addresses": report.addresses,
        "merged": report.merged,
    }
