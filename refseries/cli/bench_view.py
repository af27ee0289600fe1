# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures for people: a table of instructions, bars, what was published, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from refseries.bench import report
from refseries.bench.description import Description, Published
from refseries.bench.document import as_published, number
from refseries.bench.figures import LIMIT, Figure, FigureVerdict
from refseries.bench.measurements import Measurement
from refseries.cli.screen import printable
from refseries.host.text import counted, percent

if TYPE_CHECKING:
    from refseries.bench.run import BenchOutcome

_STYLES = {
    FigureVerdict.BETTER: "green",
    FigureVerdict.WORSE: "red",
    FigureVerdict.UNSETTLED: "yellow",
}
# With a label of 20 columns and two rivals, four versions fill 80 columns.
_VERSIONS, _LABEL, _CELL = 4, 20, 10
_BAR = 50


def show(
    console: Console,
    outcomes: Sequence[BenchOutcome],
    words: Description,
    changed: Sequence[report.FigureMoves],
    *,
    full: bool,
) -> None:
    """Print the figures of all that was measured, the changes, and what is wrong.

    Args:
        full: a row for each pattern, also where several cost the same.
    """
    found = [outcome.measurement for outcome in outcomes if outcome.measurement]
    measured = report.with_subject(found, words) or found
    for start in range(0, len(measured), _VERSIONS):
        _figures(console, measured[start : start + _VERSIONS], words, full)
    if measured:
        _bars(console, measured, words)
        for published in words.published:
            _published(console, published, measured, words)
    for change in changed:
        _change(console, change)
    for outcome in outcomes:
        for line in _complaints(outcome):
            console.print(line, soft_wrap=True)


def _figures(
    console: Console, measured: Sequence[Measurement], words: Description, full: bool
) -> None:
    config = measured[0].origin.config
    titles = (*report.rivals(words), *(each.version for each in measured))
    console.print(Text(f"Instructions counted under QEMU, and KiB; config {config}", style="bold"))
    console.print(Text(" " * _LABEL + "".join(f"{title:>{_CELL}}" for title in titles)))
    for section in report.sections(measured, words, full=full):
        console.print(Text(f"{printable(section.title)}, {section.unit}", style="cyan"))
        for row in section.rows:
            line = Text(f" {_label(row.patterns, len(section.rows))}".ljust(_LABEL))
            for figure in row.figures:
                line.append_text(_cell(figure))
            console.print(line, no_wrap=True, overflow="ignore", crop=False)


def _label(patterns: Sequence[str], rows: int) -> str:
    if rows == 1 and len(patterns) > 1:
        return "every pattern"
    label = ", ".join(patterns)
    return label if len(label) < _LABEL else f"{patterns[0]} and {len(patterns) - 1} more"


def _cell(figure: Figure | None) -> Text:
    if figure is None:
        return Text(f"{'-':>{_CELL}}", style="dim")
    if figure.settled:
        return Text(f"{number(figure.value):>{_CELL}}")
    return Text(f"{'~' + number(figure.value):>{_CELL}}", style="yellow")


def _bars(console: Console, measured: Sequence[Measurement], words: Description) -> None:
    grey = report.rivals(words)
    room = max(10, min(_BAR, console.width - len(f"  {'':<8}{'':>{_CELL}} ") - 1))
    for chart in report.charts(measured, words):
        console.print(Text(f"\n{printable(chart.title)}, {chart.unit}", style="bold"))
        longest = max((figure.value for _label, figure in chart.bars), default=0.0)
        for label, figure in chart.bars:
            width = round(room * figure.value / longest) if longest > 0 and figure.value > 0 else 0
            style = "dim" if label in grey else "blue"
            line = Text(f"  {label:<8}{number(figure.value):>{_CELL}} ")
            line.append("█" * width, style=style)
            console.print(line)


def _published(
    console: Console, published: Published, measured: Sequence[Measurement], words: Description
) -> None:
    console.print(Text(f"\n{printable(published.title)}: {published.about}", style="bold"))
    saved = f"What {words.subject} saves against {published.rival}, there in {published.unit}"
    console.print(Text(f"{saved}, here in {_unit(published, measured)}."))
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column("")
    for heading in (published.rival, words.subject, "saved there"):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in measured:
        table.add_column(f"{each.version} here", justify="right", no_wrap=True)
    for pair in report.beside(published, measured, words):
        ours = ("-" if part is None else f"{part:.1%}" for part in pair.ours)
        there = (as_published(pair.rival), as_published(pair.subject), f"{pair.published:.1%}")
        table.add_row(f"  {pair.pattern}", *there, *ours)
    console.print(table)


def _unit(published: Published, measured: Sequence[Measurement]) -> str:
    names = (figure for each in measured for figure in each.figures)
    return next((f.unit for f in names if f.name.operation == published.ours), "no unit").split(
        "/"
    )[0]


def _change(console: Console, change: report.FigureMoves) -> None:
    console.print(Text(f"\n{change.before} → {change.after}", style="bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 1), show_header=False)
    table.add_column("", overflow="fold")
    for _ in range(3):
        table.add_column("", justify="right", no_wrap=True)
    for names, first in report.told(change):
        patterns = ", ".join(name.pattern for name in names)
        table.add_row(
            Text(f"  {names[0].operation} {names[0].memory} ({patterns})"),
            Text(f"{number(first.before.value)} → {number(first.after.value)}"),
            Text("" if first.part is None else f"{percent(first.part, 1, '+')}%"),
            Text(str(first.verdict), style=_STYLES.get(first.verdict, "")),
        )
    console.print(table)
    same = sum(each.verdict is FigureVerdict.SAME for each in change.differences)
    told = f"  the same: {same} of {counted(len(change.differences), 'figure')}"
    console.print(Text(told, style="dim"))


def _complaints(outcome: BenchOutcome) -> list[Text]:
    lines = [
        Text(f"{outcome.target}: {printable(problem)}", style="bold red")
        for problem in outcome.problems
    ]
    for figure in outcome.figures:
        if not figure.settled:
            told = f"its {figure.repeats} boots are {figure.spread:.2%} apart, {LIMIT:.1%} may be"
            line = f"{outcome.target}: {figure.name} is not settled: {told}"
            lines.append(Text(line, style="yellow"))
    return lines
