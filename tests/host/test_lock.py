# SPDX-License-Identifier: GPL-2.0-or-later
"""Who waits for a lock says so, and can be stopped while he waits."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from recorded_progress import heard
from waiting import SECONDS

from refseries.errors import Stopped
from refseries.host import lock, proc
from refseries.host.progress import silent


def test_nothing_is_said_where_nobody_holds_it(tmp_path: Path) -> None:
    said: list[str] = []
    for _ in range(2):
        with lock.held(tmp_path / "a.lock", heard(said), "waiting"):
            pass
    assert said == []


def test_who_waits_says_so_once_and_then_has_it(tmp_path: Path) -> None:
    path, told, order = tmp_path / "a.lock", threading.Event(), list[str]()

    def say(text: str, _part: float = 0.0, /) -> None:
        order.append(text)
        told.set()

    def second() -> None:
        with lock.held(path, say, "waiting"):
            order.append("second")

    thread = threading.Thread(target=second)
    with lock.held(path, heard(order), "never"):
        thread.start()
        assert told.wait(SECONDS)
        order.append("first")
    thread.join(SECONDS)
    assert order == ["waiting", "first", "second"]


def test_a_wish_to_stop_ends_the_waiting(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with (
        lock.held(path, silent, ""),
        pytest.raises(Stopped),
        lock.held(path, lambda _text, _part=0.0: proc.stop_all(), "waiting"),
    ):
        raise AssertionError("both have it")
