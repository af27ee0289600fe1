# SPDX-License-Identifier: GPL-2.0-or-later
"""A mailbox taken apart into its mails, as bytes, without ever holding more than one of them.

liblore splits mailboxes well, but wants all of one in memory (``split_mbox_as_bytes``) and begins a
new mail at every line of a body that looks like a separator. What follows streams, and looks at the
line behind a separator too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

MAX_MAIL = 64 * 1024 * 1024
"""Bytes; no mail on a list comes near it. What is larger is skipped, so that memory is bounded."""

CHUNK = 65536
"""Bytes; a longer line is read in pieces."""

_BLOCK = 1024 * 1024
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_SEPARATOR = re.compile(
    rb"^From .*(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +"
    rb"(?:" + _MONTH + rb" +\d{1,2}|\d{1,2} +" + _MONTH + rb" +\d{4}) +\d{1,2}:\d\d",
    re.M,
)
# What `git format-patch` writes, and what stands in the body of a mail with a patch pasted into it.
_OF_GIT = re.compile(rb"From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001")
_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:|>From ")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.M)


def is_separator(line: bytes) -> bool:
    """Whether ``line`` may stand between two mails of a mailbox."""
    return _SEPARATOR.match(line) is not None


def looks_like_header(line: bytes) -> bool:
    """Whether ``line`` may be the first one of a mail's header."""
    return _HEADER.match(line) is not None


def split(first: bytes, stream: BinaryIO, limit: int = MAX_MAIL) -> Iterator[bytes | None]:
    """The mails of an mbox or mboxrd, without the quoting of ``From ``.

    A separator is a ``From `` line with a date and a header line behind it. The first line of a
    patch by git counts as one only in a mailbox that starts with such a line (``git format-patch
    --stdout``); elsewhere it is a patch that somebody pasted into a mail.

    Args:
        first: its first line.
        stream: everything behind that.
        limit: bytes; a larger mail is given as None.
    """
    of_git = _OF_GIT.match(first) is not None
    mail = bytearray()
    size = 0  # of the mail, also of what is not kept of it
    data, starts, block = b"", True, b" "
    while block:
        block = stream.read(_BLOCK)
        data += block
        at, undecided = 0, None
        for found in _SEPARATOR.finditer(data):
            begin = found.start()
            if begin < at or (begin == 0 and not starts):
                continue
            end = _end_of_separator(data, begin, final=not block)
            if end is None:
                undecided = begin
                break
            if end and (of_git or not _OF_GIT.match(data, begin)):
                size = _add(mail, size, data[at:begin], limit)
                yield _whole(mail, size, limit)
                mail, size, at = bytearray(), 0, end
        # The last line may be the beginning of a separator.
        last = data.rfind(b"\n") + 1
        last = last if block and len(data) - last < CHUNK else len(data)
        keep = max(at, last if undecided is None else undecided)
        size = _add(mail, size, data[at:keep], limit)
        starts = data[keep - 1 : keep] == b"\n" if keep else starts
        data = data[keep:]
    if size:
        yield _whole(mail, size, limit)


def _end_of_separator(data: bytes, begin: int, *, final: bool) -> int | None:
    """Where the mail behind the separator at ``begin`` starts; 0 if it is none after all.

    None: the line behind it tells, and ``data`` does not hold enough of that. ``final``: there is
    no more.
    """
    end = data.find(b"\n", begin, begin + CHUNK) + 1
    following = data[end : end + CHUNK] if end else b""
    if not final and len(data) - begin < 2 * CHUNK and b"\n" not in following:
        return None
    return end if end and looks_like_header(following) else 0


def _add(mail: bytearray, size: int, piece: bytes, limit: int) -> int:
    """Put ``piece`` behind ``mail`` unless that is too large already; gives the new size."""
    if size + len(piece) <= limit:
        mail += piece
    else:
        mail.clear()
    return size + len(piece)


def _whole(mail: bytearray, size: int, limit: int) -> bytes | None:
    if size > limit:
        return None
    raw = _QUOTED_FROM.sub(rb"\1", bytes(mail)) if b">From " in mail else bytes(mail)
    # The empty line in front of a separator is the mailbox's.
    for end in (b"\r\n\r\n", b"\n\n"):
        if raw.endswith(end):
            return raw[: -len(end) // 2]
    return raw
