# SPDX-License-Identifier: GPL-2.0-or-later
"""What a running matrix is doing: a small table that fills on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from refseries.cli import matrix_view, screen
from refseries.testing import remaining
from refseries.testing.remaining import ColumnKey, Took

if TYPE_CHECKING:
    from refseries.testing.matrix import Event

_PLAIN_SECONDS = 15.0
_LEFT_SECONDS = 60.0


class _Watch:
    """How far each run is, and what is left by earlier ones; the caller holds a lock."""

    def __init__(self, took: Mapping[ColumnKey, Took] | None, jobs: int) -> None:
        self._took = took or {}
        self._jobs = jobs
        self._stages: dict[ColumnKey, tuple[str, float]] = {}

    def see(self, event: Event) -> None:
        """Remember the stage that a run is in, and since when."""
        column = (event.target, event.config)
        stage = "done" if event.run is not None else event.stage
        if self._stages.get(column, ("", 0.0))[0] != stage:
            self._stages[column] = (stage, time.monotonic())

    def left(self) -> str:
        """What is left, in words; empty where that is not known, or soon over."""
        now = time.monotonic()
        progressed = {
            column: remaining.Progressed(stage, now - since)
            for column, (stage, since) in self._stages.items()
        }
        return remaining.in_words(remaining.left(self._took, progressed, self._jobs))


class Board:
    """One row a run; told of every event, from whichever thread."""

    def __init__(self, took: Mapping[ColumnKey, Took] | None = None, jobs: int = 1) -> None:
        self._lock = threading.Lock()
        self._rows: dict[tuple[str, str], tuple[Text, float]] = {}
        self._watch = _Watch(took, jobs)

    def put(self, event: Event) -> None:
        """Remember what the run of ``event`` is doing now."""
        text = Text(screen.printable(event.text))
        if event.run is not None:
            text = Text(
                matrix_view.summary(event.run), style="green" if event.run.as_expected else "red"
            )
        with self._lock:
            self._rows[(str(event.target), event.config)] = (text, time.monotonic())
            self._watch.see(event)

    def __rich__(self) -> RenderableType:
        table = Table.grid(padding=(0, 2), expand=True)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(no_wrap=True)
        # What is left of the line: a long text shortens itself, and not the names before it.
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        with self._lock:
            for (target, config), (text, _when) in self._rows.items():
                table.add_row(target, config, text)
            left = self._watch.left()
        return Group(table, Text(left, style="dim")) if left else table


class Plain:
    """A line for each stage, and one now and then while it lasts, or about what is left."""

    def __init__(self, took: Mapping[ColumnKey, Took] | None = None, jobs: int = 1) -> None:
        self._lock = threading.Lock()
        self._watch = _Watch(took, jobs)
        self._told = -_LEFT_SECONDS
        self._said: dict[tuple[str, str], tuple[str, float]] = {}

    def put(self, event: Event) -> None:
        """Print ``event`` unless the same run spoke of the same stage a moment ago."""
        key, now = (str(event.target), event.config), time.monotonic()
        with self._lock:
            self._watch.see(event)
            if now - self._told >= _LEFT_SECONDS and (left := self._watch.left()):
                self._told = now
                screen.err().print(left, soft_wrap=True)
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
def board(
    quiet: bool, took: Mapping[ColumnKey, Took] | None = None, jobs: int = 1
) -> Iterator[Board | Plain | Silent]:
    """Where to tell events for the length of a block.

    Args:
        took: what each run is expected to take; None where nobody knows.
        jobs: guests beside each other.
    """
    if quiet:
        yield Silent()
    elif screen.err().is_terminal:
        shown = Board(took, jobs)
        with Live(shown, console=screen.err(), refresh_per_second=8, transient=True):
            yield shown
    else:
        yield Plain(took, jobs)
