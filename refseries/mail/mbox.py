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

_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_SEPARATOR = re.compile(
    rb"From .*(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +"
    rb"(?:" + _MONTH + rb" +\d{1,2}|\d{1,2} +" + _MONTH + rb" +\d{4}) +\d{1,2}:\d\d"
)
# What `git format-patch` writes, and what stands in the body of a mail with a patch pasted into it.
_OF_GIT = re.compile(rb"From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001")
_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:|>From ")
_QUOTED_FROM = re.compile(rb">+From ")


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
    mail: list[bytes] = []
    size = 0
    held = b""  # a separator, perhaps: the line behind it tells
    for starts, chunk in _chunks(stream):
        if held and looks_like_header(chunk):
            yield _whole(mail, size, limit)
            mail, size = [], 0
        elif held:
            size = _add(mail, size, held, limit)
        held = b""
        if starts and is_separator(chunk) and (of_git or not _OF_GIT.match(chunk)):
            held = chunk
            continue
        if starts and _QUOTED_FROM.match(chunk):
            chunk = chunk[1:]
        size = _add(mail, size, chunk, limit)
    size = _add(mail, size, held, limit)
    if size:
        yield _whole(mail, size, limit)


def _chunks(stream: BinaryIO) -> Iterator[tuple[bool, bytes]]:
    """Lines, those of great length in pieces; True with what begins a line."""
    starts = True
    while chunk := stream.readline(CHUNK):
        yield starts, chunk
        starts = chunk.endswith(b"\n")


def _add(mail: list[bytes], size: int, chunk: bytes, limit: int) -> int:
    """Put ``chunk`` into ``mail`` unless that is too large already; gives the new size."""
    if size + len(chunk) <= limit:
        mail.append(chunk)
    return size + len(chunk)


def _whole(mail: list[bytes], size: int, limit: int) -> bytes | None:
    if size > limit:
        return None
    raw = b"".join(mail)
    # The empty line in front of a separator is the mailbox's.
    for end in (b"\r\n\r\n", b"\n\n"):
        if raw.endswith(end):
            return raw[: -len(end) // 2]
    return raw
