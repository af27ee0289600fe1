# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands of ``refseries feedback`` that change tasks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rich.text import Text

from refseries.cli import editor, screen
from refseries.cli.context import load
from refseries.cli.tasks_command import STYLES
from refseries.model import Series
from refseries.review import editing, excerpt, listing, states, store
from refseries.review.model import Anchor, Kind, State, Task

# What takes a text: the function, and the option that gives it.
_WITH_TEXT: dict[State, tuple[Callable[[Task, str], Task], str]] = {
    State.ANSWERED: (states.answer, "--text"),
    State.DECLINED: (states.decline, "--why"),
    State.OBSOLETE: (states.obsolete, "--why"),
    State.OPEN: (states.reopen, "--why"),
}


@dataclass(frozen=True)
class Place:
    """The options --patch, --file and --line; None where one was not given."""

    patch: str | None = None
    file: str | None = None
    line: int | None = None

    def anchor(self, series: Series, version: str, now: Anchor | None = None) -> Anchor | None:
        """The anchor that they name; ``now`` gives what was left out. None: nothing was given."""
        if self == Place():
            return None
        old = now or Anchor()
        patch = old.patch if self.patch is None else self.patch
        file = (old.file if self.patch is None else "") if self.file is None else self.file
        return excerpt.anchor_at(series, version, patch, file, self.line or 0)


@dataclass(frozen=True)
class AddOptions:
    """The flags and arguments of ``add``."""

    directory: Path | None
    summary: str
    version: str
    reviewer: str
    kind: Kind
    place: Place
    comment: str | None
    link: str
    json: str | None


def add(options: AddOptions) -> None:
    """Add a task and show it."""
    series = load(options.directory).series
    task = editing.add(
        series,
        version=options.version,
        reviewer=listing.find_person(store.load(series), options.reviewer),
        summary=options.summary,
        when=datetime.now(UTC).replace(microsecond=0),
        kind=options.kind,
        anchor=options.place.anchor(series, options.version),
        comment=editor.text(options.comment or "", "--comment", series.root, ""),
        link=options.link,
    )
    if options.json is not None:
        screen.show_json(listing.record(task), options.json)
    if options.json != "-":
        _tell(task)


def edit(
    directory: Path | None,
    task_id: str,
    summary: str | None,
    kind: Kind | None,
    place: Place,
    comment: str | None,
) -> None:
    """Change what was given of a task; without anything, its texts in the editor."""
    series = load(directory).series
    _review, task = store.find(store.load(series), task_id)
    anchor = place.anchor(series, task.raised_on, task.anchor)
    if (summary, kind, anchor, comment) == (None, None, None, None):
        about = f"{task.id}: the first line is the summary, what follows the comment."
        initial = f"{task.summary}\n\n{task.comment}"
        edited = editor.text(None, "--summary", series.root, about, initial)
        summary, _, comment = edited.partition("\n")
        comment = comment.lstrip("\n")
    elif comment is not None:
        comment = editor.text(comment, "--comment", series.root, "")
    step = partial(states.edit, summary=summary, kind=kind, anchor=anchor, comment=comment)
    _tell(editing.change(series, task_id, step))


def split(directory: Path | None, task_id: str, summaries: list[str]) -> None:
    """Split a task and show what it became."""
    series = load(directory).series
    _review, task = store.find(store.load(series), task_id)
    if not summaries:
        about = f"{task.id}: a line for each task that it shall become.\n\n{task.comment}"
        text = editor.text(None, "SUMMARY…", series.root, about, f"{task.summary}\n")
        summaries = [line.strip() for line in text.splitlines() if line.strip()]
    for part in editing.split(series, task_id, summaries):
        _tell(part)


def merge(directory: Path | None, task_id: str, others: list[str]) -> None:
    """Merge tasks into the first and show that."""
    _tell(editing.merge(load(directory).series, task_id, others))


def with_text(directory: Path | None, state: State, task_id: str, text: str | None) -> None:
    """Bring a task into ``state``, for which a text is needed."""
    series = load(directory).series
    review, task = store.find(store.load(series), task_id)
    step, option = _WITH_TEXT[state]
    step(task, "x")  # refused before somebody has written a text for nothing
    about = f"{task.id}, {task.reviewer.name} on {task.raised_on}: {task.summary}\n{review.link}\n"
    given = editor.text(text, option, series.root, f"{about}\n{task.comment}")
    _tell(editing.change(series, task_id, lambda now: step(now, given)))


def settle(directory: Path | None, task_id: str, version: str, fixup: str, text: str) -> None:
    """Settle a task by a version or a fixup."""
    series = load(directory).series
    given = editor.text(text, "--text", series.root, "")

    def step(task: Task) -> Task:
        return states.settle(task, series, version, fixup, given)

    _tell(editing.change(series, task_id, step))


def _tell(task: Task) -> None:
    line = Text(screen.printable(task.id), style="bold")
    line.append(f"  {listing.standing(task)}", style=STYLES[task.state])
    line.append(f"  {screen.printable(task.summary)}", style="default")
    screen.out().print(line, soft_wrap=True)
