# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether it was a full disk that made a program fail: few of them say so in one way."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable
from pathlib import Path

_SHORT = 1 << 20  # bytes; a program that fails takes away what it could not finish
# Git's words for a file of a work tree, an index, a loose object, a reference; those of others.
_UNWRITTEN = re.compile(
    r"(unable|failed) to (write|append|create|close|flush|deflate)"
    r"|(cannot|can't|could not|couldn't) (write|create|close)"
    r"|(write|flush|fsync|close) error|error (when )?(writing|closing)|short write",
    re.I,
)


def is_full(text: str, places: Iterable[str | os.PathLike[str]]) -> bool:
    """Whether a program that failed lacked space.

    Args:
        text: what it said.
        places: where it may have written; words that are no absolute path do not count.
    """
    if says_full(text):
        return True
    return bool(_UNWRITTEN.search(text)) and any(map(_is_short, places))


def says_full(text: str) -> bool:
    """Whether a tool complained that the disk is full; git has words of its own for it."""
    return os.strerror(errno.ENOSPC) in text or "Out of diskspace" in text


def _is_short(place: str | os.PathLike[str]) -> bool:
    path = Path(place)
    if not path.is_absolute():
        return False
    try:
        info = os.statvfs(next(each for each in (path, *path.parents) if each.exists()))
    except (OSError, ValueError):
        return False
    return info.f_bavail * info.f_frsize < _SHORT
