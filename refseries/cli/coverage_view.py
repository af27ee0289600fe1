# SPDX-License-Identifier: GPL-2.0-or-later
"""Which lines the cases ran, on the screen."""

from __future__ import annotations

from itertools import groupby

from refseries.cli import screen
from refseries.coverage.model import CoverageReport, LineState, ReportLine
from refseries.host.text import counted, percent

STYLES = {
    LineState.RUN: "green",
    LineState.BOOT: "yellow",
    LineState.NOT_RUN: "red",
    LineState.NOT_COMPILED: "magenta",
    LineState.NO_CODE: "dim",
}
_HEADINGS = {
    LineState.NOT_RUN: "No case runs:",
    LineState.BOOT: "Run as the kernel starts, by no case:",
    LineState.NOT_COMPILED: "Not compiled:",
}


def show(report: CoverageReport, *, every_line: bool, at_least: float | None) -> None:
    """Print the report.

    Args:
        every_line: also the lines that were run, each with its cases.
        at_least: per cent that are asked for.
    """
    _table(report)
    for number, subject in enumerate(report.patches, 1):
        if any(line.added.patch == number for line in report.lines):
            screen.say(f"  patch {number}: {subject}")
    for state, heading in _HEADINGS.items():
        if lines := [line for line in report.lines if line.state is state]:
            _section(heading, lines)
    if partly := [line for line in report.lines if line.partly]:
        _section("Run, and no case takes every way out:", partly, with_cases=every_line)
    whole = [line for line in report.lines if line.state is LineState.RUN and not line.partly]
    if every_line and whole:
        _section("Run:", whole)
    screen.say()
    for place in report.unneeded:
        screen.say((f"{place}: cases run that line now, and leave it by every way", "yellow"))
    screen.say_sentence(summary(report))
    show_wrong(report, at_least)


def show_wrong(report: CoverageReport, at_least: float | None, *, to_err: bool = False) -> None:
    """Print why the command leaves with 1, if it does."""
    for text in (*report.problems, *report.red):
        screen.say((text, "red"), to_err=to_err)
    for place in report.stale:
        told = f"{place}: {report.target} adds no such line; remove the entry"
        screen.say((told, "red"), to_err=to_err)
    if at_least is not None and not report.reaches(at_least):
        screen.say((f"Less than {at_least:g} %.", "red"), to_err=to_err)


def _table(report: CoverageReport) -> None:
    places = report.by_place()
    width = max(4, *(len(file) for file, _patch, _tally in places))
    screen.say(f"{'file':<{width}} {'patch':>5} {'added':>6} {'code':>5} {'run':>5}")
    for file, patch, tally in places:
        run = "" if tally.plain_percent is None else f" {percent(tally.plain_percent / 100):>6} %"
        row = f"{file:<{width}} {patch:>5} {tally.added:>6} {tally.compiled:>5} {tally.run:>5}"
        style = "" if tally.run == tally.compiled else "red"
        screen.say(row, (run, style))


def _section(heading: str, lines: list[ReportLine], *, with_cases: bool = True) -> None:
    screen.say()
    screen.say((heading, "bold"))
    for file, of in groupby(lines, key=lambda line: line.added.file):
        screen.say(f"  {file}")
        function = None
        for line in of:
            if line.function != function:
                function = line.function
                screen.say(f"    {function}()" if function else "    in a function that is inlined")
            ways = f"{line.taken}/{line.ways}" if line.partly else ""
            screen.say(
                f"    {line.added.number:>5} {ways:<5} ",
                (line.added.text.expandtabs(4).rstrip(), _style(line)),
            )
            for config, cases in line.cases if with_cases else ():
                screen.say((f"                {config}: {screen.some(cases)}", "dim"))
            if line.reason:
                screen.say_field("", line.reason, 16)


def marked(line: ReportLine) -> None:
    """Print one line as a diff has it, with its state in words in front."""
    word = f"{line.state} {line.taken}/{line.ways}" if line.partly else str(line.state)
    code = line.added.text.expandtabs(4).rstrip()
    screen.say(f"{line.added.number:>7} ", (f"{word:<12} +{code}", _style(line)))
    if line.reason:
        screen.say_field("", line.reason, 22)


def _style(line: ReportLine) -> str:
    return "yellow" if line.partly else STYLES[line.state]


def summary(report: CoverageReport) -> str:
    """One line: how many of the lines were run."""
    tally = report.tally
    where = ", ".join(report.configs)
    if tally.plain_percent is None:
        return f"{report.target} in {where}: none of {tally.added} added lines is code."
    text = (
        f"{report.target} in {where}: of {tally.compiled} lines of code "
        f"{tally.run} are run, {percent(tally.plain_percent / 100)} %"
    )
    if tally.ways:
        text += f", and {tally.taken} of {tally.ways} ways out of conditions are taken"
    if tally.excused and tally.percent is not None:
        text += f"; without the {tally.excused} with a reason, {percent(tally.percent / 100)} %"
    if tally.not_compiled:
        text += f"; {counted(tally.not_compiled, 'more line')} no config compiles"
    return f"{text}."
