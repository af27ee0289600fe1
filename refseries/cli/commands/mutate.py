# SPDX-License-Identifier: GPL-2.0-or-later
"""Make small wrong versions of a version, and show which of them no selftest notices.

Example: refseries mutate v4 --mutant '*:negated:*'
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from refseries.cli import screen
from refseries.cli.context import find_config, find_lab, load
from refseries.cli.options import (
    ClusterOptions,
    GuestOptions,
    LabOptions,
    OneConfigOption,
    OutputOptions,
    StateArgument,
)
from refseries.errors import Stopped
from refseries.host.text import counted, percent
from refseries.mutate.model import Mutant, MutantFate, MutantResult, MutationReport
from refseries.series import naming


@dataclass(frozen=True, kw_only=True)
class MutateOptions(LabOptions, GuestOptions, ClusterOptions, OutputOptions):
    """Of what mutants are made, and which are tried."""

    version: StateArgument
    mutant: Annotated[
        tuple[str, ...],
        typer.Option("--mutant", metavar="GLOB", help="Try these alone; may be given again."),
    ] = ()
    only_list: Annotated[bool, typer.Option("--list", help="Name the mutants, try none.")] = False
    config: OneConfigOption = None


def main(options: MutateOptions) -> None:
    """Try the mutants; leave with 1 when one survives that nobody has accounted for."""
    from refseries.mutate import kept, run
    from refseries.testing.judges import Judges

    context = load(options)
    target = naming.target(context.series, options.version)
    if options.only_list:
        plan = run.plan(find_lab(context, options.quiet), target)
        _list(run.choose(plan.mutants, options.mutant), options.json)
        return
    config = find_config(context, options.config)
    lab = find_lab(context, options.quiet)
    plan = run.plan(lab, target)
    by = Judges.load(lab.series.root).digest(target, config.name, booted=True)
    chosen = run.choose(plan.mutants, options.mutant)
    request = run.MutationRequest(lab, target, config)
    with screen.progress(options.quiet) as progress:
        report = run.run(request, plan, chosen, progress)
    if len(chosen) == len(plan.mutants):
        kept.remember(lab.cache, lab.series.home, config.name, plan.applied.tree, report, by)
    if options.json is not None:
        screen.show_json(_as_json(report), options.json)
    if options.json != "-":
        _show(screen.out(), report)
    if report.stopped:
        raise Stopped("stopped.", hint=Stopped.KEPT)
    if not report.as_expected:
        sys.exit(1)


def _list(mutants: list[Mutant], json: str | None) -> None:
    if json is not None:
        screen.show_json(
            [
                {
                    "name": m.name,
                    "written": m.written,
                    "about": m.about,
                    "case": m.case,
                    "diff": m.text,
                }
                for m in mutants
            ],
            json,
        )
    if json != "-":
        for mutant in mutants:
            screen.say_sentence(f"{mutant.name}  {mutant.about}")


def _show(console: Console, report: MutationReport) -> None:
    for result in report.unexplained:
        _survivor(console, result)
    for result in report.wrong:
        what = (
            "does not apply"
            if result.fate is MutantFate.NO_APPLY
            else f"{result.fate}, not a survivor"
        )
        _told(console, f"{result.mutant.name}: {what}", "red")
    for place in report.stale:
        line = f"{place}: {report.target} has no such mutant; remove the entry, or fix its name"
        console.print(Text(screen.printable(line), style="red"), soft_wrap=True)
    for result in report.results:
        if result.fate is MutantFate.SURVIVED and result.reason:
            _told(console, f"{result.mutant.name}: survives ({result.reason}). {result.why}")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(justify="right")
    table.add_column()
    survived = report.count(MutantFate.SURVIVED) - report.equivalent
    for count, words in (
        (report.count(MutantFate.CAUGHT), "caught"),
        (survived, "survived"),
        (report.equivalent, "survived, and equivalent"),
        (report.count(MutantFate.NO_BUILD), "did not build"),
        (report.count(MutantFate.NO_CHANGE), "changed nothing"),
        (report.count(MutantFate.NO_APPLY), "did not apply"),
    ):
        if count:
            table.add_row(str(count), words)
    console.print(table)
    by_hand = sum(result.mutant.written for result in report.results)
    console.print(
        f"{report.target}: {len(report.results)} of {counted(report.planned, 'mutant')} tried, "
        f"{by_hand} of them written by hand."
    )
    console.print(_scores(report))


def _scores(report: MutationReport) -> str:
    if report.score is None or report.plain_score is None:
        return "No score."
    caught = report.count(MutantFate.CAUGHT)
    plain = f"{caught} of {report.viable + report.equivalent}, {percent(report.plain_score)}%"
    return (
        f"Caught: {caught} of {report.viable} viable ones, {percent(report.score)}%; "
        f"with the equivalent ones {plain}."
    )


def _survivor(console: Console, result: MutantResult) -> None:
    _told(console, f"{result.mutant.name}: survives", "bold red")
    _told(console, f"  {result.mutant.about}")
    if result.mutant.case:
        _told(console, f"  should be caught by {result.mutant.case}")
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in result.mutant.diff.splitlines():
        _told(console, f"    {line}", styles.get(line[:1], "dim"))


def _told(console: Console, text: str, style: str = "") -> None:
    """Print a line that holds what code or files of the project say."""
    console.print(Text(screen.printable(text), style=style))


def _as_json(report: MutationReport) -> dict[str, object]:
    return {
        "schema": 1,
        "version": str(report.target),
        "as_expected": report.as_expected,
        "planned": report.planned,
        "stopped": report.stopped,
        "viable": report.viable,
        "score": report.score,
        "plain_score": report.plain_score,
        "stale": report.stale,
        "counts": {fate: report.count(fate) for fate in MutantFate}
        | {"equivalent": report.equivalent},
        "mutants": [
            {
                "name": result.mutant.name,
                "written": result.mutant.written,
                "about": result.mutant.about,
                "fate": result.fate,
                "by": result.by,
                "message": result.message,
                "case": result.mutant.case,
                "reason": result.reason,
                "why": result.why,
                "diff": result.mutant.text,
            }
            for result in report.results
        ],
    }
