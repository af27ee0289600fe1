# SPDX-License-Identifier: GPL-2.0-or-later
"""Trailers at the end of a commit message; pure.

Where a message ends in trailers, the rules are those of git (find_trailer_block_start() in its
trailer.c), so that a sign-off goes where `git commit --signoff` puts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TRAILER = re.compile(r"[A-Za-z0-9-]+[ \t]*:")
_GITS_OWN = re.compile(r"Signed-off-by: |\(cherry picked from commit ")
# Whom git send-email copies (its categories bodycc, sob and misc-by), and who is asked for as To.
_COPIED = re.compile(
    r"^(?:To|Cc|[A-Z][a-z]*(?:-[a-z]+)*-by): *(?P<who>[^#\n]*?)\s*(?:#.*|\[[^\]\n]*\])?$",
    re.M | re.I,
)


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
    """Whether the last paragraph, which is not the first, is trailers, or a quarter of it is.

    With other lines between them, one must be a trailer that git writes itself.
    """
    last = max((at for at, text in enumerate(lines) if not text.strip()), default=0)
    if not any(text.strip() for text in lines[:last]):
        return False
    trailers = others = continued = 0
    gits_own = False
    for text in reversed(lines[last + 1 :]):
        own = bool(_GITS_OWN.match(text))
        gits_own = gits_own or own
        if own or _TRAILER.match(text):
            trailers, continued = trailers + 1, 0
        elif text[0].isspace():
            continued += 1  # of the line above, whatever that is
        else:
            others, continued = others + 1 + continued, 0
    others += continued
    return bool(trailers) and (not others or (gits_own and trailers * 3 >= others))
