# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries feedback list`` and ``show``."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from refseries.cli import screen
from refseries.cli.context import Context, load
from refseries.cli.evidence_view import show_evidence
from refseries.kernel import base as bases
from refseries.model import Series
from refseries.review import excerpt, listing
from refseries.review import store as reviews
from refseries.review.evidence.kind import Proof
from refseries.review.model import COVER, UNFINISHED, Review, State, Task
from refseries.series import patches, store

STYLES = {
    State.OPEN: "bold yellow",
    State.STARTED: "yellow",
    State.SETTLED: "green",
    State.ANSWERED: "green",
    State.DECLINED: "magenta",
    State.OBSOLETE: "dim",
}
_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


@dataclass(frozen=True)
class ListOptions:
    """The flags and arguments of ``list``."""

    directory: Path | None
    is_open: bool
    states: tuple[State, ...]
    reviewer: str
    version: str
    tree: Path | None
    base_ref: str | None
    json: str | None


def show_list(options: ListOptions) -> None:
    """Show the tasks that fit, by review."""
    context = load(options.directory, tree=options.tree, base_ref=options.base_ref)
    states = (*options.states, *(UNFINISHED if options.is_open else ()))
    found = listing.select(
        reviews.load(context.series),
        states=states,
        reviewer=options.reviewer,
        version=options.version,
    )
    if options.json is not None:
        seen = _proofs(context, [task for _review, task in found])
        records = [
            listing.record(task, [proof.verdict for proof in seen[task.id]]) for _r, task in found
        ]
        screen.show_json(records, options.json)
    if options.json != "-":
        _table(screen.out(), found)


def _proofs(context: Context, tasks: Sequence[Task]) -> dict[str, tuple[Proof, ...]]:
    from refseries.review.evidence import known  # slow to import, and the plain list does without

    info = bases.ready_for(context.series, context.settings)
    return known.proofs(context.series, info, context.settings.cache, tasks)


def _table(console: Console, found: Sequence[tuple[Review, Task]]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for _review, task in found:
        state = task.state if not task.settled_in else f"{task.state} {task.settled_in}"
        table.add_row(
            Text(screen.printable(task.id), style="bold"),
            Text(state, style=STYLES[task.state]),
            Text(screen.printable(_summary(task))),
        )
    if found:
        console.print(table)
    console.print(Text(("\n" if found else "") + listing.count(task for _r, task in found)))


def _summary(task: Task) -> str:
    more = [person.name for person in task.also]
    return f"{task.summary} (also {', '.join(more)})" if more else task.summary


def show(
    directory: Path | None, task_id: str, tree: Path | None, base_ref: str | None, json: str | None
) -> None:
    """Show one task and all that belongs to it."""
    context = load(directory, tree=tree, base_ref=base_ref)
    everything = reviews.load(context.series)
    review, task = reviews.find(everything, task_id)
    seen = _proofs(context, [task])[task.id]
    if json is not None:
        verdicts = [proof.verdict for proof in seen]
        screen.show_json(listing.full_record(review, task, verdicts), json)
    if json == "-":
        return
    console = screen.out()
    _head(console, context.series, review, task)
    _quote(console, excerpt.of(context.series, task), task)
    _moved(console, context.series, task)
    if task.comment:
        _block(console, f"{task.reviewer.name} wrote:", task.comment)
    if task.answer:
        titles = {State.OPEN: "Opened again:", State.STARTED: "Opened again:"}
        titles |= {State.DECLINED: "Declined:", State.OBSOLETE: "Obsolete:"}
        _block(console, titles.get(task.state, "Answer:"), task.answer)
    if task.evidence:
        console.print(Text("\nEvidence:"))
    for evidence, proof in zip(task.evidence, seen, strict=True):
        show_evidence(console, evidence.kind, proof)
    if near := [other.id for other in listing.neighbours(everything, task)]:
        console.print(Text(f"\nAt the same line: {', '.join(near)}"))


def _head(console: Console, series: Series, review: Review, task: Task) -> None:
    line = Text(screen.printable(task.id), style="bold")
    line.append(f"  {screen.printable(task.summary)}", style="default")
    console.print(line)
    names = ", also ".join(person.name for person in listing.people(task))
    about = f"{task.kind} on {task.raised_on} by {names}, {review.date:%Y-%m-%d}"
    console.print(Text(screen.printable(about)))
    if review.link:
        console.print(Text(screen.printable(review.link), style="dim"), soft_wrap=True)
    state = Text(listing.standing(task), style=STYLES[task.state])
    if task.fixup:
        patch = next(
            fixup.patch
            for fixup in store.version(series, task.settled_in).fixups
            if fixup.task == task.fixup
        )
        subject = patches.read(patch).subject
        state.append(screen.printable(f" by {task.fixup}: {subject}"), style="default")
    console.print(state)


def _quote(console: Console, found: excerpt.Excerpt, task: Task) -> None:
    anchor = task.anchor
    if anchor.patch:
        patch = "cover letter" if anchor.patch == COVER else anchor.patch
        place = ", ".join(part for part in (patch, anchor.file) if part)
        place += f", line {anchor.line}" if anchor.line else ""
        console.print(Text(f"\n{screen.printable(place)}", style="dim"), soft_wrap=True)
    for number, line in enumerate(found.lines):
        style = _DIFF_STYLES.get(line[:1], "default") if found.diff else "default"
        mark = Text("> " if number == found.at else "  ", style="bold")
        mark.append(screen.printable(line).expandtabs(8), style=style)
        console.print(mark, soft_wrap=True)


def _moved(console: Console, series: Series, task: Task) -> None:
    """Where an unfinished task is anchored in a later version."""
    from refseries.reroll import plan

    if task.state not in UNFINISHED or not (found := plan.carried(series, task.id)):
        return
    version, fate = found
    place = ", ".join(part for part in (fate.patch, fate.file) if part)
    place += f", line {fate.line}" if fate.line else ""
    console.print(Text(screen.printable(f"in {version} {fate.became}: {place}".rstrip(": "))))


def _block(console: Console, title: str, text: str) -> None:
    console.print(Text(f"\n{screen.printable(title)}"))
    width = max(console.width - 2, 20)
    for line in screen.printable(text).rstrip("\n").expandtabs(8).split("\n"):
        for part in textwrap.wrap(line, width) if len(line) > width else [line]:
            console.print(Text(f"  {part}".rstrip()), soft_wrap=True)
