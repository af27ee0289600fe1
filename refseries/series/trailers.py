# SPDX-License-Identifier: GPL-2.0-or-later
"""Trailers at the end of a commit message; pure. The same rules as git interpret-trailers."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TRAILER = re.compile(r"(?:[A-Z][A-Za-z]*(?:-[A-Za-z]+)+|Fixes|Link|Closes|Cc|BugLink): \S")
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
