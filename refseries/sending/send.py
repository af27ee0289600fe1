# SPDX-License-Identifier: GPL-2.0-or-later
"""A version sent: what goes to whom, one mail after the other, and the version marked as sent."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import tomlkit
from filelock import FileLock, Timeout

from refseries import runs, store
from refseries.errors import SeriesError, StageError
from refseries.mail import examine, export
from refseries.mail.examine import Report
from refseries.mail.export import Mails, Request, Say
from refseries.model import BaseInfo, Series, Version
from refseries.sending import journal
from refseries.sending.journal import Entry, Journal, State
from refseries.sending.server import NotSent, Transport, Unknown, check_wire

NOT_LOOKED = Report(0, ())


@dataclass(frozen=True)
class Plan:
    """What is about to be sent.

    Attributes:
        mails: with their state; what was sent already is among them.
        resumed: the sending that this one goes on with; None for a new one.
        reflect: everything goes to the sender alone, and nothing is recorded.
        report: what is wrong with new mails.
    """

    version: Version
    mails: tuple[tuple[Entry, bytes, State], ...]
    resumed: Journal | None = None
    reflect: bool = False
    report: Report = NOT_LOOKED

    @property
    def waiting(self) -> tuple[Entry, ...]:
        """The mails that certainly have to go out."""
        return tuple(e for e, _raw, s in self.mails if s in (State.WAITING, State.REFUSED))

    @property
    def unknown(self) -> tuple[Entry, ...]:
        """The mails of which nobody knows whether the server took them."""
        return tuple(e for e, _raw, s in self.mails if s is State.TRYING)


@contextlib.contextmanager
def alone(series: Series, name: str) -> Iterator[Path]:
    """The folder of all sendings, while nobody else sends version ``name``.

    Raises:
        StageError: somebody does.
    """
    own = series.root / ".refseries"
    directory = own / "send"
    directory.mkdir(parents=True, exist_ok=True)
    (own / ".gitignore").write_text("*\n", encoding="utf-8")
    lock = FileLock(directory / f"{store.version(series, name).name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StageError(
            f"{name} is being sent by another refseries.",
            where=str(directory),
            hint="Wait for it to end.",
        ) from None
    try:
        yield directory
    finally:
        lock.release()


def plan(
    series: Series,
    base: BaseInfo,
    cache: Path,
    request: Request,
    directory: Path,
    say: Say,
    *,
    reflect: bool = False,
    check: bool = True,
    allow_open: bool = False,
) -> Plan:
    """Compose the mails, or find those of a sending that was interrupted.

    Args:
        directory: what ``alone`` gave.
        reflect: see Plan.
        check: look the mails over; with ``allow_open``, open tasks are no error.

    Raises:
        SeriesError: the version was sent already, or is another than what was half sent.
    """
    version = store.load_version(store.version(series, request.version).path)  # as of now
    if version.message_id is not None and not reflect:
        when = f" on {version.sent:%Y-%m-%d}" if version.sent else ""
        raise SeriesError(
            f"{version.name} was sent already{when}, as {version.message_id}.",
            where=str(version.path),
            hint="What is new belongs in the next version.",
        )
    begun = None if reflect else journal.find(directory, version.name)
    if begun is not None:
        states = begun.states()
        if begun.contents == store.digest(version) and set(states.values()) != {State.WAITING}:
            entries = ((e, begun.raw(e), states[e.message_id]) for e in begun.entries)
            return Plan(version, tuple(entries), begun)
        _discard(begun, states)
    mails = export.make(series, base, cache, request, say)
    report = NOT_LOOKED
    if check:
        report = examine.of_export(series, base, cache, mails, allow_open=allow_open, say=say)
    return Plan(version, _entries(mails, reflect), reflect=reflect, report=report)


def _discard(begun: Journal, states: dict[str, State]) -> None:
    """Forget a sending of which nothing went out."""
    if set(states.values()) & {State.SENT, State.TRYING}:
        raise SeriesError(
            "some of it was sent, and the version was changed since.",
            where=str(begun.directory),
            hint="Put the version back as it was to send the rest; the change is a new version.",
        )
    shutil.rmtree(begun.directory)


def _entries(mails: Mails, reflect: bool) -> tuple[tuple[Entry, bytes, State], ...]:
    found = []
    for number, (mail, raw) in enumerate(zip(mails.outgoing, mails.raw, strict=True)):
        everybody = [person.email for person in (*mail.to, *mail.cc)]
        entry = Entry(
            message_id=mail.message_id,
            subject=mail.subject,
            sender=mail.sender.email,
            recipients=(mail.sender.email,) if reflect else tuple(dict.fromkeys(everybody)),
            file=f"{number:04}.eml",
        )
        check_wire(raw, mail.subject)
        found.append((entry, raw, State.WAITING))
    if not found[0][0].recipients:
        raise SeriesError(
            "nobody would get it.",
            where="--to",
            hint='Name the list with --to, or in series.toml: [recipients] to = ["…"].',
        )
    return tuple(found)


def run(
    plan: Plan,
    directory: Path,
    transport: Transport,
    tell: Callable[[Entry, int], None],
    unsure: State | None = None,
) -> None:
    """Send what is not sent yet, in order; stops at the first mail that does not go out.

    Args:
        directory: what ``alone`` gave.
        tell: called with each mail that went out, and its number among all.
        unsure: what to take a mail for whose fate is not known: ``sent``, or ``waiting`` to send
            it (perhaps again); None refuses.

    Raises:
        SeriesError: the fate of a mail is not known, and nobody said what to do.
        StageError: the server refused a mail, or went away; says what was sent.
    """
    refuse_unknown(plan, unsure)
    if plan.reflect:
        for number, (entry, raw, _state) in enumerate(plan.mails, 1):
            _send_one(plan, entry, raw, transport, None)
            tell(entry, number)
        return
    log = plan.resumed or journal.begin(
        directory,
        plan.version.name,
        store.digest(plan.version),
        [(entry, raw) for entry, raw, _state in plan.mails],
    )
    for number, (entry, raw, state) in enumerate(plan.mails, 1):
        if state is State.TRYING and unsure is State.SENT:
            log.note(entry, State.SENT, "as the user says")
        elif state is not State.SENT:
            _send_one(plan, entry, raw, transport, log)
            tell(entry, number)
    record(plan.version, [entry.message_id for entry, _raw, _state in plan.mails])


def refuse_unknown(plan: Plan, unsure: State | None) -> None:
    """Refuse to go on while the fate of a mail is not known and nobody says what to do.

    Raises:
        SeriesError: that is so; names the mails.
    """
    if not plan.unknown or unsure is not None:
        return
    names = ", ".join(f"`{entry.subject}`" for entry in plan.unknown)
    raise SeriesError(
        f"the server may or may not have taken {names}: the sending ended before its answer.",
        where=str(plan.resumed.directory if plan.resumed else ""),
        hint="See whether it is on the list, then say --unsure sent, or --unsure again.",
    )


def _send_one(
    plan: Plan, entry: Entry, raw: bytes, transport: Transport, log: Journal | None
) -> None:
    def note(state: State, why: str = "") -> None:
        if log is not None:
            log.note(entry, state, why)

    try:
        transport.send(entry.sender, entry.recipients, raw, lambda: note(State.TRYING))
    except NotSent as error:
        note(State.REFUSED, str(error))
        raise _failed(plan, entry, f"the server refused it: {error}", log) from error
    except Unknown as error:
        text = f"nobody knows whether the server took it: {error}"
        raise _failed(plan, entry, text, log) from error
    note(State.SENT)


def _failed(plan: Plan, entry: Entry, what: str, log: Journal | None) -> StageError:
    states = log.states() if log else {}
    sent = sum(state is State.SENT for state in states.values())
    again = f"refseries send {plan.version.name}"
    hint = "Mend that, and try again."
    if log is not None:
        hint = (
            f"{sent} of {len(plan.mails)} mails are sent. Mend that, and run `{again}` again: it "
            "goes on with those that are not."
        )
    return StageError(f"{what}.", where=entry.subject, hint=hint)


def record(version: Version, message_ids: list[str]) -> None:
    """Mark ``version`` as sent in its version.toml; whatever else stands there stays."""
    path = version.path / "version.toml"
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    document["message_id"] = message_ids[0]
    sent = tomlkit.inline_table()
    sent["when"] = datetime.now(UTC).replace(microsecond=0)
    sent["message_ids"] = message_ids
    sent["digest"] = store.digest(version)
    document["sent"] = sent
    runs.write_atomically(path, tomlkit.dumps(document))


def with_moment(request: Request) -> Request:
    """``request`` dated now, unless it has a date."""
    return request if request.date else replace(request, date=export.moment("now"))
