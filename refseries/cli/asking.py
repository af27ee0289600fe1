# SPDX-License-Identifier: GPL-2.0-or-later
"""A question on the terminal, and the signals that may come while nobody answers."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from collections.abc import Iterator

from refseries.cli import screen

_ANSWERS = {"y": True, "yes": True, "n": False, "no": False, "": False}


def confirm(question: str) -> bool:
    """Ask for a yes; Enter and Ctrl-D are a no.

    Raises:
        Stopped: a signal came, whenever that was.
    """
    with _signals() as told:
        while True:
            screen.err().print(f"{question} [y/N]: ", end="", markup=False, highlight=False)
            # A terminal gives whole lines. A signal that comes after Python's last look, and before
            # a read, would be heard with the next key alone.
            select.select([sys.stdin, told], [], [])
            line = sys.stdin.readline()
            if not line:
                screen.err().print()
            answer = _ANSWERS.get(line.strip().lower())
            if answer is not None:
                return answer
            screen.err().print("Please say y or n.")


@contextlib.contextmanager
def _signals() -> Iterator[int]:
    """A descriptor that can be read once a signal has come."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield reader
    finally:
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)
