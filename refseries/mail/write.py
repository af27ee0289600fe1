# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails as bytes: headers encoded, and a mailbox, maildir or folder of files around them; pure.

Headers are written as git format-patch writes them, in RFC 2047's encoded words where they are not
ASCII, since not every server on the way takes UTF-8 there. Bodies are 8bit: the email package's own
generator takes a form feed for the end of a line.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Sequence
from email.charset import SHORTEST, Charset
from email.header import Header
from email.utils import format_datetime

from refseries.errors import SeriesError
from refseries.mail.outgoing import Outgoing
from refseries.model import Identity

IN_BODY = re.compile(r"\s*(?:(?:From|Date|Subject):|>From\s|\[PATCH\]\s)", re.I)
"""What git mailinfo takes for a header when a body starts with it."""

_WIDTH = 75
_MAX_LINE = 998  # bytes; RFC 5322, 2.1.1
_ADDRESS = re.compile(r"[!#$%&'*+./=?^_`{|}~A-Za-z0-9-]+@[A-Za-z0-9.-]+")
_SPECIAL = re.compile(r"[()<>@,:;.\\\"\[\]]")
_FROM = re.compile(rb"^(>*From )", re.M)
_SEPARATOR = b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"
# b4 switches the encoding of UTF-8 in headers off for its whole process; we say it for ourselves.
_UTF8 = Charset("utf-8")
_UTF8.header_encoding = SHORTEST
_PREFIX = re.compile(r"\[[ -~]*?\] ")


def to_bytes(mail: Outgoing) -> bytes:
    """One mail, without any mailbox's quoting.

    Raises:
        SeriesError: a header would hold a line feed or another control character.
    """
    encoding, body = _body(mail.body)
    headers = [
        _line("From", [address(mail.sender)]),
        _line("Date", [format_datetime(mail.date)]),
        _line("Subject", _subject(mail.subject)),
        _line("Message-ID", [f"<{mail.message_id}>"]),
    ]
    if mail.in_reply_to:
        headers.append(_line("In-Reply-To", [f"<{mail.in_reply_to}>"]))
        headers.append(_line("References", [f"<{found}>" for found in mail.references]))
    for name, people in (("To", mail.to), ("Cc", mail.cc)):
        if people:
            words = [f"{address(person)}," for person in people]
            headers.append(_line(name, [*words[:-1], words[-1][:-1]]))
    headers += [
        _line("MIME-Version", ["1.0"]),
        _line("Content-Type", ["text/plain; charset=UTF-8"]),
        _line("Content-Transfer-Encoding", [encoding]),
    ]
    for name, value in mail.headers:
        step = _WIDTH - len(name) - 2
        headers.append(
            _line(name, [value[at : at + step] for at in range(0, len(value), step)] or [""])
        )
    return "".join(headers).encode("ascii") + b"\n" + body


def mboxrd(mails: Sequence[bytes]) -> bytes:
    """A mailbox in which every body line that could pass for a separator has a ``>`` in front."""
    return b"".join(_SEPARATOR + _FROM.sub(rb">\1", mail) + b"\n" for mail in mails)


def file_name(mail: Outgoing) -> str:
    """``0001-mm-introduce-toys.eml``; in the order of sending."""
    title = _PREFIX.sub("", mail.subject)
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:52].strip("-")
    return f"{mail.number:04}-{slug or 'patch'}.eml"


def address(person: Identity) -> str:
    """A person or list as a header has it: name quoted or encoded where it must be.

    Raises:
        SeriesError: it cannot be written without being read as something else.
    """
    if not _ADDRESS.fullmatch(person.email):
        raise SeriesError(
            f"`{person.email}` is no mail address.",
            hint="Look where it comes from: series.toml, MAINTAINERS, a review, or an option.",
        )
    if not person.name:
        return person.email
    if not person.name.isascii() or "=?" in person.name:
        return f"{_encoded(person.name)} <{person.email}>"
    return f"{_quoted(person.name)} <{person.email}>"


def in_body(person: Identity) -> str:
    """A person as the line ``From:`` of a body has it: encoded only where it looks encoded."""
    if "=?" in person.name:
        return f"{_encoded(person.name)} <{person.email}>"
    return f"{_quoted(person.name)} <{person.email}>"


def recipient(person: Identity) -> str:
    """A person in a list of recipients; a list, which has no name, as its address alone."""
    return in_body(person) if person.name else person.email


def _quoted(name: str) -> str:
    if not _SPECIAL.search(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _encoded(text: str) -> str:
    """Encoded words, as many as it takes, with blanks between; a reader drops those."""
    return " ".join(Header(_printable(text), _UTF8, maxlinelen=_WIDTH - 10).encode().split())


def _subject(text: str) -> list[str]:
    """The words of a subject; the brackets in front stay legible when the rest is encoded."""
    if text.isascii() and "=?" not in text:
        return text.split(" ")
    prefix = _PREFIX.match(text)
    cut = prefix.end() if prefix else 0
    return [*text[:cut].split(), *_encoded(text[cut:]).split()]


def _line(name: str, words: Sequence[str]) -> str:
    """One header, folded between ``words``.

    Raises:
        SeriesError: a word would break out of it.
    """
    lines = [f"{name}:"]
    for word in words:
        _printable(word)
        if len(lines[-1]) + 1 + len(word) > _WIDTH and len(lines[-1]) > len(name) + 1:
            lines.append("")
        lines[-1] += f" {word}"
    return "\n".join(lines) + "\n"


def _printable(text: str) -> str:
    if not text.isprintable():
        raise SeriesError(
            f"{text!r} holds a character that no header of a mail may hold.",
            hint="Look at the author's name and the subject of the patch it comes from.",
        )
    return text


def _body(body: bytes) -> tuple[str, bytes]:
    if max(map(len, body.split(b"\n"))) > _MAX_LINE:
        # Line by line: a carriage return is a byte of the line, and no end of it.
        lines = (b2a_qp(line, istext=False) for line in body.split(b"\n"))
        return "quoted-printable", b"\n".join(lines)
    return ("7bit" if body.isascii() else "8bit"), body
