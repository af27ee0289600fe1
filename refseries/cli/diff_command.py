# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries diff``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from refseries.cli import screen
from refseries.cli.context import find_base, load
from refseries.diff import behaviour, compare, cost, settled, side, text
from refseries.diff.behaviour import Behaviour
from refseries.diff.compare import Difference
from refseries.diff.cost import Cost
from refseries.figures import Verdict
from refseries.rangediff import Status, rewritten
from refseries.tasks.model import Task

_STYLES = {
    Status.UNCHANGED: "dim",
    Status.CHANGED: "yellow",
    Status.NEW: "green",
    Status.GONE: "red",
}
_MARKS = {"+": "green", "-": "red", "@": "cyan"}
_COSTS = {Verdict.BETTER: "green", Verdict.WORSE: "red", Verdict.UNSETTLED: "yellow"}
_BETTER = {"fixed": "green", "newly skipped": "yellow"}


@dataclass(frozen=True)
class Options:
    """The flags and arguments."""

    directory: Path | None
    old: str
    new: str
    mail: bool
    creation_factor: int
    tree: Path | None
    base_ref: str | None
    json: str | None
    quiet: bool


def diff(options: Options) -> None:
    """Compare two states of the series and show what is different on the second."""
    context = load(options.directory, tree=options.tree, base_ref=options.base_ref)
    info = find_base(context, options.quiet)
    cache = context.settings.cache
    old, new = (side.find(context.series, info, name, cache) for name in (options.old, options.new))
    found = compare.between(info, old, new, options.creation_factor)
    tested = behaviour.between(context.series, old, new, cache)
    done = settled.between(context.series, old, new)
    costs = cost.between(context.series, old, new)
    if options.json is not None:
        screen.show_json(text.as_json(found, tested, done, costs), options.json)
    if options.json == "-":
        return
    if options.mail:
        sys.stdout.write(screen.printable(text.as_mail(found, tested, done, costs)))
        return
    show(screen.out(), found)
    show_behaviour(screen.out(), tested)
    show_settled(screen.out(), done)
    if costs is not None:
        show_cost(screen.out(), costs, f"refseries bench {old.name} {new.name}")


def show(console: Console, found: Difference) -> None:
    """Print a difference: what became of the patches, then each kind of change below a title."""
    console.print(Text(screen.printable(f"{found.old.name} → {found.new.name}"), style="bold"))
    if not found:
        console.print("Nothing is different.")
        return
    _fates(console, found)
    if rewritten(found.pairs):
        note = "Gone and new with one subject: --creation-factor=100 compares them all the same."
        console.print(Text(note, style="dim"))
    for pair in found.pairs:
        if pair.text:
            title = f"\nPatch {pair.old} → {pair.new}: {pair.subject}"
            console.print(Text(screen.printable(title), style="bold"), soft_wrap=True)
            _code(console, pair.text)
    if found.cover:
        console.print(Text("\nCover letter", style="bold"))
        _code(console, found.cover)
    for mark, people, style in (
        ("+", found.recipients_added, "green"),
        ("-", found.recipients_removed, "red"),
    ):
        for person in people:
            console.print(Text(screen.printable(f"{mark} recipient {person}"), style=style))
    if found.diffstat:
        console.print(Text("\nDifference of the trees", style="bold"))
        console.print(Text(screen.printable(found.diffstat.rstrip("\n"))), soft_wrap=True)


def show_behaviour(console: Console, tested: Sequence[Behaviour]) -> None:
    """Print what came out differently in each config, and what is missing to know it."""
    for entry in tested:
        console.print(Text(f"\nBehaviour ({entry.config})", style="bold"))
        if entry.changes is None:
            console.print(Text("not known; this makes the results:", style="yellow"))
            for command in entry.missing:
                console.print(Text(screen.printable(f"  {command}")), soft_wrap=True)
            continue
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for word, names in text.what_changed(entry.changes):
            told = Text(screen.printable(", ".join(names)))
            table.add_row(Text(f"{word} {len(names)}", style=_BETTER.get(word, "red")), told)
        console.print(table if entry.changes else Text("the same"))
        if entry.other_tests:
            note = "The two sides were run with different selftests."
            console.print(Text(note, style="yellow"))


def show_settled(console: Console, tasks: Sequence[Task]) -> None:
    """Print the review tasks that are settled on the way."""
    if not tasks:
        return
    console.print(Text("\nTasks settled", style="bold"))
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="cyan")
    table.add_column(overflow="fold")
    for task in tasks:
        table.add_row(task.id, Text(screen.printable(task.summary)))
    console.print(table)


def show_cost(console: Console, found: Cost, bench: str) -> None:
    """Print how the figures kept of both versions compare."""
    console.print(Text("\nCost", style="bold"))
    if found.missing:
        console.print(Text("not known; this makes the figures:", style="yellow"))
        console.print(Text(f"  {found.missing}"), soft_wrap=True)
        return
    for verdict, line in text.what_it_costs(found):
        console.print(Text(line, style=_COSTS.get(verdict, "")))
    console.print(Text(f"all of them: {bench}", style="dim"))


def _fates(console: Console, found: Difference) -> None:
    """A line for each patch, in columns; a table of rich's takes too long for hundreds."""
    wide = max((len(text.what_became(pair)) for pair in found.pairs), default=0)
    digits = len(str(len(found.pairs)))
    shown = Text()
    for pair in found.pairs:
        numbers = f"{pair.old or '-':>{digits}} → {pair.new or '-':>{digits}}"
        shown.append(f"{numbers} ")
        shown.append(f"{text.what_became(pair):<{wide}}", style=_STYLES[pair.status])
        shown.append(f" {screen.printable(pair.subject)}\n")
    _print(console, shown)


def _print(console: Console, shown: Text) -> None:
    """Print long text; plain where there is no terminal, since rich goes through it by the word."""
    if console.is_terminal:
        console.print(shown, soft_wrap=True, end="")
    else:
        console.file.write(shown.plain)


def _code(console: Console, lines: str) -> None:
    """Print a diff, or a diff of diffs: coloured by the outer mark, dim where it is context."""
    shown = Text()
    for line in screen.printable(lines).split("\n")[:-1]:
        shown.append(f"{line}\n", style=_MARKS.get(line[:1], "dim"))
    _print(console, shown)
