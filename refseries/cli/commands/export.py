# SPDX-License-Identifier: GPL-2.0-or-later
"""Write a version as the mail that goes to the list, for b4, git send-email or git am.

Example: refseries export v4 -o v4.mbx --to linux-mm@kvack.org
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from refseries.cli import screen
from refseries.cli.context import find_base, load
from refseries.cli.mail_options import MailOptions, who_gets_it
from refseries.errors import SeriesError, StageError
from refseries.host.homes import expanded
from refseries.host.text import counted
from refseries.mail import write
from refseries.mail.format import Format

if TYPE_CHECKING:
    from refseries.posting.examine import MailReport
    from refseries.posting.export import Mails

_MARGIN = 6  # columns in front of addresses


@dataclass(frozen=True, kw_only=True)
class ExportOptions(MailOptions):
    """Where the mails are written, in which form, and with which date."""

    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="PATH", help="Mailbox, or new folder; - is standard output."
        ),
    ]
    form: Annotated[
        Format,
        typer.Option("--format", metavar="FORM", help="mbox, maildir, or eml: a file a mail."),
    ] = Format.MBOX
    date: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN", help="now, or as 2026-11-24T10:00Z; default: the version's date."
        ),
    ] = None


def main(options: ExportOptions) -> None:
    """Compose the mails of a version, look them over, write them, and show what was written.

    Leaves with 1 and writes nothing when something is wrong with them.
    """
    from refseries.posting import examine, export
    from refseries.posting.examine import MailReport

    if options.output == "-" and (options.form is not Format.MBOX or options.json == "-"):
        raise SeriesError(
            "only a mailbox alone can go to standard output.",
            where="--output",
            hint="Name a file or folder.",
        )
    request = options.request(options.date)
    context = load(options)
    series, cache, version = context.series, context.settings.cache, request.version
    info = find_base(context, options.quiet)
    request = options.with_texts(request, series, info, cache)
    report = MailReport(0, ())
    with screen.progress(options.quiet) as progress:
        mails = export.make(series, info, cache, request, progress)
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

        findings_view.show(report, to_err=True)
    if report.errors:
        raise StageError(
            f"{counted(report.errors, 'error')} in the mails of {version}; nothing was written.",
            hint="Fix what stands above, or give --no-check.",
        )
    if options.json != "-" and options.output != "-":
        _show(mails, options.output)
        for what in report.untested:
            screen.say_sentence(f"Note: {what}; see refseries test {version} --by-patch")


def _write(mails: Mails, options: ExportOptions) -> None:
    from refseries.posting import export

    if options.output == "-":
        sys.stdout.buffer.write(write.mboxrd(mails.raw))
    else:
        export.save(mails, expanded(options.output), options.form)


def _show(mails: Mails, output: str) -> None:
    for mail in mails.outgoing:
        screen.say(mail.subject)
    first = mails.outgoing[0]
    for name, text in who_gets_it(first.sender, first.to, first.cc, mails.posting.joined):
        screen.say_field(name, text, _MARGIN)
    screen.say(f"{'id':<{_MARGIN}}{first.message_id}")
    screen.say(f"{counted(len(mails.raw), 'mail')} written to {output}")


def _as_json(mails: Mails, report: MailReport, output: str) -> dict[str, Any]:
    first = mails.outgoing[0]
    return {
        "schema": 1,
        "output": None if report.errors else output,
        "change_id": mails.posting.change_id,
        "from": first.sender,
        "to": first.to,
        "cc": first.cc,
        "joined": mails.posting.joined,
        "mails": [
            {"message_id": mail.message_id, "subject": mail.subject, "date": mail.date}
            for mail in mails.outgoing
        ],
        "findings": report.findings,
        "untested": report.untested,
    }
