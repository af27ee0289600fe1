# SPDX-License-Identifier: GPL-2.0-or-later
"""Waiting for what is to come, on a machine that may have much else to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

SECONDS = 120.0
"""Until something is given up that a busy machine does in a few seconds."""


def until(true: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait for something that is to come."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def deadlines() -> Iterator[float]:
    """Longer and longer ones, until what is to miss them has begun before one passes."""
    yield from (0.5, 2.0, 8.0, 32.0)
    raise AssertionError("it has not even begun")


def lives(pid: int) -> bool:
    """Whether a process has not ended yet.

    One that was killed lives on for a moment: SIGKILL is sent when kill(2) returns, not served. And
    in a container nobody may be there to collect one whose parent is gone.
    """
    return state(pid) not in ("", "Z", "X")


def state(pid: int) -> str:
    """Of a process, as proc(5) has it: ``T`` is stopped; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def beside_a_write(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, other: threading.Thread
) -> None:
    """Have ``other`` come while ``module`` is about to write a file; it may have to wait for that.

    Half a second is enough for one that does not wait; one that is later has not lost anything.
    """
    real: Callable[..., None] = module.write_atomically

    def slowly(path: Path, text: str) -> None:
        if not other.ident:
            other.start()
            other.join(0.5)
        real(path, text)

    monkeypatch.setattr(module, "write_atomically", slowly)
