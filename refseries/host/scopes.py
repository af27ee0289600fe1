# SPDX-License-Identifier: GPL-2.0-or-later
"""One piece of work among others in this program, whose processes can be stopped alone.

``proc.stop_all`` ends everything; a program that does jobs of several users at once ends one of
them. ``proc`` notes each process here that a thread starts within its scope.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading

_thread = threading.local()


class Scope:
    """The work of the thread that entered it; ``stop`` may come from any thread."""

    def __init__(self) -> None:
        self.stopped = False
        self.alive: set[int] = set()

    def __enter__(self) -> Scope:
        """Take what this thread starts from now on."""
        assert _current() is None
        _thread.scope = self
        return self

    def __exit__(self, *_error: object) -> None:
        """Take no more."""
        _thread.scope = None

    def stop(self) -> None:
        """Kill every process of this work; a process that it starts from now on is killed, too."""
        self.stopped = True
        for target in tuple(self.alive):
            with contextlib.suppress(ProcessLookupError):
                os.kill(target, signal.SIGKILL)


def note(target: int) -> None:
    """What this thread has started, as kill(2) takes it; ``is_stopped`` is to be asked behind."""
    if scope := _current():
        scope.alive.add(target)


def forget(target: int) -> None:
    """It has ended."""
    if scope := _current():
        scope.alive.discard(target)


def is_stopped() -> bool:
    """Whether the work of this thread is to end."""
    scope = _current()
    return scope is not None and scope.stopped


def _current() -> Scope | None:
    found: Scope | None = getattr(_thread, "scope", None)
    return found
