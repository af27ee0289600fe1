# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot of one image: started, followed, ended in any case, and told from its evidence.

The guest's word is what arrives on the results channel. QEMU's own exit status says nothing: it is
0 after a panic, too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from refseries.errors import HostError
from refseries.guest import console, gaps, ktap, qemu, splat, unwatched
from refseries.guest.gaps import Gap
from refseries.guest.results import KtapReport, KtapResult
from refseries.guest.unwatched import Unwatched
from refseries.host import proc
from refseries.model import Splat, StageOutcome

FLOOD = 64 * 1024 * 1024
"""Bytes on either channel after which a guest is killed."""
COUNTERS_FLOOD = 8
"""How many times as many the counters of lines may take."""
GRACE = 5.0
"""Seconds that a guest gets to end by itself after a panic or its last word."""
SLACK = 35.0
"""Seconds on top of a case's own timeout: init needs some to kill and report it."""

_PANIC = b"Kernel panic - not syncing"
_POLL = 0.05
_CHUNK = 1 << 20


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
        words: what init is to do (``qemu.test_words`` and its like).
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
    boot_timeout: float = 120.0
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


@dataclass
class _Channel:
    """A file that QEMU writes, read as it grows."""

    stream: BinaryIO
    size: int = 0

    def read(self) -> bytes:
        data = self.stream.read(_CHUNK)
        self.size += len(data)
        return data


class _Flooded(str):
    """Why a guest was killed that wrote more than it may; a case can have any name."""


class _Cut(str):
    """Why a guest was ended that is no longer watched."""


@dataclass
class _Watch:
    """Follows both channels of a guest and says when it has to be killed, and why."""

    request: BootRequest
    console: _Channel
    results: _Channel
    on_case: OnCase
    on_console: OnConsole
    parser: ktap.Parser
    counters: Path | None = None
    began: float = field(default_factory=time.monotonic)
    heard: float = field(default_factory=time.monotonic)
    case: str | None = None
    case_began: float = 0.0
    begun: bool = False
    last: int = 0
    ready: float | None = None
    panicked: float | None = None
    ended: float | None = None
    _tail: bytes = b""

    def __post_init__(self) -> None:
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
        if self.panicked is None and _PANIC in self._tail + said:
            self.panicked = self.heard
        self._tail = (self._tail + said)[-len(_PANIC) :]
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
            return _Flooded(f"the guest flooded its {flooded}")
        if self.panicked is not None:
            return (
                "the guest panicked and did not end" if now - self.panicked > request.grace else ""
            )
        if self.ended is not None:
            return "the guest did not power off" if now - self.ended > request.grace else ""
        if self.listener.during not in (None, self.case) and self.last < self.parser.planned:
            return _Cut(f"ended behind {self.listener.during}, in which a check turned itself off")
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


def boot(request: BootRequest, on_case: OnCase = nobody, on_console: OnConsole = nowhere) -> Boot:
    """Boot a guest and wait for its end; it is over when this returns, whatever the guest does.

    Args:
        on_case, on_console: called in this thread.

    Raises:
        HostError: QEMU is missing or refuses its command line.
        Stopped: the user asked to stop.
    """
    suffix = f"-{request.number}" if request.number > 1 else ""
    names = (f"console{suffix}.log", f"results{suffix}.ktap", f"qemu{suffix}.log")
    console_log, results, messages = (request.directory / name for name in names)
    counters = request.directory / f"coverage{suffix}.bin" if request.coverage else None
    argv = command_line(request, names[0], names[1], counters=counters.name if counters else "")
    channels = (console_log, results, *((counters,) if counters else ()))
    prepare(request.directory / f"rerun{suffix}.sh", argv, *channels)
    with (
        console_log.open("rb", buffering=0) as said,
        results.open("rb", buffering=0) as reported,
        messages.open("wb") as errors,
    ):
        parser = ktap.Parser(guest=True, first=request.first)
        watch = _Watch(
            request, _Channel(said), _Channel(reported), on_case, on_console, parser, counters
        )
        killed = ""
        with proc.start(argv, cwd=request.directory, stdout=errors) as process:
            while (status := process.wait(_POLL)) is None and not killed:
                watch.catch_up()
                killed = watch.too_much()
            seconds = process.seconds
        proc.check_stopped()
        watch.catch_up()
    if isinstance(killed, _Flooded):
        _shorten(watch, console_log, results)
    _check_refused(watch, argv, status, messages)
    report = parser.finish()
    marks = report.marks
    # Each goes through the file anew: of up to half a million lines, none is kept in memory.
    splats = splat.find(console.read(console_log), marks)
    off = unwatched.find(console.read(console_log), marks, multi_shot=request.multi_shot)
    holes = gaps.find(console.read(console_log), marks, parser.log)
    return Boot(
        *_judge(watch, report, splats, killed, status),
        seconds=seconds,
        ready=seconds if watch.ready is None else min(watch.ready, seconds),
        exit_status=report.exit_status,
        report=report,
        splats=splats,
        durations=console.durations(console.read(console_log), marks),
        argv=tuple(argv),
        console=console_log,
        results=results,
        mode=request.mode,
        gaps=(*holes, *(off.gaps() if off else ())) if request.cases else (),
        counters=counters,
        unwatched=off,
        cut=isinstance(killed, _Cut),
    )


