# SPDX-License-Identifier: GPL-2.0-or-later
"""Tasks chosen, counted, and put in words and in JSON; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from refseries.errors import SeriesError
from refseries.host.text import counted
from refseries.model import Identity
from refseries.review.evidence.kind import Verdict
from refseries.review.model import UNFINISHED, Review, State, Task
from refseries.review.states import nick


def select(
    reviews: Iterable[Review],
    *,
    states: Sequence[State] = (),
    reviewer: str | None = None,
    version: str = "",
) -> tuple[tuple[Review, Task], ...]:
    """The tasks that fit, in the order of their reviews.

    Args:
        states: any of these; empty for all.
        reviewer: a part of the name or address of somebody who made the point, or his nick.
        version: on which it was raised.

    Raises:
        SeriesError: ``reviewer`` has no letter.
    """
    if reviewer is not None and not reviewer.strip():
        raise _nobody(reviewer, "Give a part of the name or the address, or the nick.")
    return tuple(
        (review, task)
        for review in reviews
        for task in review.tasks
        if (not states or task.state in states)
        and (not version or task.raised_on == version)
        and (reviewer is None or any(_is(person, reviewer) for person in people(task)))
    )


def people(task: Task) -> tuple[Identity, ...]:
    """Everybody who made the point, whoever made it first in front."""
    return (task.reviewer, *task.also)


def find_person(reviews: Iterable[Review], text: str) -> Identity:
    """Whom ``text`` means: a reviewer by nick, address or name, else somebody new.

    Raises:
        SeriesError: it is neither a name nor ``Name <address>``.
    """
    known = dict.fromkeys(person for _review, task in select(reviews) for person in people(task))
    for person in known:
        words = (nick(person), person.email.casefold(), person.name.casefold())
        if text.casefold() in filter(None, words):
            return person
    found = re.fullmatch(
        r"\s*(?P<name>[^<>@\x00-\x1f]*[^<>@\s\x00-\x1f])\s*(<(?P<email>[^<>\s]+@[^<>\s]+)>)?\s*",
        text,
    )
    if found is None:
        hint = "Write `Name <name@example.org>`, a name alone, or the nick of a known reviewer."
        raise _nobody(text, hint)
    return Identity(found["name"], found["email"] or "")


def _nobody(text: str, hint: str) -> SeriesError:
    return SeriesError(f"`{text}` names nobody.", where="--reviewer", hint=hint)


def _is(person: Identity, text: str) -> bool:
    wanted = text.casefold()
    words = (person.name, person.email, nick(person))
    return any(wanted in word.casefold() for word in words)


def standing(task: Task) -> str:
    """Its state in a word or two: ``open``, ``settled in v4``."""
    return f"{task.state} in {task.settled_in}" if task.settled_in else str(task.state)


def count(tasks: Iterable[Task]) -> str:
    """``20 tasks: 2 open, 14 settled, 4 answered``; states in their own order."""
    counts = Counter(task.state for task in tasks)
    total = sum(counts.values())
    if not total:
        return "no task"
    shown = ", ".join(f"{counts[state]} {state}" for state in State if counts[state])
    return f"{counted(total, 'task')}: {shown}"


def unfinished_by_reviewer(reviews: Iterable[Review]) -> dict[str, tuple[str, ...]]:
    """Ids of the tasks that are open or started, under the name of who raised them."""
    found: dict[str, tuple[str, ...]] = {}
    for _review, task in select(reviews, states=UNFINISHED):
        found[task.reviewer.name] = (*found.get(task.reviewer.name, ()), task.id)
    return found


def record(task: Task, verdicts: Sequence[Verdict] = ()) -> dict[str, Any]:
    """The task as ``feedback list --json`` gives it.

    Args:
        verdicts: what became of each evidence when it was looked at; empty: nobody has.
    """
    seen = verdicts or tuple(evidence.unseen for evidence in task.evidence)
    return {
        "id": task.id,
        "reviewer": task.reviewer.name,
        "raised_on": task.raised_on,
        "kind": task.kind,
        "state": task.state,
        "settled_in": task.settled_in or None,
        "patch": task.anchor.patch or None,
        "file": task.anchor.file or None,
        "line": task.anchor.line or None,
        "summary": task.summary,
        "evidence": [
            {"kind": evidence.kind, "detail": evidence.detail(), "verdict": verdict}
            for evidence, verdict in zip(task.evidence, seen, strict=True)
        ],
    }


def full_record(review: Review, task: Task, verdicts: Sequence[Verdict] = ()) -> dict[str, Any]:
    """The task as ``feedback show --json`` gives it: with all texts, and where it comes from."""
    return {
        **record(task, verdicts),
        "also": [person.name for person in task.also],
        "merged_into": task.merged_into or None,
        "fixup": task.fixup or None,
        "answer": task.answer,
        "comment": task.comment,
        "quote": task.quote,
        "review": review.name,
        "date": review.date.isoformat(),
        "message_id": review.message_id or None,
        "link": review.link or None,
    }


def neighbours(reviews: Iterable[Review], task: Task) -> Iterator[Task]:
    """Tasks at the same line of the same version."""
    for _review, other in select(reviews, version=task.raised_on):
        same = (other.anchor.patch, other.anchor.file, other.anchor.line)
        if other.id != task.id and task.anchor.line and same == (
            task.anchor.patch, task.anchor.file, task.anchor.line
        ):  # fmt: skip
            yield other
