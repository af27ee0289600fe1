# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a command is to write a document: looked at before it begins."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from refseries.errors import HostError


def writable(destination: str | None) -> str | None:
    """``destination``, if a document can be written there: it may be an hour until one is.

    Args:
        destination: a file, ``-`` for standard output, or None for no document.

    Raises:
        HostError: its folder is missing or may not be written in, or a folder is in its place.
    """
    if destination in (None, "-"):
        return destination
    path = Path(destination).resolve()
    if path.is_dir():
        problem = errno.EISDIR
    elif not path.parent.is_dir():
        problem = errno.ENOENT
    elif not os.access(path.parent if path.is_file() or not path.exists() else path, os.W_OK):
        problem = errno.EACCES
    else:
        return destination
    raise HostError(
        f"cannot be written: {os.strerror(problem)}.", where=destination, hint="Name another file."
    )
