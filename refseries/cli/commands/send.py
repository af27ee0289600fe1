# SPDX-License-Identifier: GPL-2.0-or-later
"""Send a version to the list, by what git's configuration says for git send-email.

Example: refseries send v4 --to linux-mm@kvack.org --dry-run
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from refseries.cli import asking, findings_view, screen
from refseries.cli.context import find_base, load
from refseries.cli.mail_options import MailOptions, who_gets_it
from refseries.errors import SeriesError, StageError, Stopped
from refseries.host.text import counted
from refseries.posting.sending.journal import JournalEntry, SendState
from refseries.posting.sending.smtp_config import Server, configured

if TYPE_CHECKING:
    from refseries.posting.sending.send import SendPlan

_STYLES = {SendState.SENT: "green", SendState.TRYING: "red", SendState.REFUSED: "yellow"}
_WORDS = {
    SendState.TRYING: "perhaps sent",
    SendState.REFUSED: "refused before",
    SendState.SENT: "sent",
}


@dataclass(frozen=True, kw_only=True)
class SendOptions(MailOptions):
    """Whether it is sent, to whom, and what is done about an earlier sending."""

    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show who would get what; send nothing.")
    ] = False
    reflect: Annotated[
        bool, typer.Option("--reflect", help="Send all of it to yourself alone, to look at.")
    ] = False
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False
    unsure: Annotated[
        str | None,
        typer.Option(
            metavar="sent|again",
            help="What to do about a mail of which nobody knows whether it went out.",
        ),
    ] = None
    resend: Annotated[
        bool, typer.Option("--resend", help="Post a version that was sent already once more.")
    ] = False


def main(options: SendOptions) -> None:
    """Show who gets what, ask once, send it, and mark the version as sent."""
    from refseries.posting.sending import send

    unsure = _unsure(options.unsure)
    request = send.with_moment(options.request())
    version = request.version
    context = load(options)
    series, cache = context.series, context.settings.cache
    server = configured(series.root)
    info = find_base(context, options.quiet)
    request = options.with_texts(request, series, info, cache)
    with send.alone(series, version) as directory:
        with screen.progress(options.quiet) as progress:
            plan = send.plan(
                series, info, cache, request, directory, progress,
                reflect=options.reflect, check=options.check, allow_open=options.allow_open,
            )  # fmt: skip
        if options.json != "-":
            show(screen.out(), plan, str(server))
        if plan.report.findings and options.json != "-":
            findings_view.show(plan.report, to_err=True)
        if plan.report.errors:
            raise StageError(
                f"something is wrong with the mails of {version}; nothing was sent.",
                hint="Fix what stands above, or give --no-check.",
            )
        if not options.dry_run:
            _send(options, plan, server, directory, unsure)
        elif options.json != "-":
            left = plan.left(unsure)
            told = f"{_what(plan, left)}; nothing was sent."
            if not left and not plan.unknown:
                told = f"All of it is sent; `{plan.command}` has only to write that down."
            screen.say(f"\n{told}")
    if options.json is not None:
        screen.show_json(_as_json(plan, str(server), options.dry_run), options.json)


def _unsure(word: str | None) -> SendState | None:
    states = {"sent": SendState.SENT, "again": SendState.WAITING}
    if word is not None and word not in states:
        raise SeriesError(
            f"`{word}` is neither sent nor again.", where="--unsure", hint="Say one of them."
        )
    return states[word] if word else None


def _send(
    options: SendOptions, plan: SendPlan, server: Server, directory: Path, unsure: SendState | None
) -> None:
    from refseries.posting.sending import send
    from refseries.posting.sending.transport import connected

    send.refuse_unknown(plan, unsure)
    left = plan.left(unsure)
    if left and not options.yes:
        _ask(plan, left)
    console = screen.err()

    def tell(entry: JournalEntry, number: int) -> None:
        if not options.quiet:
            text = f"sent {number} of {len(plan.mails)}: {entry.subject}"
            console.print(Text(screen.printable(text)), soft_wrap=True)

    with contextlib.ExitStack() as stack:
        transport = None
        if left:  # else the last run could not say in version.toml that all of it is sent
            transport = stack.enter_context(connected(server, directory))
        send.run(plan, directory, transport, tell, unsure)
    if options.json != "-":
        name = plan.version.name
        end = "all of it went to you alone" if plan.reflect else f"{name} is sent"
        screen.out().print(Text(f"\n{end}.", style="green"))


def _ask(plan: SendPlan, left: Sequence[JournalEntry]) -> None:
    """Go on only after a yes.

    Raises:
        SeriesError: nobody is there to say it.
        Stopped: he said no, or went away.
    """
    if not sys.stdin.isatty():
        raise SeriesError(
            "nobody can be asked whether to send it: standard input is no terminal.",
            hint="Look at it with --dry-run, then say --yes.",
        )
    try:
        agreed = asking.confirm(f"\nSend {_what(plan, left)}?")
    except Stopped:  # Ctrl-C
        screen.err().print()
        agreed = False
    if not agreed:
        raise Stopped(f"{'nothing more' if plan.resumed else 'nothing'} was sent.")


def _what(plan: SendPlan, left: Sequence[JournalEntry]) -> str:
    people = {name for entry in left for name in entry.recipients}
    whom = "yourself alone" if plan.reflect else counted(len(people), "address", "addresses")
    return f"{counted(len(left), 'mail')} to {whom}"


def show(console: Console, plan: SendPlan, server: str) -> None:
    """Print what goes to whom, by which server."""
    first, raw, _state = plan.mails[0]
    if plan.resumed:
        text = "An earlier sending was interrupted; these are its mails, as they were composed."
        console.print(Text(text, style="yellow"))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for entry, _raw, state in plan.mails:
        word = Text(_WORDS.get(state, "to send"), style=_STYLES.get(state, ""))
        table.add_row(word, Text(screen.printable(entry.subject)))
    for name, text in (*_people(plan, first, raw), ("by", server)):
        table.add_row(name, Text(screen.printable(text)))
    console.print(table)


def _people(plan: SendPlan, first: JournalEntry, raw: bytes) -> Iterator[tuple[str, str]]:
    """Who sends and who gets it, as the first mail says; all have the same."""
    from refseries.mail import write
    from refseries.mail.decode import decode

    mail = decode(raw, first.file)
    if plan.reflect:
        yield "from", write.in_body(mail.author)
        yield "to", f"{first.sender} alone"
    else:
        yield from who_gets_it(mail.author, mail.to, mail.cc, plan.joined)


def _as_json(plan: SendPlan, server: str, dry_run: bool) -> dict[str, object]:
    return {
        "schema": 1,
        "version": plan.version.name,
        "server": server,
        "sent": not dry_run,
        "reflected": plan.reflect,
        "mails": [
            {
                "message_id": entry.message_id,
                "subject": entry.subject,
                "from": entry.sender,
                "recipients": entry.recipients,
                "state_before": state,
            }
            for entry, _raw, state in plan.mails
        ],
    }
