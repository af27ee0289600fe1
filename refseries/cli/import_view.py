# SPDX-License-Identifier: GPL-2.0-or-later
"""How the screen and JSON have what imported mails came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from refseries.cli import screen
from refseries.host.text import counted
from refseries.review.model import COVER, Review, Task

if TYPE_CHECKING:
    from refseries.review.imported import Imported, LeftOut, Why
    from refseries.review.reading.anchor import Certainty

_SHOWN = 12  # mails that are left out for one reason and named on the screen; JSON has them all


def show(
    console: Console, found: Imported, dry_run: bool, quiet: bool, *, fetched: bool = False
) -> None:
    """Reviews with their tasks and tags, then what was left out, by the reason.

    Args:
        fetched: nobody named these mails, and most of them were there the last time: those that
            were imported before, and the patches, are counted and not named.
    """
    new = set(found.new)
    for review in found.reviews.values():
        tasks = [task for task in review.tasks if task.id in new]
        if tasks or review.trailers or review.people:
            _show_review(console, review, tasks, found)
    _show_answers(console, found)
    _show_left_out(console, found, quiet, fetched)
    count = counted(len(new), "new task")
    if dry_run:
        console.print(Text(f"{count}; nothing was written.", style="bold"))
    elif new:
        names = ", ".join(f"{name}.toml" for name in found.reviews)
        console.print(Text(f"{count} in series/feedback: {names}", style="bold"))
    else:
        console.print(Text(f"{count}.", style="bold"))


def _show_left_out(console: Console, found: Imported, quiet: bool, fetched: bool) -> None:
    from refseries.review.imported import Why

    unnamed = (Why.KNOWN, Why.PATCH) if fetched else ()
    for why, (text, style) in _reasons().items():
        mails = [one for one in found.left_out if one.why is why]
        if mails and not (quiet and style == "dim"):
            end = "" if why in unnamed else ":"
            console.print(Text(f"{counted(len(mails), 'mail')} {text}{end}", style=style))
            if why in unnamed:
                continue
            for one in mails[:_SHOWN]:
                screen.say((f"  {_mail(one)}", style))
            if len(mails) > _SHOWN:
                console.print(Text(f"  … and {len(mails) - _SHOWN} more", style=style))


def _show_answers(console: Console, found: Imported) -> None:
    if found.joined:
        ids = ", ".join(dict.fromkeys(found.joined))
        console.print(Text(screen.printable(f"Answered, and joined to the discussion: {ids}")))
    if found.withdrawn:
        ids = ", ".join(found.withdrawn)
        console.print(Text(screen.printable(f"Withdrawn by their reviewer: {ids}")))


def _reasons() -> dict[Why, tuple[str, str]]:
    """How the screen has each reason to leave a mail out, and in which style."""
    from refseries.review.imported import Why

    return {
        Why.UNREADABLE: ("cannot be read", "red"),
        Why.FOREIGN: ("left out, of no version", "yellow"),
        Why.KNOWN: ("imported before", "default"),
        Why.PATCH: ("left out, patches or cover letters", "dim"),
        Why.AUTHOR: ("left out, by an author of the series", "dim"),
        Why.EMPTY: ("left out, asking for nothing", "dim"),
        Why.AUTOMATIC: ("left out, sent by a program that asks for nothing", "dim"),
        Why.TAKEN: ("left out, saying that the version was taken", "default"),
    }


def _show_review(console: Console, review: Review, tasks: list[Task], found: Imported) -> None:
    heading = f"{review.reviewer.name} on {review.version}, {review.date:%Y-%m-%d}"
    console.print(Text(screen.printable(heading), style="bold"))
    rows = [
        (task.id, str(task.kind), where(task, found.certainties[task.id]), task.summary)
        for task in tasks
    ]
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    width = console.width
    for column in range(3):  # these are to be copied; the summary takes what is left
        longest = max((len(row[column]) for row in rows), default=0)
        table.add_column(min_width=longest, no_wrap=True)
        width -= longest + 2
    for row in rows:
        *cells, summary = (Text(screen.printable(cell)) for cell in row)
        summary.truncate(max(width, 10), overflow="ellipsis")
        table.add_row(*cells, summary)
    if tasks:
        console.print(table)
    given: dict[str, list[str]] = {}
    for trailer in review.trailers:
        given.setdefault(f"{trailer.name}: {trailer.value}", []).append(trailer.patch)
    for tag, names in given.items():
        listed = ", ".join(name.partition("-")[0].lstrip("0") or name for name in names)
        screen.say(f"{tag} (patches {listed})" if len(names) > 1 else tag)
    if review.people:
        _show_people(review)
    console.print()


def _show_people(review: Review) -> None:
    listed = ", ".join(person.email for person in review.people)
    screen.say(f"also sent to {listed}")


def where(task: Task, certainty: Certainty) -> str:
    """What a task is about, as short as it can be said."""
    from refseries.review.reading.anchor import Certainty

    anchor = task.anchor
    if anchor.file and anchor.line:
        near = "~" if certainty is Certainty.NEAR else ""
        return f"{near}{_tail(anchor.file)}:{anchor.line}"
    if anchor.file:
        return f"{_tail(anchor.file)}, no line"
    if certainty is Certainty.NONE:
        return "no place found"
    text = "cover" if anchor.patch == COVER else f"message {anchor.patch[:4]}"
    return f"{text}:{anchor.line}" if anchor.line else text


def _tail(path: str) -> str:
    return path if len(path) <= 20 else f"…{path[-19:]}"


def _mail(one: LeftOut) -> str:
    from refseries.review.imported import Why

    subject = f" ({one.subject[:60]})" if one.subject else ""
    # What the others are says their heading.
    text = "" if one.why in (Why.PATCH, Why.AUTHOR) else f": {one.text}"
    return screen.printable(f"{one.source}{subject}{text}")


def as_json(found: Imported, dry_run: bool) -> dict[str, object]:
    """What the mails came to, as the commands that import mails write it."""
    new = set(found.new)
    return {
        "schema": 1,
        "dry_run": dry_run,
        "reviews": [
            {
                "name": review.name,
                "version": review.version,
                "reviewer": review.reviewer,
                "date": review.date,
                "message_id": review.message_id,
                "link": review.link,
                "trailers": review.trailers,
                "people": review.people,
                "tasks": [
                    {
                        "id": task.id,
                        "kind": task.kind,
                        "summary": task.summary,
                        "patch": task.anchor.patch,
                        "file": task.anchor.file,
                        "line": task.anchor.line,
                        "text": task.anchor.text,
                        "certainty": found.certainties[task.id],
                        "comment": task.comment,
                    }
                    for task in review.tasks
                    if task.id in new
                ],
            }
            for review in found.reviews.values()
        ],
        "joined": found.joined,
        "withdrawn": found.withdrawn,
        "left_out": found.left_out,
    }
