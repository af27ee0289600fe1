# SPDX-License-Identifier: GPL-2.0-or-later
"""What is booted, and how a boot went, as frozen values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from refseries.guest import qemu, unwatched
from refseries.guest.gaps import Gap
from refseries.guest.results import KtapReport, KtapResult
from refseries.guest.unwatched import Unwatched
from refseries.model import Splat, StageOutcome

FLOOD = 64 * 1024 * 1024
"""Bytes on either channel after which a guest is killed."""
GRACE = 5.0
"""Seconds that a guest gets to end by itself after a panic or its last word."""
BOOT_TIMEOUT = 120.0
"""Seconds that a guest gets until its init reports."""
SLACK = 35.0
"""Seconds on top of a case's own timeout: init needs some to kill and report it."""

OnCase = Callable[[KtapResult, int], None]
"""Called with every case as it finishes, and how many are planned."""


OnConsole = Callable[[bytes], None]
"""Called with what the guest prints on its console, as it comes."""


def nobody(_result: KtapResult, _planned: int) -> None:
    """An ``OnCase`` that does not care."""


def nowhere(_text: bytes) -> None:
    """An ``OnConsole`` that does not care."""


@dataclass(frozen=True)
class BootRequest:
    """What to boot and how long to wait for it. Times are in seconds.

    Attributes:
        words: what init is to do (``qemu.words_for_tests`` and its like).
        directory: where console, results and the script go; it must exist.
        mode: how QEMU runs the processor.
        number: counts the boots of one run; from 2 on, file names carry it.
        first: number of the first case that init was told to run.
        debugger: TCP port of this machine on which QEMU waits for gdb before it starts; 0: none.
        cases: init reports cases; otherwise (a command) only ``deadline`` ends a silent guest.
        parameters: more kernel parameters.
        case_ptrace: cases keep CAP_SYS_PTRACE, by which they could speak for init.
        rounds, seed: how often all cases run, and by which seeds; see ``qemu.words_for_tests``.
        coverage: its init sends what lines of the kernel each case ran.
        case_timeout: init kills a case after that; a guest that is ``slack`` later hangs.
        boot_timeout: until init reports its plan.
        deadline: for the whole boot.
        grace: until a guest ends by itself after a panic or its last word.
        flood: bytes on either channel that are too many.
    """

    machine: qemu.Machine
    image: Path
    initramfs: Path
    words: tuple[str, ...]
    directory: Path
    mode: qemu.Mode = qemu.Mode.TCG
    number: int = 1
    first: int = 1
    cases: bool = True
    debugger: int = 0
    parameters: tuple[str, ...] = ()
    case_ptrace: bool = False
    rounds: int = 1
    seed: int = 0
    coverage: bool = False
    case_timeout: float = 60.0
    boot_timeout: float = BOOT_TIMEOUT
    deadline: float = 1800.0
    slack: float = SLACK
    grace: float = GRACE
    flood: int = FLOOD

    @property
    def multi_shot(self) -> bool:
        """Whether KASAN is told to go on reporting."""
        return unwatched.MULTI_SHOT in self.parameters


@dataclass(frozen=True)
class Boot:
    """How one boot went.

    Attributes:
        outcome: ``pass``: the guest said its last word. ``panic``, ``boot-timeout`` (one of our
            deadlines passed), ``no-results`` (it ended without a last word).
        reason: why it is no pass; also what was odd about a pass.
        seconds: from the start of QEMU to its end.
        ready: from there until init said its plan; all of ``seconds`` when it never did.
        exit_status: from the guest; None when it gave none.
        durations: seconds in the guest, by case.
        mode: how its processor was run.
        gaps: where its console is not whole.
        counters: the file of what its init sent of lines; None where it was not asked to.
        unwatched: from where on a check of the kernel was off; None: all were on.
        cut: it was ended behind the case in which one was turned off; or what it did behind that
            was left out, however it ended.
    """

    outcome: StageOutcome
    reason: str
    seconds: float
    ready: float
    exit_status: int | None
    report: KtapReport
    splats: tuple[Splat, ...]
    durations: dict[str, float]
    argv: tuple[str, ...]
    console: Path
    results: Path
    mode: qemu.Mode
    gaps: tuple[Gap, ...] = ()
    counters: Path | None = None
    unwatched: Unwatched | None = None
    cut: bool = False
