# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries export``."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from refseries import address
from refseries.cli import screen
from refseries.cli.context import find_base, load
from refseries.errors import SeriesError, StageError
from refseries.mail import examine, write
from refseries.mail import export as core
from refseries.mail.examine import Report
from refseries.mail.export import Mails
from refseries.mail.form import Format
from refseries.model import Series

_MARGIN = 6  # columns in front of addresses
NOBODY = "nobody: see --to, or recipients in series.toml"


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
    creation_factor: int
    sign: bool
    allow_open: bool
    check: bool
    tree: Path | None
    base_ref: str | None
    json: str | None
    quiet: bool


def export(options: Options) -> None:
    """Compose the mails of a version, look them over, write them, and show what was written.

    Leaves with 1 and writes nothing when something is wrong with them.
    """
    request = _request(options)
    context = load(options.directory, tree=options.tree, base_ref=options.base_ref)
    request = replace(request, changelog=lambda: changelog(context.series, options.version))
    info = find_base(context, options.quiet)
    series, cache = context.series, context.settings.cache
    report = Report(0, ())
    with screen.progress(options.quiet) as progress:
        mails = core.make(series, info, cache, request, progress)
        if options.check:
            report = examine.of_export(
                series, info, cache, mails, allow_open=options.allow_open, say=progress
            )
    if not report.errors:
        _write(mails, options)
    if options.json is not None:
        screen.show_json(_as_json(mails, report, options.output), options.json)
    if report.findings and options.json != "-":
        from refseries.cli import findings_view

        findings_view.show(screen.err(), report)
    if report.errors:
        count = "1 error" if report.errors == 1 else f"{report.errors} errors"
        raise StageError(
            f"{count} in the mails of {options.version}; nothing was written.",
            hint="Mend what stands above, or give --no-check.",
        )
    if options.json != "-" and options.output != "-":
        _show(mails, options.output)


def changelog(series: Series, version: str) -> str:
    """What a version changes, from the tasks that it settles."""
    from refseries.feedback import news

    return news.text(series, version)


def _write(mails: Mails, options: Options) -> None:
    if options.output == "-":
        sys.stdout.buffer.write(write.mboxrd(mails.raw))
    else:
        core.save(mails, Path(options.output).expanduser(), options.form)


def _request(options: Options) -> core.Request:
    if options.output == "-" and (options.form is not Format.MBOX or options.json == "-"):
        raise SeriesError(
            "only a mailbox alone can go to standard output.",
            where="--output",
            hint="Name a file or folder.",
        )
    return core.Request(
        version=options.version,
        to=tuple(address.person(text, "--to") for text in options.to),
        cc=tuple(address.person(text, "--cc") for text in options.cc),
        date=core.moment(options.date) if options.date else None,
        cover=options.cover_letter,
        in_reply_to=core.message_id(options.in_reply_to) if options.in_reply_to else "",
        rfc=options.rfc,
        resend=options.resend,
        range_diff=options.range_diff,
        creation_factor=options.creation_factor,
        ask_maintainers=options.maintainers,
        sign=options.sign,
    )


def _show(mails: Mails, output: str) -> None:
    for mail in mails.outgoing:
        screen.say(mail.subject)
    first = mails.outgoing[0]
    screen.say_field("from", write.in_body(first.sender), _MARGIN)
    if not first.to:
        screen.say_field("to", NOBODY, _MARGIN)
    for name, people in (("to", first.to), ("cc", first.cc)):
        if people:
            screen.say_field(name, ", ".join(person.email for person in people), _MARGIN)
    screen.say(f"{'id':<{_MARGIN}}{first.message_id}")
    count = "1 mail" if len(mails.raw) == 1 else f"{len(mails.raw)} mails"
    screen.say(f"{count} written to {output}")


def _as_json(mails: Mails, report: Report, output: str) -> dict[str, Any]:
    first = mails.outgoing[0]
    return {
        "schema": 1,
        "output": None if report.errors else output,
        "change_id": mails.posting.change_id,
        "from": first.sender,
        "to": first.to,
        "cc": first.cc,
        "mails": [
            {"message_id": mail.message_id, "subject": mail.subject, "date": mail.date}
            for mail in mails.outgoing
        ],
        "findings": report.findings,
    }
