# SPDX-License-Identifier: GPL-2.0-or-later
"""The bytes of a mail as a Message of the standard library, in bounded time and memory; pure.

Its own parser goes through a body line by line, holds each as an object, and asks of each line
whether it ends one of the parts around it: a mail of 10 MB can take it a minute and half a
gigabyte. So it reads headers alone, and bodies are cut here.
"""

from __future__ import annotations

import re
from email.message import Message
from email.parser import HeaderParser

from refseries.errors import SeriesError

MAX_HEADER, MAX_LINES = 2 * 1024 * 1024, 2000
"""Bytes, and lines; a long Cc and the stamps of ten servers come to a hundredth of it."""

MAX_PARTS, MAX_DEPTH = 1000, 10

_MAX_VALUE = 600  # characters of a header that has parameters; to read them takes their square
_WITH_PARAMETERS = ("content-type", "content-disposition", "content-transfer-encoding")
_NO_HEADER = re.compile(r"^(?!>?From |[!-9;-~]*:|[ \t])(?=.)", re.M)
_END_OF_HEADER = re.compile(r"\r\n\r\n|\n\r?\n|\r\r")


def parse(raw: bytes, source: str) -> Message:
    """Read a mail.

    Raises:
        SeriesError: its header is too large, or it has too many parts.
    """
    left = [MAX_PARTS]
    return _entity(raw.decode("ascii", "surrogateescape"), source, 0, left)


def _entity(text: str, source: str, depth: int, left: list[int]) -> Message:
    """A mail or a part of one. ``left``: how many parts there may still be."""
    left[0] -= 1
    if depth > MAX_DEPTH or left[0] < 0:
        raise _refused(source, f"has more than {MAX_PARTS} parts, or {MAX_DEPTH} inside each other")
    # A part may begin with the empty line behind its header.
    start = re.match(r"\r?\n", text) if depth else None
    end = start or _END_OF_HEADER.search(text)
    head, body = (text[: end.start()], text[end.end() :]) if end else (text, "")
    if len(head) > MAX_HEADER or head.count("\n") > MAX_LINES:
        raise _refused(source, f"has a header of more than {MAX_LINES} lines or 2 MiB")
    if no_header := _NO_HEADER.search(head):  # the body begins without an empty line
        body = f"{head[no_header.start() :]}{end[0] if end else ''}{body}"
        head = head[: no_header.start()]
    message = HeaderParser().parsestr(f"{head}\n\n")
    for name in _WITH_PARAMETERS:
        if len(value := str(message.get(name, ""))) > _MAX_VALUE:
            message.replace_header(name, value[:_MAX_VALUE])
    kind = message.get_content_type()
    boundary = message.get_boundary() if kind.startswith("multipart/") else None
    if boundary:
        parts = _parts(body, boundary, left[0])
        message.set_payload([_entity(part, source, depth + 1, left) for part in parts])
    elif kind == "message/rfc822":
        message.set_payload([_entity(body, source, depth + 1, left)] if not depth else [])
    else:
        message.set_payload(body)
    return message


def _parts(body: str, boundary: str, most: int) -> list[str]:
    """What stands between the lines of ``boundary``; those of what contains it end nothing here."""
    parts: list[str] = []
    mark = f"\n--{boundary}"
    text = f"\n{body}"
    at, begin = text.find(mark), -1
    while at >= 0 and len(parts) <= most:
        line_end = text.find("\n", at + len(mark))
        line_end = line_end if line_end >= 0 else len(text)
        behind = text[at + len(mark) : min(line_end, at + len(mark) + 80)].strip()
        if behind in ("", "--"):
            if begin >= 0:
                parts.append(text[begin:at].removesuffix("\r"))
            begin = line_end + 1
            if behind:
                return parts
        at = text.find(mark, line_end)
    if begin >= 0:
        parts.append(text[begin:])  # its end is missing
    return parts


def _refused(source: str, what: str) -> SeriesError:
    return SeriesError(f"{what}.", where=source, hint="Leave it out; no mail on a list is like it.")
