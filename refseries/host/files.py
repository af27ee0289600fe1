# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of the user's: read as text, and written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from refseries.errors import SeriesError
from refseries.host import scratch


def read_text(path: Path, hint: str) -> str:
    """A file in UTF-8.

    Args:
        hint: what to do where it cannot be read.

    Raises:
        SeriesError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SeriesError(f"cannot be read: {reason}.", where=str(path), hint=hint) from error


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace ``path`` as a whole: a kill leaves the old file or the new one.

    It keeps its permissions; a new file gets those that any program's would. A device or a pipe is
    written to, since nothing may take its place: /dev/null belongs to everybody.

    Args:
        content: text is written in UTF-8.
    """
    data = content.encode() if isinstance(content, str) else content
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    with scratch.scratch_file(path.parent) as (new, descriptor):
        with open(descriptor, "wb", closefd=False) as stream:
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(descriptor, stat.S_IMODE(path.stat().st_mode))
            stream.write(data)
        new.replace(path)