def _shorten(watch: _Watch, console_log: Path, results: Path) -> None:
    """Cut off what came meanwhile of a flood, which may fill the disk."""
    for path, channel in ((console_log, watch.console), (results, watch.results)):
        os.truncate(path, channel.size)
    most = COUNTERS_FLOOD * watch.request.flood
    if watch.counters and watch.counters.stat().st_size > most:
        os.truncate(watch.counters, most)


def command_line(
    request: BootRequest,
    console: str,
    results: str,
    interactive: bool = False,
    counters: str = "",
) -> list[str]:
    """QEMU's command line for a request; see ``qemu.command``."""
    told = qemu.ALL_IS_TOLD if request.cases else ()
    return qemu.command(
        request.machine,
        request.image,
        request.initramfs,
        request.words,
        mode=request.mode,
        console=console,
        results=results,
        counters=counters,
        interactive=interactive,
        parameters=(*told, *request.parameters),
        debugger=request.debugger,
    )


def prepare(script: Path, argv: list[str], *channels: Path) -> None:
    """Write the evidence that is there before the guest is: how to boot it again, empty files."""
    script.write_text(qemu.rerun_script(argv), encoding="utf-8")
    script.chmod(0o755)
    for path in channels:
        path.write_bytes(b"")


def _check_refused(watch: _Watch, argv: list[str], status: int | None, messages: Path) -> None:
    """QEMU ended with an error before the guest said anything: our command line or this host."""
    if not status or status < 0 or watch.console.size or watch.results.size:
        return
    text = messages.read_text(encoding="utf-8", errors="replace")
    raise HostError(
        f"{argv[0]} does not start: it ended with exit status {status}.",
        where=str(messages),
        hint="See what it says below; `refseries doctor` checks this machine.",
        detail="\n".join(text.strip().splitlines()[-10:]),
    )


def _judge(
    watch: _Watch,
    report: KtapReport,
    splats: tuple[Splat, ...],
    killed: str,
    status: int | None,
) -> tuple[StageOutcome, str]:
    """The outcome of a boot and the reason for it, from all that was seen."""
    if watch.panicked is not None:  # also one on the way to power-off, behind the last word
        panic = next((each.title for each in splats if each.kind == "panic"), _PANIC.decode())
        return StageOutcome.PANIC, panic
    if report.exit_status is not None:
        return StageOutcome.PASS, killed
    if isinstance(killed, _Cut):
        return StageOutcome.PASS, killed
    if report.bail is not None:
        return StageOutcome.NO_RESULTS, f"the guest's init gave up: {report.bail}"
    if isinstance(killed, _Flooded):
        return StageOutcome.NO_RESULTS, killed
    if killed:
        return StageOutcome.BOOT_TIMEOUT, killed
    how = "powered off" if status == 0 else f"was ended by QEMU (status {status})"
    return StageOutcome.NO_RESULTS, f"the guest {how} without saying how it went"
