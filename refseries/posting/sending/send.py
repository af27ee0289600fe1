# SPDX-License-Identifier: GPL-2.0-or-later
"""A version sent: what goes to whom, one mail after the other, and the version marked as sent."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import tomlkit
from filelock import FileLock, Timeout

from refseries.errors import HostError, SeriesError, StageError
from refseries.host import clock, transaction
from refseries.host.progress import Say
from refseries.host.text import counted
from refseries.mail.write import recipient
from refseries.model import BaseInfo, Identity, Series, Version
from refseries.posting import examine, export
from refseries.posting.examine import MailReport
from refseries.posting.export import ExportRequest, Mails
from refseries.posting.sending import journal
from refseries.posting.sending.journal import Journal, JournalEntry, SendState
from refseries.posting.sending.transport import NotSent, Transport, Unknown, check_wire
from refseries.series import store

NOT_LOOKED = MailReport(0, ())


@dataclass(frozen=True)
class SendPlan:
    """What is about to be sent.

    Attributes:
        mails: with their state; what was sent already is among them.
        resumed: the sending that this one goes on with; None for a new one.
        reflect: everything goes to the sender alone, and nothing is recorded.
        resend: the version was sent before.
        report: what is wrong with new mails.
        joined: who gets a copy for an earlier version alone; of new mails.
        named: whom the user names for it, as ``Name <address>``.
    """

    version: Version
    mails: tuple[tuple[JournalEntry, bytes, SendState], ...]
    resumed: Journal | None = None
    reflect: bool = False
    resend: bool = False
    report: MailReport = NOT_LOOKED
    joined: tuple[Identity, ...] = ()
    named: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Of its folder; one of its own for a version that is sent again."""
        return _name(self.version, self.resend)

    @property
    def command(self) -> str:
        """What goes on with it."""
        return _command(self.version, self.resend)

    @property
    def unknown(self) -> tuple[JournalEntry, ...]:
        """The mails of which nobody knows whether the server took them."""
        return tuple(e for e, _raw, s in self.mails if s is SendState.TRYING)

    def left(self, unsure: SendState | None) -> tuple[JournalEntry, ...]:
        """The mails that go out now; ``unsure`` as for ``run``."""
        again = {
            SendState.WAITING,
            SendState.REFUSED,
            *([SendState.TRYING] if unsure is SendState.WAITING else []),
        }
        return tuple(e for e, _raw, s in self.mails if s in again)


@contextlib.contextmanager
def alone(series: Series, name: str) -> Iterator[Path]:
    """The folder of all sendings, while nobody else sends version ``name``.

    Raises:
        StageError: somebody does.
    """
    directory = store.own_directory(series.root) / "send"
    directory.mkdir(exist_ok=True)
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
    request: ExportRequest,
    directory: Path,
    say: Say,
    *,
    reflect: bool = False,
    check: bool = True,
    allow_open: bool = False,
) -> SendPlan:
    """Compose the mails, or find those of a sending that was interrupted.

    Args:
        directory: what ``alone`` gave.
        reflect: see SendPlan.
        check: look the mails over; with ``allow_open``, open tasks are no error.

    Raises:
        SeriesError: the version was sent already, or is another than what was half sent.
    """
    version = store.load_version(store.version(series, request.version).path)  # as of now
    name = _name(version, request.resend)
    begun = None
    if not reflect:
        _check_sent(version, request.resend, directory)
        begun = journal.find(directory, name)
    if begun is not None:
        states = begun.states()
        if begun.contents == store.digest(version) and begun.under_way:
            entries = ((e, begun.raw(e), states[e.message_id]) for e in begun.entries)
            return SendPlan(
                version, tuple(entries), begun, resend=request.resend, named=begun.named
            )
        _discard(begun, states)
    mails = export.make(series, base, cache, request, say)
    report = NOT_LOOKED
    if check:
        report = examine.of_export(series, base, cache, mails, allow_open=allow_open, say=say)
    return SendPlan(
        version, _entries(mails, reflect), reflect=reflect, resend=request.resend, report=report,
        joined=mails.posting.joined, named=tuple(map(recipient, (*request.to, *request.cc))),
    )  # fmt: skip


def _name(version: Version, resend: bool) -> str:
    return f"{version.name}-resend" if resend else version.name


def _command(version: Version, resend: bool) -> str:
    return f"refseries send {version.name}{' --resend' if resend else ''}"


