# SPDX-License-Identifier: GPL-2.0-or-later
"""Lock files: one program of ours at a time, and who waits says so."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from refseries.host import proc
from refseries.host.progress import Say

_POLL_SECONDS = 0.5


@contextlib.contextmanager
def held(path: Path, say: Say, waiting: str) -> Iterator[None]:
    """Hold the lock file ``path`` for the length of a block, or wait for it.

    Args:
        say: told ``waiting``, once, when another run holds it.

    Raises:
        Stopped: the user stopped the run while it waited.
        OSError: the file cannot be made.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(waiting)
    while not lock.is_locked:  # in short steps, so that a request to stop is seen
        proc.check_stopped()
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=_POLL_SECONDS, poll_interval=_POLL_SECONDS / 5)
    try:
        yield
    finally:
        lock.release()
