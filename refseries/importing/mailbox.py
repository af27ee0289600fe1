# SPDX-License-Identifier: GPL-2.0-or-later
"""Drafts out of a mailbox, a maildir, or a thread that b4 fetches."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

from refseries.errors import HostError, SeriesError
from refseries.host import clock, proc
from refseries.host.scratch import scratch_folder
from refseries.importing import mailed_patch, received
from refseries.importing.draft import ImportDraft, Intake
from refseries.importing.received import LeftKind, NotTaken, Posted, Thread
from refseries.mail import read as mail_read
from refseries.mail import subjects, tracking, write
from refseries.mail.message import Mail
from refseries.mail.read import Unreadable
from refseries.mail.tracking import Tracking
from refseries.series import letter, trailers

_MESSAGE_ID = re.compile(r"[A-Za-z0-9_][\w.+=/%~!#$&'*^`{|}-]{0,250}@[A-Za-z0-9][\w.:-]{0,250}")
_FETCH_SECONDS = 120.0
_AGAIN = "Save the thread again."


def drafts(path: Path, source: str, number: int | None = None) -> tuple[ImportDraft, ...]:
    """The versions alone that ``read`` finds."""
    return read(path, source, number).drafts


def read(
    path: Path,
    source: str,
    number: int | None = None,
    *,
    strict: bool = False,
    name: str = "",
    asked: str = "",
) -> Intake:
    """Every version in the mails of ``path`` that is whole; with ``number``, that one alone.

    Args:
        source: what the user named.
        strict: a version or patch that cannot be taken is an error, whatever else is there.
        name: as of ``mail.read.read``.
        asked: as of ``received.gather``.

    Raises:
        SeriesError: it holds no complete version, or not the one wanted.
    """
    lost: list[NotTaken] = []

    def unreadable(mail: Unreadable) -> None:
        lost.append(NotTaken(LeftKind.PATCH, mail.source, mail.why, (mail.source,), 0, _AGAIN))

    try:
        thread = received.gather(mail_read.read(path, unreadable, name), source, asked)
    except SeriesError as error:
        if not lost:
            raise
        first = lost[0]
        what = f"a mail in it {first.why}"
        raise SeriesError(what, where=first.name, hint=first.hint) from error
    not_taken = [*lost, *thread.not_taken]
    wanted = _wanted(thread, source, number)
    if strict:
        _refuse(not_taken, source, number)
    mails = received.pick(mail_read.read(path, lambda _mail: None, name), wanted)
    made: list[ImportDraft] = []
    for posted in wanted:
        try:
            made.append(_draft(mails, source, posted))
        except SeriesError as error:
            if strict or len(wanted) == 1:
                raise
            not_taken.append(_failed(posted, error))
    if not made:
        _refuse(not_taken, source, number)
    not_taken += [
        NotTaken(LeftKind.MAIL, f"v{one.version}", "it was not asked for", one.sources)
        for one in thread.posted
        if one not in wanted
    ]
    return Intake(tuple(made), tuple(not_taken))


def _wanted(thread: Thread, source: str, number: int | None) -> tuple[Posted, ...]:
    """The versions to take.

    Raises:
        SeriesError: the one that is asked for is not whole, or not there.
    """
    failed = [one for one in thread.not_taken if one.kind is LeftKind.VERSION]
    if not thread.posted:
        _refuse([one for one in failed if number == one.version] or failed, source, None)
    # A single one gets the name that the user gives it.
    if number is None or (len(thread.posted) == 1 and not failed):
        return thread.posted
    wanted = tuple(one for one in thread.posted if one.version == number)
    if wanted:
        return wanted
    _refuse([one for one in failed if one.version in (0, number)], source, None)
    # One that says v2.1 is what the user calls it.
    last = thread.posted[-1]
    if last.odd and subjects.near(last.odd) < number:
        return (last,)
    there = ", ".join(one.odd or f"v{one.version}" for one in thread.posted)
    raise SeriesError(f"has no v{number}.", where=source, hint=f"It has {there}.")


def _refuse(not_taken: Iterable[NotTaken], source: str, number: int | None) -> None:
    """Stop at the first version or patch that cannot be taken, if there is one.

    Args:
        number: only what is of that version counts.

    Raises:
        SeriesError: there is one.
    """
    serious = (LeftKind.VERSION, LeftKind.PATCH, LeftKind.COVER)
    found = [
        one for one in not_taken if one.kind in serious and number in (None, one.version)
    ]  # fmt: skip
    if not found:
        return
    first = found[0]
    what = (
        first.why if first.kind is LeftKind.VERSION else f"`{first.name}` is left out: {first.why}"
    )
    raise SeriesError(
        f"{what.rstrip('.')}.",
        where=source,
        hint=first.hint or "Import without --all-or-nothing, or leave that mail out.",
        detail="\n".join(f"{one.name}: {one.why}" for one in found[1:20]),
    )


def _failed(posted: Posted, error: SeriesError) -> NotTaken:
    why = f"{error.where}: {error.what}" if error.where else error.what
    name = f"v{posted.version}"
    return NotTaken(LeftKind.VERSION, name, why, posted.sources, posted.version, error.hint)


def _draft(mails: Mapping[str, Mail], source: str, posted: Posted) -> ImportDraft:
    cover = mails[posted.cover] if posted.cover else None
    own = [mails[name] for name in posted.sources]
    for_all = [tag.line for tag in posted.tags if tag.number == 0]
    remarks = list(posted.remarks)
    found = []
    for number, mail in enumerate(own, 1):
        patch, odd = mailed_patch.read(mail)
        remarks += odd
        lines = [tag.line for tag in posted.tags if tag.number == number]
        found.append(replace(patch, message=trailers.add(patch.message, [*lines, *for_all])))
    remarks += [f"{tag.line} (given to {tag.given_to})" for tag in posted.tags if tag.given_to]
    lead = cover or own[0]
    below = found[0].below.decode("utf-8", "replace")
    body = lead.body if cover else f"{below}\n{_behind_diff(lead.body)}"
    tracked, damage = _tracked(lead)
    remarks += damage
    return ImportDraft(
        number=posted.version or None,
        source=source,
        title=subjects.parse(lead.subject).title,
        said=letter.text(cover.body if cover else below),
        patches=tuple(found),
        date=_date(posted),
        message_id=posted.message_id,
        change_id=tracking.change_id(body) or (tracked.change_id if tracked else ""),
        base_commit=tracking.base_commit(body) or tracking.base_commit(own[0].body),
        tracking=tracked.text if tracked else "",
        addressed=tuple(map(write.recipient, (*lead.to, *lead.cc))),
        prefixes=subjects.trees(lead.subject),
        notes=len(own) > 1 or cover is not None,
        tags=tuple(dict.fromkeys(tag.line for tag in posted.tags)),
        doubtful=posted.doubtful,
        remarks=tuple(remarks),
        prerequisites=tracking.prerequisites(body),
        odd=posted.odd,
    )


def _tracked(lead: Mail) -> tuple[Tracking | None, list[str]]:
    """What b4 packed into the first mail; where that is damaged, a remark instead."""
    header = {name.lower(): value for name, value in reversed(lead.headers)}.get("x-b4-tracking")
    if not header:
        return None, []
    try:
        return tracking.unpack(header, lead.source), []
    except SeriesError as error:
        return None, [f"the header X-B4-Tracking is left out: {error.what.rstrip('.')}"]


def _date(posted: Posted) -> datetime:
    """The date of the first patch as export has it: a second behind its cover letter.

    Not what that mail says: git format-patch writes there when the author made the patch.
    """
    first = posted.date or clock.now()
    return first + timedelta(seconds=posted.cover is not None)


def _behind_diff(body: str) -> str:
    """The end of a patch's mail, where b4 and git put base-commit and change-id."""
    return body[-4000:]


