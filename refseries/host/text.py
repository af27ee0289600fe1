# SPDX-License-Identifier: GPL-2.0-or-later
"""Text from mails, patches and guests, made fit to be shown."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase

# C0 but tab and newline, DEL, C1, the characters that turn the direction of text round, and what
# stands for bytes that were not UTF-8.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

CONTROL = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if code != ord("\t")}
"""For ``str.translate``: what a terminal would act on, but for tabs, in what a guest says."""


def counted(number: int, word: str, several: str = "") -> str:
    """``1 patch`` or ``3 patches``.

    Args:
        several: the word for any number but one; with an s behind it by default.
    """
    return f"{number} {word if number == 1 else several or f'{word}s'}"


def percent(part: float, digits: int = 1, sign: str = "") -> str:
    """``99.9`` for 0.9996: only what is all of it, or more, is 100.

    Args:
        digits: behind the point.
        sign: ``+`` for one in front of what is above 0, too.
    """
    value = 100 * part
    shown = round(value, digits)
    if abs(shown) >= 100 > abs(value):
        shown = math.copysign(100 - 10**-digits, value)
    return f"{shown:{sign}.{digits}f}"


def printable(text: str) -> str:
    """``text`` without anything that a terminal would obey; each such character becomes ``?``."""
    return _UNPRINTABLE.sub("?", text)


def unmatched(globs: Iterable[str], names: Collection[str]) -> tuple[str, ...]:
    """Those of ``globs`` that none of ``names`` fits: no wrong word passes for a right one."""
    return tuple(g for g in globs if not any(fnmatchcase(name, g) for name in names))
