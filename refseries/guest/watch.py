# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest followed while it runs: what it says on both channels, and when it has to be killed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from refseries.guest import ktap, qemu, unwatched
from refseries.guest.model import BootRequest, OnCase, OnConsole

COUNTERS_FLOOD = 8
"""How many times as many bytes as a channel the counters of lines may take."""
PANIC = b"Kernel panic - not syncing"
_CHUNK = 1 << 20


@dataclass
class Channel:
    """A file that QEMU writes, read as it grows."""

    stream: BinaryIO
    size: int = 0

    def read(self) -> bytes:
        """What has come since; empty when nothing has."""
        data = self.stream.read(_CHUNK)
        self.size += len(data)
        return data


class Flooded(str):
    """Why a guest was killed that wrote more than it may; a case can have any name."""


class Cut(str):
    """Why a guest was ended that is no longer watched."""


@dataclass
class Watch:
    """Follows both channels of a guest and says when it has to be killed, and why."""

    request: BootRequest
    console: Channel
    results: Channel
    on_case: OnCase
    on_console: OnConsole
    parser: ktap.Parser
    counters: Path | None = None
    began: float = field(init=False)
    heard: float = field(init=False)
    case: str | None = None
    case_began: float = 0.0
    begun: bool = False
    last: int = 0
    ready: float | None = None
    panicked: float | None = None
    ended: float | None = None
    _tail: bytes = b""

    def __post_init__(self) -> None:
        self.began = self.heard = time.monotonic()
        self.listener = unwatched.Listener(self.request.multi_shot)

    def listen(self) -> bool:
        """Read what has come; False when there was nothing."""
        said, reported = self.console.read(), self.results.read()
        if not said and not reported:
            return False
        self.heard = time.monotonic()
        if said:
            self.on_console(said)
        # The words may arrive in two pieces.
        if self.panicked is None and PANIC in self._tail + said:
            self.panicked = self.heard
        self._tail = (self._tail + said)[-len(PANIC) :]
        begun = self.begun
        for result in self.parser.feed(reported):
            self.on_case(result, self.parser.planned)
            self.begun, self.last = True, result.number
        self.begun |= self.parser.running is not None
        self.listener.hear(said, self.parser.running, begun)
        if self.parser.running != self.case:
            self.case, self.case_began = self.parser.running, self.heard
        if self.ready is None and self.parser.started:
            self.ready = self.heard - self.began
        if self.ended is None and self.parser.ended:
            self.ended = self.heard
        return True

    def catch_up(self) -> None:
        """Listen until there is nothing more, or too much."""
        while max(self.console.size, self.results.size) <= self.request.flood and self.listen():
            pass

    def too_much(self) -> str:
        """Why the guest has to be killed now; empty while it may go on."""
        now, request = time.monotonic(), self.request
        if flooded := self._flooded():
            return Flooded(f"the guest flooded its {flooded}")
        if self.panicked is not None:
            return (
                "the guest panicked and did not end" if now - self.panicked > request.grace else ""
            )
        if self.ended is not None:
            return "the guest did not power off" if now - self.ended > request.grace else ""
        if self.listener.during not in (None, self.case) and self.last < self.parser.planned:
            return Cut(f"ended behind {self.listener.during}, in which a check turned itself off")
        if now - self.began > request.deadline:
            return f"the guest was still at work after its deadline of {request.deadline:.0f} s"
        if not request.cases:
            return ""
        if not self.parser.started:
            late = now - self.began > request.boot_timeout
            return (
                f"the guest's init did not report in {request.boot_timeout:.0f} s" if late else ""
            )
        # A kernel that hangs may go on talking (stalled processors): only results count.
        limit = request.case_timeout + request.slack
        if self.case is not None:
            late = now - self.case_began > limit
            return f"the guest hung: {self.case} did not end in {limit:.0f} s" if late else ""
        return f"no sound from the guest for {limit:.0f} s" if now - self.heard > limit else ""

    def _flooded(self) -> str:
        """What it floods; empty when nothing."""
        most = self.request.flood
        for channel, name in ((self.console, "console"), (self.results, "results channel")):
            if channel.size > most:
                return f"{name}: more than {most >> 20} MiB"
        if self.counters and self.counters.stat().st_size > COUNTERS_FLOOD * most:
            return f"port {qemu.COUNTERS_PORT}"
        return ""
