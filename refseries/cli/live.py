# SPDX-License-Identifier: GPL-2.0-or-later
"""What a running matrix is doing: a small table that fills on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.live import Live
from rich.table import Table
from rich.text import Text

from refseries.cli import matrix_view, screen

if TYPE_CHECKING:
    from refseries.testing.matrix import Event

_PLAIN_SECONDS = 15.0


class Board:
    """One row a run; told of every event, from whichever thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[tuple[str, str], tuple[Text, float]] = {}

    def put(self, event: Event) -> None:
        """Remember what the run of ``event`` is doing now."""
        text = Text(screen.printable(event.text))
        if event.run is not None:
            text = Text(
                matrix_view.summary(event.run), style="green" if event.run.as_expected else "red"
            )
        with self._lock:
            self._rows[(str(event.target), event.config)] = (text, time.monotonic())

    def __rich__(self) -> Table:
        table = Table.grid(padding=(0, 2), expand=True)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(no_wrap=True)
        # What is left of the line: a long text shortens itself, and not the names before it.
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        with self._lock:
            for (target, config), (text, _when) in self._rows.items():
                table.add_row(target, config, text)
        return table


class Plain:
    """A line for each stage, and one now and then while it lasts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: dict[tuple[str, str], tuple[str, float]] = {}

    def put(self, event: Event) -> None:
        """Print ``event`` unless the same run spoke of the same stage a moment ago."""
        key, now = (str(event.target), event.config), time.monotonic()
        with self._lock:
            stage, when = self._said.get(key, ("", 0.0))
            if event.run is None and stage == event.stage and now - when < _PLAIN_SECONDS:
                return
            self._said[key] = (event.stage, now)
            text = matrix_view.summary(event.run) if event.run is not None else event.text
            line = f"{event.target} {event.config}: {screen.printable(text)}"
            screen.err().print(line, soft_wrap=True)


class Silent:
    """Says nothing."""

    def put(self, event: Event) -> None:
        """Take no notice of ``event``."""


@contextmanager
def board(quiet: bool) -> Iterator[Board | Plain | Silent]:
    """Where to tell events for the length of a block."""
    if quiet:
        yield Silent()
    elif screen.err().is_terminal:
        shown = Board()
        with Live(shown, console=screen.err(), refresh_per_second=8, transient=True):
            yield shown
    else:
        yield Plain()
