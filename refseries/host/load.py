# SPDX-License-Identifier: GPL-2.0-or-later
"""Work for the host that is none, so that what depends on quick answers shows itself."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

from refseries.host import proc

# Computes and hands memory about; a process of it keeps one processor busy.
_PROGRAM = "while True: bytes(range(256)) * 65536"


def processes() -> int:
    """How many make a guest wait for a processor about as often as it has one."""
    return 2 * (os.cpu_count() or 1)


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep ``count`` processes computing for the length of a block; none outlives it.

    Raises:
        Stopped: the user asked to stop.
    """
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(proc.start([sys.executable, "-I", "-S", "-c", _PROGRAM]))
        yield
