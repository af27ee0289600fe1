# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries feedback changelog`` and ``reply``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from refseries.cli import screen
from refseries.cli.context import load
from refseries.errors import SeriesError
from refseries.git import identity
from refseries.host.files import write_atomically
from refseries.kernel import base as bases
from refseries.review import changelog as texts
from refseries.review import news, store
from refseries.review import reply as replies


@dataclass(frozen=True)
class ReplyOptions:
    """The flags and arguments of ``reply``."""

    directory: Path | None
    ids: tuple[str, ...]
    mail: Path | None
    output: str
    tree: Path | None
    base_ref: str | None
    json: str | None


def changelog(
    directory: Path | None, version: str, per_patch: bool, markdown: bool, json: str | None
) -> None:
    """Write the changelog of a version to standard output."""
    found = news.of(load(directory).series, version)
    if json is not None:
        screen.show_json(texts.as_json(found), json)
    if json != "-":
        write = texts.as_markdown if markdown else texts.as_mail
        sys.stdout.write(screen.printable(write(found, per_patch=per_patch)))


def reply(options: ReplyOptions) -> None:
    """Write the replies as a mailbox; say what their author has to look at."""
    context = load(options.directory, tree=options.tree, base_ref=options.base_ref)
    series = context.series
    if options.output == options.json == "-":
        raise SeriesError(
            "mailbox and JSON cannot both go to standard output.", hint="Give one of them a file."
        )
    chosen = replies.choose(series, store.load(series), options.ids, options.mail)
    found = replies.make(
        series,
        bases.ready_for(series, context.settings),
        context.settings.cache,
        chosen,
        identity.sender(series.root),
        datetime.now().astimezone().replace(microsecond=0),
    )
    if options.json is not None:
        screen.show_json(_as_json(found), options.json)
    if not found.replies:
        screen.err().print("There is nothing to reply to.", style="yellow")
    elif options.output == "-":
        sys.stdout.buffer.write(found.mbox())
    else:
        write_atomically(Path(options.output).resolve(), found.mbox())
    notes = [*(note for each in found.replies for note in each.notes), *found.left_out]
    for note in notes:
        screen.err().print(screen.printable(f"Note: {note}"), style="yellow", soft_wrap=True)


def _as_json(found: replies.Replies) -> dict[str, object]:
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
