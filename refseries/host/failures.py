# SPDX-License-Identifier: GPL-2.0-or-later
"""What is said of a process that went wrong; pure."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence

from refseries.errors import HostError, StageError

_TOLD = 20
"""Lines of what it printed, from the end, that an error shows."""
_LONGEST = 70
"""Characters of a command line in an error."""


def too_slow(argv: Sequence[str], deadline: float) -> StageError:
    """It was killed after ``deadline`` seconds."""
    return StageError(
        f"`{_brief(argv)}` was killed after its deadline of {deadline:g} s.",
        hint="Look at what it printed; a larger deadline helps only if it was still at work.",
    )


def disk_full(argv: Sequence[str], where: str, said: str) -> HostError:
    """It found no space to write.

    Args:
        said: all that it printed.
    """
    return HostError(
        f"the disk is full: `{_brief(argv)}` could not write.",
        where=where,
        hint="Free some space, or move the cache with REFSERIES_CACHE; nothing was lost.",
        detail=_end(said),
    )


def file_too_large(argv: Sequence[str], where: str) -> HostError:
    """It wrote a file larger than this machine allows."""
    return HostError(
        f"`{_brief(argv)}` may not write files of that size.",
        where=where,
        hint="Raise the limit: `ulimit -f` shows it.",
    )


def bad_status(argv: Sequence[str], returncode: int, where: str, said: str) -> StageError:
    """It ended with something else than 0 (negative: killed by that signal)."""
    return StageError(
        f"`{_brief(argv)}` failed with {_status(returncode)}.",
        where=where,
        hint="Look at what it printed.",
        detail=_end(said),
    )


def _end(said: str) -> str:
    return "\n".join(said.strip().splitlines()[-_TOLD:])


def _brief(argv: Sequence[str]) -> str:
    words = re.sub(r"( -c \S+=\S*)+", "", " ".join(argv))
    return words if len(words) <= _LONGEST else words[: _LONGEST - 3] + "..."


def _status(returncode: int) -> str:
    if returncode >= 0:
        return f"exit status {returncode}"
    try:
        return f"signal {signal.Signals(-returncode).name}"
    except ValueError:  # a real-time signal has no name
        return f"signal {-returncode}"
