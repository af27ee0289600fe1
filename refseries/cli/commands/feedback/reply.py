# SPDX-License-Identifier: GPL-2.0-or-later
"""Write the answer to each review mail, every point with its proof, for you to edit and send.

What still needs your hand is said on standard error.

Example: refseries feedback reply -o replies.mbox; mutt -f replies.mbox
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refseries.cli import complete, screen
from refseries.cli.context import load
from refseries.cli.options import BaseOptions, JsonOptions
from refseries.errors import SeriesError
from refseries.git import identity
from refseries.host import clock
from refseries.host.files import write_atomically
from refseries.host.scratch import sweep
from refseries.host.text import counted
from refseries.kernel import base
from refseries.review import store

if TYPE_CHECKING:
    from refseries.review import reply


@dataclass(frozen=True, kw_only=True)
class ReplyOptions(BaseOptions, JsonOptions):
    """Which tasks are answered, and where the mails go."""

    ids: Annotated[
        tuple[str, ...],
        typer.Argument(
            metavar="ID…",
            help="Tasks; default: all that the newest version settles, answers or leaves open.",
            autocompletion=complete.tasks,
        ),
    ] = ()
    mail: Annotated[
        Path | None,
        typer.Option(
            "--mail", metavar="FILE", help="The tasks of this saved mail, or of a review's file."
        ),
    ] = None
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="FILE", help="The mailbox; - is standard output."),
    ] = "-"


def main(options: ReplyOptions) -> None:
    """Write the replies as a mailbox; say what their author has to look at."""
    from refseries.review import reply

    context = load(options)
    series = context.series
    if options.output == options.json == "-":
        raise SeriesError(
            "mailbox and JSON cannot both go to standard output.", hint="Give one of them a file."
        )
    chosen = reply.choose(series, store.load(series), options.ids, options.mail)
    found = reply.make(
        series,
        base.ready_for(series, context.settings),
        context.settings.cache,
        chosen,
        identity.sender(series.root),
        clock.now().astimezone(),
    )
    if options.json is not None:
        screen.show_json(_as_json(found), options.json)
    if not found.replies:
        screen.err().print("There is nothing to reply to.", style="yellow")
    elif options.output == "-":
        sys.stdout.buffer.write(found.mbox())
    else:
        path = Path(options.output).resolve()
        sweep(path.parent)
        write_atomically(path, found.mbox())
        if options.json != "-":
            replies = counted(len(found.replies), "reply", "replies")
            screen.say(f"{replies} written to {options.output}, to look over, edit and send.")
    notes = [*(note for each in found.replies for note in each.notes), *found.left_out]
    for note in notes:
        screen.note(note)


def _as_json(found: reply.Replies) -> dict[str, object]:
    return {
        "schema": 1,
        "replies": [
            {
                "review": each.review,
                "tasks": each.tasks,
                "to": [person.email for person in each.mail.to],
                "cc": [person.email for person in each.mail.cc],
                "subject": each.mail.subject,
                "message_id": each.mail.message_id,
                "in_reply_to": each.mail.in_reply_to,
                "references": each.mail.references,
                "notes": each.notes,
            }
            for each in found.replies
        ],
        "left_out": found.left_out,
    }
