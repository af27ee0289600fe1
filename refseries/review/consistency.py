# SPDX-License-Identifier: GPL-2.0-or-later
"""What no single key can tell: whether reviews fit the series, one another, and the states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from refseries.errors import SeriesError
from refseries.host import toml
from refseries.model import Series, Version, number_of
from refseries.review.model import COVER, Review, State, Task

_CLOSED_BY_TEXT = (State.ANSWERED, State.DECLINED, State.OBSOLETE)


@dataclass(frozen=True)
class Problem:
    """What is wrong at which key (a path as ``toml.line_of`` takes it), and what to do."""

    keys: tuple[str, ...]
    what: str
    hint: str


def check(series: Series, path: Path, text: str, review: Review) -> None:
    """Check one review, read from the ``text`` of ``path``, against the series.

    Raises:
        SeriesError: the first thing that is wrong; names file, line and key.
    """
    for problem in problems(series, review):
        raise SeriesError(
            problem.what, where=toml.place(path, text, problem.keys), hint=problem.hint
        )


def check_together(files: Sequence[tuple[Path, str, Review]]) -> None:
    """Check that no id stands twice in all of the files, and that what one task names is there.

    Args:
        files: each file, its text, and what that says.

    Raises:
        SeriesError: the first thing that is wrong; names file, line and key.
    """
    places: dict[str, Path] = {}
    for path, text, position, task in _tasks(files):
        if task.id in places:
            raise SeriesError(
                f"there is a task `{task.id}` in {places[task.id].name} already.",
                where=toml.place(path, text, ("task", f"[{position}]", "id")),
                hint="Give it an id of its own.",
            )
        places[task.id] = path
    for path, text, position, task in _tasks(files):
        if task.merged_into and task.merged_into not in places:
            raise SeriesError(
                f"there is no task `{task.merged_into}`.",
                where=toml.place(path, text, ("task", f"[{position}]", "merged_into")),
                hint="Name the task that stands for this one, or remove the key.",
            )
    _check_circles(files)


def _check_circles(files: Sequence[tuple[Path, str, Review]]) -> None:
    """No task may stand for itself in the end: nobody would be told of any of the circle."""
    into = {task.id: task.merged_into for *_at, task in _tasks(files) if task.merged_into}
    for path, text, position, task in _tasks(files):
        way = [task.id]
        while (at := into.get(way[-1])) and at not in way:
            way.append(at)
        if at == task.id:
            raise SeriesError(
                f"`{task.id}` is merged into itself: {' → '.join([*way, at])}.",
                where=toml.place(path, text, ("task", f"[{position}]", "merged_into")),
                hint="Remove the key at the task that stands for the others, and open that again.",
            )


def _tasks(files: Sequence[tuple[Path, str, Review]]) -> Iterator[tuple[Path, str, int, Task]]:
    for path, text, review in files:
        for position, task in enumerate(review.tasks):
            yield path, text, position, task


def problems(series: Series, review: Review) -> Iterator[Problem]:
    """Everything that is wrong with ``review`` in ``series``."""
    versions = {version.name: version for version in series.versions}
    for position, task in enumerate(review.tasks):
        at = ("task", f"[{position}]")
        if not task.id.startswith(f"{review.version}-"):
            yield Problem(
                (*at, "id"),
                f"the id `{task.id}` does not begin with `{review.version}-`.",
                "Begin it with the version that the task was raised on.",
            )
        yield from _state_problems(task, at, versions)
        yield from _anchor_problems(task, at, versions.get(review.version))
        for number, evidence in enumerate(task.evidence):
            for key, what, hint in evidence.problems():
                yield Problem((*at, "evidence", f"[{number}]", key), what, hint)


def _state_problems(
    task: Task, at: tuple[str, ...], versions: dict[str, Version]
) -> Iterator[Problem]:
    if task.state in _CLOSED_BY_TEXT and not task.answer.strip():
        yield Problem(
            (*at, "state"),
            f"is {task.state} without a reason.",
            "Add an `answer = …` that says it.",
        )
    if task.merged_into and task.state is not State.OBSOLETE:
        yield Problem((*at, "merged_into"), f"stands at a task that is {task.state}.", "Remove it.")
    if task.state is not State.SETTLED:
        for key in ("settled_in", "fixup"):
            if getattr(task, key):
                yield Problem(
                    (*at, key),
                    f"stands at a task that is {task.state}, not settled.",
                    "Remove it, or set the state to `settled`.",
                )
        return
    if not task.settled_in:
        yield Problem(
            (*at, "state"),
            "is settled nowhere.",
            "Add `settled_in = …` with the version that does.",
        )
        return
    version = versions.get(task.settled_in)
    if version is None:
        yield Problem(
            (*at, "settled_in"),
            f"the series has no version `{task.settled_in}`.",
            f"It has {', '.join(versions)}.",
        )
    elif version.number < number_of(task.raised_on):
        yield Problem(
            (*at, "settled_in"),
            f"{task.settled_in} was there before {task.raised_on}, on which it was raised.",
            "Name the version that settles it.",
        )
    elif task.fixup and task.fixup not in (names := [fixup.task for fixup in version.fixups]):
        yield Problem(
            (*at, "fixup"),
            f"{version.name} has no fixup `{task.fixup}`.",
            f"It has {', '.join(names) or 'none'}.",
        )


def _anchor_problems(task: Task, at: tuple[str, ...], version: Version | None) -> Iterator[Problem]:
    """Where the version is not in the series, its patches cannot be known."""
    anchor = task.anchor
    if version is None or anchor.patch in ("", COVER):
        return
    names = [patch.name for patch in version.patches]
    if anchor.patch not in names:
        yield Problem(
            (*at, "anchor", "patch"),
            f"{version.name} has no patch `{anchor.patch}`.",
            f"It has {', '.join(names)}; `{COVER}` stands for the cover letter.",
        )
