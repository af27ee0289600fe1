# SPDX-License-Identifier: GPL-2.0-or-later
"""The page that Mailman's archive (pipermail) shows of a mail, saved as text; pure.

Such a page has no headers: a subject, then ``Name address at host``, then a date, then the body,
and links of the archive before and behind it.
"""

from __future__ import annotations

import re

from refseries.mail import bodytext, decode
from refseries.mail.message import Mail
from refseries.model import Identity

_AUTHOR = re.compile(
    r"\s*(?P<name>\S.*?)\s+(?P<local>[^\s@<>]+) at (?P<host>[\w-]+(?:\.[\w-]+)+)\s*"
)
_DATE = re.compile(
    r"\s*(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s+[A-Z][a-z]{2}\s+\d{1,2}\s+\d\d:\d\d.*\d{4}\s*"
)
_LINK = re.compile(r"\s*(?:[*•-]\s+)?(?:(?:Previous|Next) message|Messages sorted by)\b.*")
_RULE = re.compile(r"\s*(?:[_-]{3,}|\* \* \*)?\s*")
_FOOTER = re.compile(r"\s*More information about the .{1,80} mailing list\s*")
_HEAD_LINES = 20
_LONGEST = 500
"""Characters of a line of the archive's own; what is longer is the mail's."""


def _is(pattern: re.Pattern[str], line: str) -> bool:
    """Whether a line is what ``pattern`` says; the patterns take too long for hostile lines."""
    line = line.strip()
    return len(line) <= _LONGEST and pattern.fullmatch(line) is not None


def _head(lines: list[str]) -> int | None:
    """The line (from 0) with the author, None when this is no such page."""
    for number in range(min(_HEAD_LINES, len(lines) - 1)):
        if not _is(_AUTHOR, lines[number]):
            continue
        following = next((line for line in lines[number + 1 : number + 4] if line.strip()), "")
        if _is(_DATE, following):
            return number
    return None


def read(raw: bytes, source: str) -> Mail | None:
    """Read one page; None when it is none."""
    lines = bodytext.lines_of(bodytext.decode(raw, None)).split("\n")
    at = _head(lines)
    if at is None:
        return None
    author = _AUTHOR.fullmatch(lines[at].strip())
    assert author is not None
    when = next(n for n in range(at + 1, len(lines)) if lines[n].strip())
    subject = " ".join(" ".join(lines[:at]).split())
    return Mail(
        message_id="",
        subject=subject,
        author=Identity(
            re.sub(r"[<>\x00-\x1f\x7f-\x9f]+", " ", author["name"]).strip(),
            f"{author['local']}@{author['host']}",
        ),
        date=decode.date(lines[when]),
        body=_body(lines[when + 1 :]),
        source=source,
        raw=raw,
    )


def _body(lines: list[str]) -> str:
    """The lines of the mail, without those of the archive in front of and behind them."""
    first, last = 0, len(lines)
    while first < last and (_is(_LINK, lines[first]) or _is(_RULE, lines[first])):
        first += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    end = last
    while end > first and (
        _is(_LINK, lines[end - 1]) or _is(_FOOTER, lines[end - 1]) or _is(_RULE, lines[end - 1])
    ):
        end -= 1
    # A rule alone at the end is the mail's own.
    if any(_is(_LINK, line) or _is(_FOOTER, line) for line in lines[end:last]):
        last = end
    while last > first and not lines[last - 1].strip():
        last -= 1
    return "\n".join([*lines[first:last], ""])
