# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries export``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from refseries import store
from refseries.cli import screen
from refseries.cli.context import find_base, load
from refseries.errors import SeriesError
from refseries.mail import export as core
from refseries.mail import write
from refseries.mail.export import Mails
from refseries.mail.form import Format
from refseries.model import Identity


@dataclass(frozen=True)
class Options:
    """The flags and arguments."""

    directory: Path | None
    version: str
    output: str
    form: Format
    to: tuple[str, ...]
    cc: tuple[str, ...]
    maintainers: bool
    date: str | None
    in_reply_to: str | None
    rfc: bool
    resend: bool
    cover_letter: bool | None
    range_diff: str | None
    tree: Path | None
    base_ref: str | None
    json: str | None
    quiet: bool


def export(options: Options) -> None:
    """Compose the mails of a version, look them over, write them, and show what was written."""
    request = _request(options)
    context = load(options.directory, tree=options.tree, base_ref=options.base_ref)
    info = find_base(context, options.quiet)
    with screen.progress(options.quiet) as progress:
        mails = core.make(context.series, info, context.settings.cache, request, progress)
    if options.output == "-":
        sys.stdout.buffer.write(write.mboxrd(mails.raw))
        return
    core.save(mails, Path(options.output).expanduser(), options.form)
    if options.json is not None:
        screen.show_json(_as_json(mails, options.output), options.json)
    if options.json != "-":
        _show(mails, options.output)


def _request(options: Options) -> core.Request:
    if options.output == "-" and (options.form is not Format.MBOX or options.json == "-"):
        raise SeriesError(
            "only a mailbox alone can go to standard output.",
            where="--output",
            hint="Name a file or folder.",
        )
    return core.Request(
        version=options.version,
        to=tuple(store.person(text, "--to") for text in options.to),
        cc=tuple(store.person(text, "--cc") for text in options.cc),
        date=core.moment(options.date) if options.date else None,
        cover=options.cover_letter,
        in_reply_to=core.message_id(options.in_reply_to) if options.in_reply_to else "",
        rfc=options.rfc,
        resend=options.resend,
        range_diff=options.range_diff,
        ask_maintainers=options.maintainers,
    )


def _show(mails: Mails, output: str) -> None:
    console = screen.out()
    for mail in mails.outgoing:
        console.print(Text(screen.printable(mail.subject)), soft_wrap=True)
    first = mails.outgoing[0]
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("from", Text(screen.printable(write.in_body(first.sender))))
    for name, people in (("to", first.to), ("cc", first.cc)):
        if people:
            table.add_row(name, _addresses(people))
    console.print(table)
    console.print(f"id    {first.message_id}", soft_wrap=True)
    console.print(f"{len(mails.raw)} mails written to {output}", soft_wrap=True)


def _addresses(people: tuple[Identity, ...]) -> Text:
    return Text(screen.printable(", ".join(person.email for person in people)))


def _as_json(mails: Mails, output: str) -> dict[str, Any]:
    first = mails.outgoing[0]
    return {
        "schema": 1,
        "output": output,
        "change_id": mails.posting.change_id,
        "from": first.sender,
        "to": first.to,
        "cc": first.cc,
        "mails": [
            {"message_id": mail.message_id, "subject": mail.subject, "date": mail.date}
            for mail in mails.outgoing
        ],
    }