@contextmanager
def fetched(name: str, at: Path) -> Iterator[Path]:
    """The thread of a message id or link, as a mailbox, fetched by b4 as it is configured.

    Args:
        name: an id, with or without its angle brackets, or a link that ends in one.
        at: b4 reads the configuration of the repository here.

    Raises:
        SeriesError: it is no message id.
        HostError: b4 brought nothing.
    """
    found = message_id(name)
    if found is None:
        raise SeriesError(
            f"`{name}` is no message id.",
            hint="Copy it from the header Message-ID, or the mail's link from the archive.",
        )
    with scratch_folder() as scratch:
        words = ["mbox", "--no-cache", "-o", str(scratch), "-n", "thread.mbox", "--", found]
        done = proc.run(
            [sys.executable, "-m", "b4.command", *words],
            cwd=at, check=False, deadline=_FETCH_SECONDS,
        )  # fmt: skip
        path = scratch / "thread.mbox"
        # b4's exit status is 0 in several cases in which there is no mail.
        if not path.is_file() or not path.stat().st_size:
            raise HostError(
                "b4 could not fetch the thread.",
                where=found,
                hint="Save it as a mailbox on a machine with a network, and import that file.",
                detail="\n".join(_last_words(done.stderr or done.stdout)),
            )
        yield path


def _last_words(said: str) -> list[str]:
    """The end of what b4 says, without the hosts that it tried before the last one."""
    lines = said.strip().splitlines()
    return [line for line in lines if not line.endswith("trying next host")][-8:]


def message_id(name: str) -> str | None:
    """The message id that ``name`` is, or ends in as a link; None when it is neither."""
    text = name.strip().removeprefix("<").removesuffix(">").removeprefix("id:")
    if text.startswith(("http://", "https://")):
        path = re.split(r"[?#]", text)[0]
        parts = [unquote(part) for part in path.split("/")[3:]]
        text = next((part for part in reversed(parts) if "@" in part), "")
    return text if _MESSAGE_ID.fullmatch(text) else None
