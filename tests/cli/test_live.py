# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import io

from rich.console import Console

from refseries.cli.live import Board
from refseries.model import Target
from refseries.testing.matrix import Event


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