def unfinished(series: Series) -> dict[str, str]:
    """The versions of which a sending began and did not end, and the command that goes on with it.

    One that was sent already and is being sent again counts as well.
    """
    directory = series.root / store.OWN / "send"
    found = {}
    for version in series.versions:
        resend = version.message_id is not None
        try:
            begun = journal.find(directory, _name(version, resend))
            going = begun is not None and begun.under_way
        except SeriesError:
            going = True  # `send` says what is wrong with it
        if going:
            found[version.name] = _command(version, resend)
    return found


def _check_sent(version: Version, resend: bool, directory: Path) -> None:
    """Refuse to send a version twice by accident, and to send one again that never was."""
    if version.message_id is None and resend:
        raise SeriesError(
            f"{version.name} was not sent yet, so it cannot be sent again.",
            where="--resend",
            hint=f"`refseries send {version.name}` sends it, and goes on with what an interrupted "
            "sending left. If it was posted in another way, say so in version.toml: message_id.",
        )
    if version.message_id is not None and not resend:
        hint = "What is new belongs in the next version; --resend posts the same once more."
        again = journal.find(directory, _name(version, True))
        if again is not None and again.under_way:
            hint = "Its resending was interrupted; --resend goes on with it."
        when = f" on {version.sent:%Y-%m-%d}" if version.sent else ""
        raise SeriesError(
            f"{version.name} was sent already{when}, as {version.message_id}.",
            where=str(version.path),
            hint=hint,
        )


def _discard(begun: Journal, states: dict[str, SendState]) -> None:
    """Forget a sending of which nothing went out."""
    if set(states.values()) & {SendState.SENT, SendState.TRYING}:
        raise SeriesError(
            "some of it was sent, and the version was changed since.",
            where=str(begun.directory),
            hint="Put the version back as it was to send the rest; the change is a new version.",
        )
    shutil.rmtree(begun.directory)


def _entries(mails: Mails, reflect: bool) -> tuple[tuple[JournalEntry, bytes, SendState], ...]:
    found = []
    for number, (mail, raw) in enumerate(zip(mails.outgoing, mails.raw, strict=True)):
        everybody = [person.email for person in (*mail.to, *mail.cc)]
        entry = JournalEntry(
            message_id=mail.message_id,
            subject=mail.subject,
            sender=mail.sender.email,
            recipients=(mail.sender.email,) if reflect else tuple(dict.fromkeys(everybody)),
            file=f"{number:04}.eml",
        )
        check_wire(raw, mail.subject)
        found.append((entry, raw, SendState.WAITING))
    if not found[0][0].recipients:
        raise SeriesError(
            "nobody would get it.",
            where="--to",
            hint='Name the list with --to, or in series.toml: [recipients] to = ["…"].',
        )
    return tuple(found)


def run(
    plan: SendPlan,
    directory: Path,
    transport: Transport | None,
    tell: Callable[[JournalEntry, int], None],
    unsure: SendState | None = None,
) -> None:
    """Send what is not sent yet, in order; stops at the first mail that does not go out.

    Args:
        directory: what ``alone`` gave.
        transport: None where nothing is ``left``.
        tell: called with each mail that went out, and its number among all.
        unsure: what to take a mail for whose fate is not known: ``sent``, or ``waiting`` to send
            it (perhaps again); None refuses.

    Raises:
        SeriesError: the fate of a mail is not known, and nobody said what to do.
        StageError: the server refused a mail, or went away; says what was sent.
        HostError: what happened cannot be written down; says what was sent.
    """
    refuse_unknown(plan, unsure)
    if plan.reflect:
        for number, (entry, raw, _state) in enumerate(plan.mails, 1):
            _send_one(plan, entry, raw, transport, None)
            tell(entry, number)
        return
    log = plan.resumed or journal.begin(
        directory,
        plan.name,
        store.digest(plan.version),
        [(e, raw) for e, raw, _s in plan.mails],
        plan.named,
    )
    for number, (entry, raw, state) in enumerate(plan.mails, 1):
        if state is SendState.TRYING and unsure is SendState.SENT:
            _note(plan, entry, log, SendState.SENT, "as the user says")
        elif state is not SendState.SENT:
            _send_one(plan, entry, raw, transport, log)
            tell(entry, number)
    try:
        record(plan.version, [entry.message_id for entry, _raw, _state in plan.mails], plan.named)
    except (OSError, HostError) as error:
        why = error.what if isinstance(error, HostError) else f"{error.strerror}."
        raise HostError(
            f"all mails are sent, but that cannot be written down: {why}",
            where=str(plan.version.path / "version.toml"),
            hint=f"Fix that, and run `{plan.command}` again: nothing is sent twice.",
        ) from error
    if plan.resend:
        shutil.rmtree(log.directory)  # there may be another one


