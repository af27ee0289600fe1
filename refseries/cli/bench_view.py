# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures for people: a table of instructions, what changed, and what was published beside it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from refseries.bench import report
from refseries.bench.description import Description, Published
from refseries.bench.run import Outcome
from refseries.cli.screen import printable
from refseries.figures import LIMIT, Difference, Figure, Verdict
from refseries.measurements import Measurement

_STYLES = {Verdict.BETTER: "green", Verdict.WORSE: "red", Verdict.UNSETTLED: "yellow"}


def show(
    console: Console,
    outcomes: Sequence[Outcome],
    words: Description,
    changed: Sequence[report.Change],
) -> None:
    """Print the figures of all that was measured, the changes, and what is wrong."""
    measured = [outcome.measurement for outcome in outcomes if outcome.measurement]
    if measured:
        console.print(_figures(measured, words))
        for published in words.published:
            console.print(_published(published, measured, words))
    for change in changed:
        console.print(_change(change, words))
    for outcome in outcomes:
        for line in _complaints(outcome):
            console.print(line, soft_wrap=True)


def _table(title: str) -> Table:
    return Table(
        title=Text(title),
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 1),
    )


def _figures(measured: Sequence[Measurement], words: Description) -> Table:
    config = measured[0].origin.config
    table = _table(f"Counted under QEMU, config {config}: instructions and KiB, not seconds")
    table.add_column("")
    for title in (*report.rivals(words), *(each.version for each in measured)):
        table.add_column(title, justify="right", no_wrap=True)
    for section in report.sections(measured, words):
        title = f"{printable(section.title)} ({section.unit})"
        table.add_row(Text(title, style="bold", overflow="fold"))
        for row in section.rows:
            cells = (_cell(figure) for figure in (*row.rivals, *row.subject))
            table.add_row(Text(f"  {row.pattern}"), *cells)
    return table


def _cell(figure: Figure | None) -> Text:
    if figure is None:
        return Text("-", style="dim")
    if figure.settled:
        return Text(number(figure.value))
    return Text(f"~{number(figure.value)}", style="yellow")


def number(value: float) -> str:
    """A figure with as many digits as it means."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.1f}"


def _published(published: Published, measured: Sequence[Measurement], words: Description) -> Table:
    title = f"\n{published.title}: {published.about}; saved against {published.rival}"
    table = _table(printable(title))
    table.add_column("")
    for heading in (published.rival, words.subject, "saved there"):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in measured:
        table.add_column(f"{each.version} here", justify="right", no_wrap=True)
    for pair in report.beside(published, measured, words):
        ours = ("-" if part is None else f"{part:.1%}" for part in pair.ours)
        table.add_row(
            f"  {pair.pattern}", f"{pair.rival:g}", f"{pair.subject:g}", f"{pair.published:.1%}",
            *ours,
        )  # fmt: skip
    table.caption = f"{words.subject} and {published.rival} in {published.unit}, as published"
    return table


def _change(change: report.Change, words: Description) -> Table:
    table = _table(f"\n{change.before} → {change.after}")
    table.add_column("", no_wrap=True)
    for _ in range(3):
        table.add_column("", justify="right", no_wrap=True)
    told = [each for each in change.differences if each.after.name.memory == words.subject]
    for each in told:
        if each.verdict is not Verdict.SAME:
            table.add_row(*_difference(each))
    same = sum(each.verdict is Verdict.SAME for each in told)
    table.add_row(Text(f"  {same} figures are the same to 1 %", style="dim"))
    return table


def _difference(each: Difference) -> tuple[Text, ...]:
    part = "" if each.part is None else f"{each.part:+.1%}"
    return (
        Text(f"  {each.after.name}"),
        Text(f"{number(each.before.value)} → {number(each.after.value)}"),
        Text(part),
        Text(str(each.verdict), style=_STYLES.get(each.verdict, "")),
    )


def _complaints(outcome: Outcome) -> list[Text]:
    lines = [
        Text(f"{outcome.target}: {printable(problem)}", style="bold red")
        for problem in outcome.problems
    ]
    for figure in outcome.figures:
        if not figure.settled:
            lines.append(
                Text(
                    f"{outcome.target}: {figure.name} is not settled: its {figure.repeats} boots "
                    f"are {figure.spread:.2%} apart, {LIMIT:.1%} are allowed",
                    style="yellow",
                )
            )
    return lines
