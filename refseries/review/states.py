# SPDX-License-Identifier: GPL-2.0-or-later
"""How a task goes from one state to the next; pure. No state changes without its reason."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from refseries.errors import SeriesError
from refseries.model import Identity, Series, number_of
from refseries.review.model import UNFINISHED, Anchor, Kind, Review, State, Task


def nick(person: Identity) -> str:
    """A short word for somebody, as ids have it: what stands before the ``@``, else of the name.

    Made of the letters and digits of ASCII; ``someone`` where there are none.
    """
    words = (person.email.partition("@")[0], person.name.split(" ")[0], "someone")
    return next(word for text in words if (word := re.sub(r"[^a-z0-9]", "", text.lower())[:20]))


def next_id(reviews: Sequence[Review], version: str, person: Identity) -> str:
    """The id of the next point that ``person`` makes on ``version``: ``v3-jannh-9``."""
    stem = f"{version}-{nick(person)}-"
    numbers = [
        int(task.id.removeprefix(stem))
        for review in reviews
        for task in review.tasks
        if task.id.startswith(stem) and task.id.removeprefix(stem).isdecimal()
    ]
    return f"{stem}{max(numbers, default=0) + 1}"


def start(task: Task) -> Task:
    """Somebody works on it now.

    Raises:
        SeriesError: it is not open.
    """
    if task.state is State.STARTED:
        return task
    _unfinished(task)
    return replace(task, state=State.STARTED)


def settle(task: Task, series: Series, version: str = "", fixup: str = "", text: str = "") -> Task:
    """A version does what it asks for.

    Args:
        version: which; may be empty if ``fixup`` is given, for the newest version that has it.
        fixup: the one of that version that does it; may be empty.
        text: what to tell the reviewer besides.

    Raises:
        SeriesError: it is finished already, neither is given, or they are not there or older.
    """
    _unfinished(task)
    if not version and not fixup:
        raise SeriesError(
            f"{task.id}: no version and no fixup settles it.",
            hint="Name the version with `--in vN`, or the fixup with `--fixup NAME`.",
        )
    for candidate in reversed(series.versions):
        names = [entry.task for entry in candidate.fixups]
        if version == candidate.name or (not version and fixup in names):
            break
    else:
        wanted = f"version `{version}`" if version else f"fixup `{fixup}`"
        versions = [entry.name for entry in series.versions]
        fixups = [entry.task for one in series.versions for entry in one.fixups]
        there = versions if version else list(dict.fromkeys(fixups))
        raise SeriesError(
            f"the series has no {wanted}.", hint=f"It has {', '.join(there) or 'none'}."
        )
    if fixup and fixup not in names:
        raise SeriesError(
            f"{candidate.name} has no fixup `{fixup}`.",
            hint=f"It has {', '.join(names) or 'none'}.",
        )
    if candidate.number < number_of(task.raised_on):
        raise SeriesError(
            f"{candidate.name} was there before {task.raised_on}, on which {task.id} was raised.",
            hint="Name the version that settles it.",
        )
    return replace(
        task, state=State.SETTLED, settled_in=candidate.name, fixup=fixup, answer=text.strip()
    )


def answer(task: Task, text: str) -> Task:
    """The question got an answer.

    Raises:
        SeriesError: it is finished already, or there is no text.
    """
    return _close(task, State.ANSWERED, text, "an answer")


def decline(task: Task, why: str) -> Task:
    """It will not be done.

    Raises:
        SeriesError: it is finished already, or there is no reason.
    """
    return _close(task, State.DECLINED, why, "a reason")


def obsolete(task: Task, why: str) -> Task:
    """What it is about is gone, or the reviewer has withdrawn it.

    Raises:
        SeriesError: it is finished already, or there is no reason.
    """
    return _close(task, State.OBSOLETE, why, "a reason")


def reopen(task: Task, why: str) -> Task:
    """It is not finished after all; ``why`` takes the place of what closed it.

    Raises:
        SeriesError: it is not finished, or there is no reason.
    """
    if task.state in UNFINISHED:
        raise SeriesError(f"{task.id} is {task.state} already.", hint="There is nothing to reopen.")
    return replace(
        task, state=State.OPEN, settled_in="", fixup="", merged_into="", answer=_text(task, why)
    )


def _close(task: Task, state: State, text: str, what: str) -> Task:
    _unfinished(task)
    return replace(task, state=state, answer=_text(task, text, what))


def _text(task: Task, text: str, what: str = "a reason") -> str:
    if not text.strip():
        raise SeriesError(
            f"{task.id} does not change without {what}.", hint="Write at least a sentence."
        )
    return text.strip()


def summary_of(text: str) -> str:
    """What a task says in a line, as the user typed it.

    Raises:
        SeriesError: it is empty, or more than a line.
    """
    found = text.strip()
    if not found or re.search(r"[\x00-\x1f\x7f]", found):
        raise SeriesError(
            "a summary is one line of text.",
            where="the summary",
            hint="Say in a few words what is asked for; more goes into the comment.",
        )
    return found


def _unfinished(task: Task) -> None:
    if task.state not in UNFINISHED:
        where = f" in {task.settled_in}" if task.settled_in else ""
        raise SeriesError(
            f"{task.id} is {task.state}{where} already.",
            hint=f"If it is not: `refseries feedback reopen {task.id} --why …` first.",
        )


def split(task: Task, reviews: Sequence[Review], summaries: Sequence[str]) -> tuple[Task, ...]:
    """Several tasks out of one that asks for several things.

    The first keeps the id, the evidence and the state. The others are open and get the next ids
    of the reviewer; what he wrote and where is with each of them.

    Args:
        reviews: all of the series, for the ids.
        summaries: one for each task to be, at least two.

    Raises:
        SeriesError: there are too few, or one is empty.
    """
    if len(summaries) < 2:
        raise SeriesError(
            f"{task.id} was to be split into {len(summaries)}.",
            hint="Give a summary for each of the tasks that it shall become, at least two.",
        )
    first, *others = map(summary_of, summaries)
    first_id = next_id(reviews, task.raised_on, task.reviewer)
    stem, _, number = first_id.rpartition("-")
    rest = (
        replace(
            task, id=f"{stem}-{int(number) + place}", state=State.OPEN, summary=summary,
            settled_in="", fixup="", answer="", merged_into="", evidence=(),
        )
        for place, summary in enumerate(others)
    )  # fmt: skip
    return (replace(task, summary=first), *rest)


def merge(kept: Task, other: Task) -> tuple[Task, Task]:
    """One task out of two that ask for the same.

    ``other`` stays in its file, so that importing the mail again does not bring it back and its
    reviewer gets an answer: it is obsolete, and points at ``kept``.

    Returns:
        ``kept``, with the reviewers and the evidence of both, and ``other``.

    Raises:
        SeriesError: they are one task, or ``other`` is finished already.
    """
    if kept.id == other.id:
        raise SeriesError(f"{kept.id} cannot be merged with itself.", hint="Name two tasks.")
    _unfinished(other)
    if kept.merged_into:
        raise SeriesError(
            f"{kept.id} was itself merged into {kept.merged_into}.", hint="Name that one."
        )
    people: dict[str, Identity] = {}
    for person in (*kept.also, other.reviewer, *other.also):
        if person.key != kept.reviewer.key:
            people.setdefault(person.key, person)
    evidence = tuple(dict.fromkeys((*kept.evidence, *other.evidence)))
    gone = replace(
        other, state=State.OBSOLETE, answer=f"The same as {kept.id}.", merged_into=kept.id
    )
    return replace(kept, also=tuple(people.values()), evidence=evidence), gone


def edit(
    task: Task,
    *,
    summary: str | None = None,
    kind: Kind | None = None,
    anchor: Anchor | None = None,
    comment: str | None = None,
) -> Task:
    """Anything but the state; None leaves it as it is.

    Raises:
        SeriesError: the summary is empty, or more than a line.
    """
    return replace(
        task,
        summary=task.summary if summary is None else summary_of(summary),
        kind=task.kind if kind is None else kind,
        anchor=task.anchor if anchor is None else anchor,
        comment=task.comment if comment is None else comment,
    )