def refuse_unknown(plan: SendPlan, unsure: SendState | None) -> None:
    """Refuse to go on while the fate of a mail is not known and nobody says what to do.

    Raises:
        SeriesError: that is so; names the mails.
    """
    if not plan.unknown or unsure is not None:
        return
    names = ", ".join(f"`{entry.subject}`" for entry in plan.unknown)
    raise SeriesError(
        f"the server may or may not have taken {names}: it gave no answer, or no clear one.",
        where=str(plan.resumed.directory if plan.resumed else ""),
        hint="See whether it is on the list, then say --unsure sent, or --unsure again.",
    )


def _send_one(
    plan: SendPlan,
    entry: JournalEntry,
    raw: bytes,
    transport: Transport | None,
    log: Journal | None,
) -> None:
    assert transport is not None
    try:
        transport.send(
            entry.sender, entry.recipients, raw, lambda: _note(plan, entry, log, SendState.TRYING)
        )
    except NotSent as error:
        _note(plan, entry, log, SendState.REFUSED, str(error))
        raise _failed(plan, entry, f"the server refused it: {error}", log) from error
    except Unknown as error:
        text = f"nobody knows whether the server took it: {error}"
        raise _failed(plan, entry, text, log) from error
    _note(plan, entry, log, SendState.SENT)


# What is true of a mail whose new state cannot be written down, and how the next run learns it.
_UNWRITTEN = {
    SendState.TRYING: ("it was not sent, since that could not be written down", ""),
    SendState.REFUSED: ("the server refused it, which cannot be written down", " --unsure again"),
    SendState.SENT: ("it is sent, which cannot be written down", " --unsure sent"),
}


def _note(
    plan: SendPlan, entry: JournalEntry, log: Journal | None, state: SendState, why: str = ""
) -> None:
    if log is None:
        return
    try:
        log.note(entry, state, why)
    except OSError as error:
        what, say = _UNWRITTEN[state]
        told = _how_many(plan, log, 1 if state is SendState.SENT else 0)
        raise HostError(
            f"{what}: {error.strerror}.",
            where=entry.subject,
            hint=f"{told} Fix that, then go on with `{plan.command}{say}`.",
        ) from error


def _how_many(plan: SendPlan, log: Journal, more: int = 0) -> str:
    sent = sum(state is SendState.SENT for state in log.states().values()) + more
    return f"{sent} of {counted(len(plan.mails), 'mail')} {'is' if sent == 1 else 'are'} sent."


def _failed(plan: SendPlan, entry: JournalEntry, what: str, log: Journal | None) -> StageError:
    hint = "Fix that, and try again."
    if log is not None:
        hint = (
            f"{_how_many(plan, log)} Fix that, and run `{plan.command}` again: it goes on with "
            "those that are not."
        )
    return StageError(f"{what}.", where=entry.subject, hint=hint)


def record(version: Version, message_ids: list[str], named: Sequence[str] = ()) -> None:
    """Mark ``version`` as sent in its version.toml; whatever else stands there stays.

    One that was sent before gets the new ids beside the old ones.

    Args:
        named: whom the user named for it; they are known for later versions.
    """
    path = version.path / "version.toml"
    with transaction.changing(version.path.parent.parent) as change:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
        _mark_sent(document, version, message_ids, named)
        change.write(path, tomlkit.dumps(document))
        change.commit()


def _mark_sent(
    document: tomlkit.TOMLDocument, version: Version, message_ids: list[str], named: Sequence[str]
) -> None:
    document.setdefault("message_id", message_ids[0])
    old = document.get("sent", {})
    sent = tomlkit.inline_table()
    sent["when"] = clock.now()
    for key, new in (("message_ids", message_ids), ("also", named)):
        known = tomlkit.array()
        known.extend(dict.fromkeys([*old.get(key, []), *new]))
        if known:
            sent[key] = known.multiline(True)
    sent["digest"] = store.digest(version)
    document["sent"] = sent


def with_moment(request: ExportRequest) -> ExportRequest:
    """``request`` dated now, unless it has a date.

    To the microsecond, which no Date header shows: the ids depend on it, and a version that is sent
    twice in one second needs ids of its own.
    """
    return request if request.date else replace(request, date=clock.precise())
