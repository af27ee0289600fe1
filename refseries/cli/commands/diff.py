# SPDX-License-Identifier: GPL-2.0-or-later
"""Show what changed between two versions: patches, files, texts, recipients, behaviour.

Example: refseries diff v3 v4 --json - | jq .patches
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from refseries.bench.figures import FigureVerdict
from refseries.cli import complete, screen
from refseries.cli.context import find_base, load
from refseries.cli.matrix_words import CHANGES
from refseries.cli.options import BaseOptions, OutputOptions
from refseries.diff import text
from refseries.git.rangediff import PairStatus
from refseries.host.text import counted
from refseries.review.model import Task

if TYPE_CHECKING:
    from refseries.diff.behaviour import Behaviour
    from refseries.diff.compare import Difference, Moved
    from refseries.diff.cost import Cost
    from refseries.diff.covered import NewLines

_STYLES = {
    PairStatus.UNCHANGED: "dim",
    PairStatus.CHANGED: "yellow",
    PairStatus.NEW: "green",
    PairStatus.GONE: "red",
}
_COSTS = {
    FigureVerdict.BETTER: "green",
    FigureVerdict.WORSE: "red",
    FigureVerdict.UNSETTLED: "yellow",
}


@dataclass(frozen=True, kw_only=True)
class DiffOptions(BaseOptions, OutputOptions):
    """What is compared, and how it is shown."""

    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD",
            help="v3, v4:TASK, base, a mailbox (FILE, FILE:v3), or a branch of --tree.",
            autocompletion=complete.targets,
        ),
    ]
    new: Annotated[
        str,
        typer.Argument(metavar="NEW", help="As OLD.", autocompletion=complete.targets),
    ]
    mail: Annotated[
        bool, typer.Option("--mail", help="Plain text, as a cover letter can take it in.")
    ] = False
    creation_factor: Annotated[
        int,
        typer.Option("--creation-factor", metavar="PERCENT", min=0, help="As for git range-diff."),
    ] = 60


def main(options: DiffOptions) -> None:
    """Compare two states of the series and show what is different on the second."""
    from refseries.diff import whole

    context = load(options)
    info = find_base(context, options.quiet)
    cache = context.settings.cache
    names = (options.old, options.new)
    found = whole.between(context.series, info, names, cache, options.creation_factor)
    told = (found.difference, found.behaviour, found.settled, found.cost, found.covered)
    for side in (found.difference.old, found.difference.new):
        if side.hidden and not options.quiet:
            screen.note(screen.hidden(side.hidden, side.name))
    if options.json is not None:
        screen.show_json(text.as_json(*told), options.json)
    if options.json == "-":
        return
    if options.mail:
        screen.write_text(screen.printable(text.as_mail(*told)), "-")
        return
    show(found.difference)
    show_behaviour(found.behaviour)
    show_settled(found.settled)
    if found.cost is not None:
        show_cost(found.cost, f"refseries bench {options.old} {options.new}")
    if found.covered is not None:
        show_covered(found.covered)


def show(found: Difference) -> None:
    """Print a difference: what became of the patches, then each kind of change below a title."""
    screen.say((f"{found.old.name} → {found.new.name}", "bold"))
    if not found:
        screen.say("Nothing is different.")
        return
    _show_moved(found.moved)
    _fates(found)
    if found.unpaired:
        factor = f"--creation-factor={found.unpaired.creation_factor}"
        screen.say((f"Gone and new with one subject, or nearly: {factor} compares more.", "dim"))
    for pair in found.pairs:
        if pair.text:
            screen.say((f"\nPatch {pair.old} → {pair.new}: {pair.subject}", "bold"))
            _code(pair.text)
    if found.cover:
        screen.say(("\nCover letter", "bold"))
        _code(found.cover)
    for mark, people, style in (
        ("+", found.recipients_added, "green"),
        ("-", found.recipients_removed, "red"),
    ):
        for person in people:
            screen.say((f"{mark} recipient {person}", style))
    if found.diffstat:
        apart = found.moved is not None and found.moved.apart
        title = "Difference of the trees" + (", without what the base did" if apart else "")
        screen.say((f"\n{title}", "bold"))
        screen.say(found.diffstat.rstrip("\n"))


def _show_moved(moved: Moved | None) -> None:
    if moved is None:
        return
    files = counted(moved.files, "more file differs", "more files differ")
    alone = f"; {files} by that alone" if moved.files else ""
    screen.say(f"The base moved from {moved.old} to {moved.new}{alone}.")
    if not moved.apart:
        screen.say("The difference of the trees has what it did to the same files as well.")


def show_behaviour(tested: Sequence[Behaviour]) -> None:
    """Print what came out differently in each config, and what is missing to know it."""
    for entry in tested:
        screen.say((f"\nBehaviour ({entry.config})", "bold"))
        if entry.changes is None:
            screen.say(("not known; this makes the results:", "yellow"))
            for command in entry.missing:
                screen.say(f"  {command}")
            continue
        kinds = [
            (f"{word} {len(names)}", ", ".join(names), CHANGES.get(word, "red"))
            for word, names in entry.changes.told
        ]
        margin = max((len(title) for title, _names, _style in kinds), default=0) + 1
        for title, names, style in kinds:
            screen.say_field(title, names, margin, style)
        if not entry.changes:
            screen.say("the same")
        if entry.other_tests:
            screen.say(("The two sides were run with different selftests.", "yellow"))
        if entry.outdated:
            sides = " and ".join(entry.outdated)
            told = f"{sides}: run with other tests or kernel options than those of now."
            screen.say((told, "yellow"))


def show_settled(tasks: Sequence[Task]) -> None:
    """Print the review tasks that are settled on the way."""
    if not tasks:
        return
    screen.say(("\nTasks settled", "bold"))
    margin = max(len(task.id) for task in tasks) + 2
    for task in tasks:
        screen.say_field(task.id, task.summary, margin, "cyan")


def show_cost(found: Cost, bench: str) -> None:
    """Print how the figures kept of both versions compare."""
    screen.say(("\nCost", "bold"))
    if found.missing:
        screen.say(("not known; this makes the figures:", "yellow"))
        screen.say(f"  {found.missing}")
        return
    for verdict, line in text.what_it_costs(found):
        screen.say((line, _COSTS.get(verdict, "")))
    screen.say((f"all of them: {bench}", "dim"))


def show_covered(found: NewLines) -> None:
    """Print the new lines that are or look like code, each with what became of it."""
    from refseries.cli import coverage_view
    from refseries.coverage.model import LineState

    screen.say((f"\nNew lines ({', '.join(found.configs)})", "bold"))
    code = [line for line in found.lines if line.state is not LineState.NO_CODE]
    for file, lines in groupby(code, key=lambda line: line.added.file):
        screen.say(f"  {file}")
        for line in lines:
            coverage_view.marked(line)
    for problem in found.problems:
        screen.say((problem, "red"))
    screen.say(text.how_much_is_run(found))


def _fates(found: Difference) -> None:
    """A line for each patch, in columns."""
    wide = max((len(text.what_became(pair)) for pair in found.pairs), default=0)
    digits = len(str(len(found.pairs)))
    parts: list[screen.Part] = []
    for pair in found.pairs:
        parts.append("\n" if parts else "")
        parts.append(f"{pair.old or '-':>{digits}} → {pair.new or '-':>{digits}} ")
        parts.append((f"{text.what_became(pair):<{wide}}", _STYLES[pair.status]))
        parts.append(f" {pair.subject}")
    screen.say(*parts)


def _code(lines: str) -> None:
    """Print a diff, or a diff of diffs: coloured by the outer mark, dim where it is context."""
    first, *others = lines.removesuffix("\n").split("\n")
    parts = [(first, _mark(first)), *((f"\n{line}", _mark(line)) for line in others)]
    screen.say(*parts)


def _mark(line: str) -> str:
    return screen.DIFF_STYLES.get(line[:1], "dim")
