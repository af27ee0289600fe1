# SPDX-License-Identifier: GPL-2.0-or-later
"""Run the base kernel's own selftests on base and on versions, and show what differs.

Example: refseries kselftest v4 --only 'mm.uffd*'
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from refseries.cli import screen, targets
from refseries.cli.context import find_config, load
from refseries.cli.options import (
    AllVersionsOption,
    ClusterOptions,
    GuestOptions,
    LabOptions,
    OneConfigOption,
    OnlyOption,
    OutputOptions,
    VersionsArgument,
)
from refseries.guest.results import CaseStatus, KtapResult
from refseries.host.text import counted
from refseries.testing.kselftest.compare import Heard, KselftestReport, counts, parts

_STYLES = {CaseStatus.PASS: "green", CaseStatus.SKIP: "dim"}


@dataclass(frozen=True, kw_only=True)
class KselftestOptions(LabOptions, GuestOptions, ClusterOptions, OutputOptions):
    """What is tested, in which config, and with which selftests."""

    versions: VersionsArgument = ()
    all_versions: AllVersionsOption = False
    config: OneConfigOption = None
    only: OnlyOption = ()


def main(options: KselftestOptions) -> None:
    """Run, show; leave with 1 when a version differs from base."""
    from refseries.testing.kselftest import run

    context = load(options)
    targets.states(context, options.versions, every=options.all_versions)  # refuses a wrong name
    config = find_config(context, options.config)
    lab, found = targets.lab_and_targets(
        context, options.versions, options.quiet, every=options.all_versions
    )
    with screen.progress(options.quiet) as progress:
        report = run.run(
            run.KselftestRequest(lab, found, config, options.only),
            progress,
        )
    if options.json is not None:
        screen.show_json(_as_json(report), options.json)
    if options.json != "-":
        _show(screen.out(), report)
    if not report.good:
        sys.exit(1)


def _show(console: Console, report: KselftestReport) -> None:
    where = f"tools/testing/selftests/{report.suite.directory}"
    console.print(Text(f"{where} of the base kernel, config {report.config}", style="bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for heading in ("base", *(str(other.target) for other in report.others)):
        table.add_column(heading)
    odd = {other.target: {d.case for d in report.differences(other)} for other in report.others}
    for name in report.names:
        cells = [_cell(report.base.results.get(name))]
        for other in report.others:
            differs = name in odd[other.target]
            cells.append(Text("differs", style="bold red") if differs else Text("the same"))
        table.add_row(screen.printable(name), *cells)
    console.print(table)
    for other in report.others:
        for difference in report.differences(other):
            about = f"{difference.case}: " if difference.case else ""
            line = screen.printable(f"{other.target}: {about}{difference.text}")
            console.print(Text(line, style="red"), soft_wrap=True)
    if report.base.reason:
        console.print(Text(f"base: {report.base.reason}", style="red"), soft_wrap=True)
    if report.unlisted:
        missing = f"Not in suite.toml: {', '.join(report.unlisted)}"
        console.print(Text(screen.printable(missing), style="yellow"), soft_wrap=True)
    cases = counted(len(report.names), "case")
    if left := len(report.suite.left_out):
        cases += f"; left out, for the reasons in suite.toml: {counted(left, 'program')}"
    console.print(f"{cases}.")


def _cell(result: KtapResult | None) -> Text:
    if result is None:
        return Text("no result", style="red")
    text = Text(str(result.status), style=_STYLES.get(result.status, "yellow"))
    if parts(result):
        text.append(f"  {_counted(counts(result))}", style="dim")
    return text


def _counted(found: Counter[CaseStatus]) -> str:
    return ", ".join(f"{found[status]} {status}" for status in CaseStatus if found[status])


def _as_json(report: KselftestReport) -> dict[str, object]:
    return {
        "schema": 1,
        "directory": report.suite.directory,
        "config": report.config,
        "good": report.good,
        "base": _heard(report, report.base),
        "versions": [
            {
                **_heard(report, other),
                "differences": [
                    {"case": each.case, "text": each.text} for each in report.differences(other)
                ],
            }
            for other in report.others
        ],
        "left_out": report.suite.left_out,
        "unlisted": report.unlisted,
    }


def _heard(report: KselftestReport, heard: Heard) -> dict[str, object]:
    results = [heard.results[name] for name in report.names if name in heard.results]
    return {
        "version": str(heard.target),
        "reason": heard.reason,
        "log": str(heard.log),
        "splats": [splat.title for splat in heard.splats],
        "cases": [
            {
                "name": result.name,
                "status": result.status,
                "text": result.text,
                "parts": [{"name": part.name, "status": part.status} for part in parts(result)],
            }
            for result in results
        ],
    }
