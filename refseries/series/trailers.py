# SPDX-License-Identifier: GPL-2.0-or-later
"""Trailers at the end of a commit message; pure. The same rules as git interpret-trailers."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TRAILER = re.compile(r"(?:[A-Z][A-Za-z]*(?:-[A-Za-z]+)+|Fixes|Link|Closes|Cc|BugLink): \S")
# Whom git send-email copies (its categories bodycc, sob and misc-by), and who is asked for as To.
_COPIED = re.compile(
    r"^(?:To|Cc|[A-Z][a-z]*(?:-[a-z]+)*-by): *(?P<who>[^#\n]*?)\s*(?:#.*|\[[^\]\n]*\])?$",
    re.M | re.I,
)
_CONTINUED = re.compile(r"[ \t]+\S|\[.*\]$")


def add(message: str, lines: Iterable[str]) -> str:
    """``message`` with ``lines`` behind its trailers, but for those that are there already."""
    there = message.rstrip("\n").split("\n")
    seen = {bare(line) for line in there}
    new: list[str] = []
    for line in lines:
        if bare(line) not in seen:
            seen.add(bare(line))
            new.append(line)
    if not new:
        return message
    gap = [] if _ends_in_trailers(there) else [""]
    return "\n".join([*there, *gap, *new]) + "\n"


def copied(text: str) -> tuple[str, ...]:
    """Whom the trailers in a cover letter or in messages name for a copy, each once, as written.

    A note behind an address (``# 6.1+``) is none of it.
    """
    return tuple(dict.fromkeys(found["who"] for found in _COPIED.finditer(text) if found["who"]))


def bare(line: str) -> str:
    """A trailer as it is compared with others: without a note behind or below it, as b4 does."""
    return line.partition("\n")[0].partition(" #")[0].rstrip().casefold()


def _ends_in_trailers(lines: list[str]) -> bool:
    last = max((at for at, text in enumerate(lines) if not text), default=0)
    block = lines[last + 1 :]
    return (
        last > 0
        and bool(_TRAILER.match(block[0]))
        and all(_TRAILER.match(text) or _CONTINUED.match(text) for text in block)
    )
