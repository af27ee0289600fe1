# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import io

import pytest
from rich.console import Console

from refseries.cli.live import Board, Plain
from refseries.model import Target
from refseries.testing.matrix import Event
from refseries.testing.remaining import Took


def test_a_long_text_leaves_the_names_before_it_whole() -> None:
    board = Board()
    waiting = "another run of refseries is building in /home/ada/.cache/refseries/toy/build/src"
    board.put(Event(Target("v2", "nobody-writes-it"), "x86_64-sparsemem", "build", waiting))
    console = Console(file=io.StringIO(), width=80)
    console.print(board)
    assert isinstance(console.file, io.StringIO)
    (line,) = console.file.getvalue().splitlines()
    assert line.startswith("v2:nobody-writes-it  x86_64-sparsemem  another run of refseries is")
    assert line.rstrip().endswith("…")


def test_what_is_left_stands_below_the_runs_until_the_last_minute() -> None:
    target = Target("v2")
    board = Board({(target, "default"): Took(build=600.0, test=30.0)}, jobs=2)
    console = Console(file=io.StringIO(), width=80)
    board.put(Event(target, "default", "build", "building"))
    console.print(board)
    board.put(Event(target, "default", "test", "booting"))
    console.print(board)
    assert isinstance(console.file, io.StringIO)
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    assert lines == [
        "v2  default  building", "about 10 min left, as earlier runs took", "v2  default  booting",
    ]  # fmt: skip


def test_lines_say_what_is_left_now_and_then(capfd: pytest.CaptureFixture[str]) -> None:
    target = Target("v2")
    plain = Plain({(target, "default"): Took(build=600.0, test=30.0)}, jobs=2)
    plain.put(Event(target, "default", "build", "building"))
    plain.put(Event(target, "default", "build", "building: 1 file"))
    assert capfd.readouterr().err.splitlines() == [
        "about 10 min left, as earlier runs took", "v2 default: building",
    ]  # fmt: skip
