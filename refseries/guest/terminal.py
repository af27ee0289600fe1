# SPDX-License-Identifier: GPL-2.0-or-later
"""A shell or one command in a guest, for ``refseries boot``."""

from __future__ import annotations

import contextlib
import os
import re
import termios
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from refseries.guest import ktap, qemu
from refseries.guest.boot import boot, command_line, prepare
from refseries.guest.model import Boot, BootRequest, OnConsole, nobody
from refseries.host import proc

# The kernel's messages on the way up would stand among what the command prints.
_QUIET = ("quiet",)
_STDIN, _STDOUT = 0, 1


@dataclass(frozen=True)
class ShellEnd:
    """How an interactive guest ended: its exit status, or None and why there is none."""

    exit_status: int | None
    reason: str


def run_command(request: BootRequest, argv: Sequence[str], on_console: OnConsole) -> Boot:
    """Run one command in a guest; its exit status is the boot's ``exit_status``.

    Args:
        request: its ``words`` are made here; ``deadline`` ends a command that does not end.
        argv: program and arguments; busybox's tools are there.
        on_console: called with what it prints (and what the kernel has to complain of).
    """
    words = qemu.words_for_command(argv)
    request = replace(request, words=words, cases=False, parameters=(*request.parameters, *_QUIET))
    farewell = _Farewell(on_console)
    done = boot(request, nobody, farewell.take)
    farewell.end()
    return done


# The kernel's last line, and what it says of a host that is busy. No parameter silences them
# without silencing a panic or a WARNING, too.
_IDLE_TALK = re.compile(rb"\[ *\d+\.\d+\] (?:reboot: Power down|hrtimer: interrupt took \d+ ns)\r?")


class _Farewell:
    """Passes on what a guest prints, but for idle talk of the kernel: a program reads the rest."""

    def __init__(self, give: OnConsole) -> None:
        self._give = give
        self._held = b""

    def take(self, data: bytes) -> None:
        """Pass on whole lines, and the start of one that cannot become idle talk."""
        *lines, self._held = (self._held + data).split(b"\n")
        for line in lines:
            if not _IDLE_TALK.fullmatch(line):
                self._give(line + b"\n")
        if self._held and not self._held.startswith(b"["):
            self._give(self._held)
            self._held = b""

    def end(self) -> None:
        """Pass on what was held back."""
        if not _IDLE_TALK.fullmatch(self._held):
            self._give(self._held)


def interactive(request: BootRequest) -> ShellEnd:
    """A shell in a guest on our terminal; it lasts until the guest ends, or Ctrl-A X ends it.

    Args:
        request: its ``words`` are made here; ``directory`` keeps a copy of what was seen.
    """
    request = replace(request, words=("shell",), cases=False)
    results = request.directory / "results.ktap"
    argv = command_line(request, "console.log", results.name, interactive=True)
    prepare(request.directory / "rerun.sh", argv, results)
    with (
        _terminal_kept(),
        proc.start(
            argv,
            cwd=request.directory,
            stdin=_STDIN,
            stdout=_STDOUT,
            stderr=_STDOUT,
            foreground=True,
        ) as process,
    ):
        while process.wait(1.0) is None:
            proc.check_stopped()
    report = ktap.parse(results.read_bytes(), guest=True)
    if report.exit_status is not None:
        return ShellEnd(report.exit_status, "")
    why = f"init gave up: {report.bail}" if report.bail else "the guest ended without a last word"
    return ShellEnd(None, why)


@contextlib.contextmanager
def _terminal_kept() -> Iterator[None]:
    """Put the terminal back as it was: QEMU makes it raw, and may be killed meanwhile."""
    if not os.isatty(_STDIN):
        yield
        return
    before = termios.tcgetattr(_STDIN)
    try:
        yield
    finally:
        termios.tcsetattr(_STDIN, termios.TCSADRAIN, before)
