# SPDX-License-Identifier: GPL-2.0-or-later
"""Show one task: what it is about, what was said, its state, evidence and fixup.

Example: refseries feedback show v3-jannh-7
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from refseries.cli import screen, task_view
from refseries.cli.context import load
from refseries.cli.evidence_view import show_evidence
from refseries.cli.options import BaseOptions, JsonOptions
from refseries.cli.task_options import TaskOptions
from refseries.model import Series
from refseries.review import listing
from refseries.review import store as reviews
from refseries.review.model import COVER, UNFINISHED, Review, State, Task

if TYPE_CHECKING:
    from refseries.review import excerpt


@dataclass(frozen=True, kw_only=True)
class ShowOptions(BaseOptions, TaskOptions, JsonOptions):
    """The task that is shown."""


def main(options: ShowOptions) -> None:
    """Show one task and all that belongs to it."""
    from refseries.review import excerpt

    context = load(options)
    everything = reviews.load(context.series)
    review, task = reviews.find(everything, options.task)
    seen = task_view.proofs(context, [task])[task.id]
    if options.json is not None:
        verdicts = [proof.verdict for proof in seen]
        screen.show_json(listing.full_record(review, task, verdicts), options.json)
    if options.json == "-":
        return
    console = screen.out()
    _head(console, context.series, review, task)
    _quote(console, excerpt.excerpt_of(context.series, task), task)
    _moved(console, context.series, task)
    if task.comment:
        _block(console, f"{task.reviewer.name} wrote:", task.comment)
    for one in task.discussion:
        _block(console, f"{one.who.name} answered, {one.date:%Y-%m-%d}:", one.text)
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
    from refseries.series import patches, store

    line = Text(screen.printable(task.id), style="bold")
    line.append(f"  {screen.printable(task.summary)}", style="default")
    console.print(line)
    names = ", also ".join(person.name for person in listing.people(task))
    about = f"{task.kind} on {task.raised_on} by {names}, {review.date:%Y-%m-%d}"
    console.print(Text(screen.printable(about)))
    if review.link:
        screen.say((review.link, "dim"))
    state = Text(listing.standing(task), style=task_view.STYLES[task.state])
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
        screen.say((f"\n{place}", "dim"))
    for number, line in enumerate(found.lines):
        style = screen.DIFF_STYLES.get(line[:1], "default") if found.diff else "default"
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
            screen.say(f"  {part}".rstrip())
