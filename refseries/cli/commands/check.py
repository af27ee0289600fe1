# SPDX-License-Identifier: GPL-2.0-or-later
"""Show what is new in what checkpatch, compilers, sparse and others say of each patch.

Example: refseries check v4 --only checkpatch --only compile
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from refseries.check.model import CheckOutcome, CheckReport, CheckState
from refseries.cli import complete, screen, targets
from refseries.cli.context import load
from refseries.cli.options import AllVersionsOption, ClusterOptions, LabOptions, OutputOptions
from refseries.errors import SeriesError, Stopped
from refseries.model import BASE
from refseries.testing import each_patch
from refseries.testing.each_patch import ByPatch

_STYLES = {
    CheckState.OK: "green",
    CheckState.FINDINGS: "red",
    CheckState.MISSING: "yellow",
    CheckState.FAILED: "bold red",
    CheckState.NOT_RUN: "dim",
}


@dataclass(frozen=True, kw_only=True)
class CheckOptions(LabOptions, ClusterOptions, OutputOptions):
    """What is checked, and by which checks."""

    versions: Annotated[
        tuple[str, ...],
        typer.Argument(
            metavar="VERSION…",
            help="v1, v2, …; work; a commit or range of --tree.",
            autocompletion=complete.whole_targets,
        ),
    ] = ()
    all_versions: AllVersionsOption = False
    only: Annotated[
        tuple[str, ...],
        typer.Option(
            "--only",
            metavar="NAME",
            help="Run this check alone; a glob, or compile for the matrix; may be given again.",
            autocompletion=complete.checks,
        ),
    ] = ()


def main(options: CheckOptions) -> None:
    """Run the checks; leave with 1 when something is new, else with 3 when a tool is missing."""
    from refseries.check import catalogue, run
    from refseries.kernel import configs

    context = load(options)
    targets.states(context, options.versions, every=options.all_versions)  # refuses a wrong name
    matrix = configs.compile_matrix(context.series.root)
    chosen = catalogue.select(catalogue.checks(matrix), options.only)
    lab, found = targets.lab_and_targets(
        context, options.versions, options.quiet, every=options.all_versions
    )
    if odd := [each for each in found if each.within or each.version == BASE]:
        raise SeriesError(
            f"`{odd[0]}` has no patches of its own.",
            hint="Name versions, such as v4, work, or commits of --tree.",
        )
    with screen.progress(options.quiet) as progress:
        request = run.CheckRequest(lab, matrix, found, chosen, say=progress)
        report = run.run(request, lambda _outcome: None)
    known = {
        each.version: each_patch.known(lab.series, lab.base, each.version, lab.cache)
        for each in found
        if not report.stopped and not each.commit
    }
    if options.json is not None:
        screen.show_json(_as_json(report, known), options.json)
    if options.json != "-":
        _show(screen.out(), report)
        _show_by_patch(screen.out(), known)
        screen.out().print(Text(f"\n{_verdict(report, some=bool(options.only))}"))
    if report.stopped:
        raise Stopped("stopped.", hint=Stopped.KEPT)
    if report.exit_code:
        sys.exit(report.exit_code)


def _as_json(report: CheckReport, known: Mapping[str, ByPatch]) -> dict[str, Any]:
    base = report.base
    return {
        "schema": 1,
        "series": report.series,
        "base": {"release": base.release, "source": base.source, "tree": base.tree},
        "clean": report.exit_code == 0 and not report.stopped,
        "stopped": report.stopped,
        "checks": [
            {
                "check": outcome.check,
                "version": outcome.version,
                "state": outcome.state,
                "message": outcome.message,
                "new": len(outcome.new),
                "seconds": round(outcome.seconds, 2),
            }
            for outcome in report.outcomes
        ],
        "findings": [
            asdict(finding) for outcome in report.outcomes for finding in outcome.findings
        ],
        "by_patch": [
            {"version": name, "untested": each.untested, "wrong": each.wrong}
            for name, each in known.items()
        ],
    }


def _show(console: Console, report: CheckReport) -> None:
    versions = list(dict.fromkeys(outcome.version for outcome in report.outcomes))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("check", *versions):
        table.add_column(title, no_wrap=True)
    cells = {(each.check, each.version): each for each in report.outcomes}
    for check in dict.fromkeys(outcome.check for outcome in report.outcomes):
        row = (cells.get((check, version)) for version in versions)
        table.add_row(check, *(_cell(outcome) for outcome in row))
    console.print(table)
    for outcome in report.outcomes:
        _details(console, outcome)


def _show_by_patch(console: Console, known: Mapping[str, ByPatch]) -> None:
    """What no check here can see: whether each patch builds and passes by itself."""
    for name, each in known.items():
        if each.untested or each.wrong:
            console.print()
        for what, style in ((each.untested, "yellow"), (each.wrong, "red")):
            for line in what:
                screen.say((f"{line}.", style))
        if each.untested or each.wrong:
            console.print(f"See it with: refseries test {name} --by-patch")


def _cell(outcome: CheckOutcome | None) -> Text:
    if outcome is None:
        return Text("")
    count = len(outcome.new)
    words = f"{count} finding{'s' if count != 1 else ''}" if count else str(outcome.state)
    return Text(words, style=_STYLES[outcome.state])


def _details(console: Console, outcome: CheckOutcome) -> None:
    title = f"{outcome.version} {outcome.check}"
    if outcome.message and outcome.state is not CheckState.NOT_RUN:
        text = f"\n{title}: {outcome.state}: {screen.printable(outcome.message)}"
        screen.say((text, _STYLES[outcome.state]))
    patch = None
    for finding in outcome.new:
        if finding.patch != patch:
            patch = finding.patch
            console.print(Text(f"\n{title}, {screen.printable(patch)}".rstrip(", "), style="bold"))
        where = f"{finding.where}: " if finding.where else ""
        screen.say(f"  {where}{finding.text}")


def _verdict(report: CheckReport, *, some: bool) -> str:
    """``some``: not every check was asked for."""
    new = sum(len(outcome.new) for outcome in report.outcomes)
    lacking = sum(outcome.state is CheckState.MISSING for outcome in report.outcomes)
    failed = sum(outcome.state is CheckState.FAILED for outcome in report.outcomes)
    if report.exit_code == 0 and not report.stopped:
        which = "every check asked for" if some else "every check"
        return f"Clean: {which} was run, and nothing is new."
    parts = [
        f"{count} {words}"
        for count, words in (
            (new, "new findings" if new != 1 else "new finding"),
            (failed, "checks failed" if failed != 1 else "check failed"),
            (lacking, "checks lack a tool" if lacking != 1 else "check lacks a tool"),
        )
        if count
    ]
    return f"Not clean: {', '.join(parts) or 'nothing was found so far'}."
