# SPDX-License-Identifier: GPL-2.0-or-later
"""Drafts out of a mailbox, a maildir, or a thread that b4 fetches."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from refseries.errors import HostError, SeriesError
from refseries.host import clock, proc
from refseries.host.scratch import scratch_folder
from refseries.importing import received
from refseries.importing.draft import Draft
from refseries.importing.received import Posted
from refseries.mail import read, subjects, tracking
from refseries.mail.message import Mail
from refseries.series import letter, patches, trailers
from refseries.series.patches import Patch

_MESSAGE_ID = re.compile(r"[A-Za-z0-9_][\w.+=/%~!#$&'*^`{|}-]{0,250}@[A-Za-z0-9][\w.:-]{0,250}")
_FETCH_SECONDS = 120.0


def drafts(path: Path, source: str, number: int | None = None) -> tuple[Draft, ...]:
    """Every version in the mails of ``path``, the lowest first; with ``number``, that one alone.

    Args:
        source: what the user named.

    Raises:
        SeriesError: it holds no complete version, or a patch cannot be read.
    """
    posted = received.gather(_mails(path), source)
    wanted = [p for p in posted if number in (None, p.version)] if len(posted) > 1 else posted
    if not wanted:
        there = ", ".join(f"v{p.version}" for p in posted)
        raise SeriesError(f"has no v{number}.", where=source, hint=f"It has {there}.")
    return tuple(_draft(path, source, found) for found in wanted)


def _mails(path: Path) -> Iterator[Mail]:
    def unreadable(mail: read.Unreadable) -> None:
        # It may be the one that is missing, and a cut mailbox must not pass for a whole one.
        raise SeriesError(
            f"a mail in it {mail.why}", where=mail.source, hint="Save the thread again."
        )

    return read.read(path, unreadable)


def _draft(path: Path, source: str, posted: Posted) -> Draft:
    cover, mails = received.pick(_mails(path), posted)
    for_all = [tag.line for tag in posted.tags if tag.number == 0]
    found = []
    for number, mail in enumerate(mails, 1):
        patch = _patch(mail)
        lines = [tag.line for tag in posted.tags if tag.number == number]
        found.append(replace(patch, message=trailers.add(patch.message, [*lines, *for_all])))
    lead = cover or mails[0]
    below = found[0].below.decode("utf-8", "replace")
    body = lead.body if cover else f"{below}\n{_behind_diff(lead.body)}"
    header = dict(reversed(lead.headers)).get("X-B4-Tracking")
    tracked = tracking.unpack(header, lead.source) if header else None
    return Draft(
        number=posted.version,
        source=source,
        title=subjects.parse(lead.subject).title,
        said=letter.text(cover.body if cover else below),
        patches=tuple(found),
        date=posted.date or clock.now(),
        message_id=posted.message_id,
        change_id=tracking.change_id(body) or (tracked.change_id if tracked else ""),
        base_commit=tracking.base_commit(body) or tracking.base_commit(mails[0].body),
        tracking=tracked.text if tracked else "",
        addressed=tuple(f"{who.name} <{who.email}>" for who in (*lead.to, *lead.cc)),
        notes=len(mails) > 1 or cover is not None,
        tags=tuple(tag.line for tag in posted.tags),
        doubtful=posted.doubtful,
    )


def _patch(mail: Mail) -> Patch:
    return patches.parse(mail.raw, Path(mail.source))


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
        path = Path(scratch) / "thread.mbox"
        # b4's exit status is 0 in several cases in which there is no mail.
        if not path.is_file() or not path.stat().st_size:
            raise HostError(
                "b4 could not fetch the thread.",
                where=found,
                hint="Save it as a mailbox on a machine with a network, and import that file.",
                detail="\n".join((done.stderr or done.stdout).strip().splitlines()[-8:]),
            )
        yield path


def message_id(name: str) -> str | None:
    """The message id that ``name`` is, or ends in as a link; None when it is neither."""
    text = name.strip().removeprefix("<").removesuffix(">").removeprefix("id:")
    if text.startswith(("http://", "https://")):
        path = re.split(r"[?#]", text)[0]
        parts = [unquote(part) for part in path.split("/")[3:]]
        text = next((part for part in reversed(parts) if "@" in part), "")
    return text if _MESSAGE_ID.fullmatch(text) else None
