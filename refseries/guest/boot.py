# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot of one image: started, followed, ended in any case, and told from its evidence.

The guest's word is what arrives on the results channel. QEMU's own exit status says nothing: it is
0 after a panic, too.
"""

from __future__ import annotations

import os
from pathlib import Path

from refseries.errors import HostError
from refseries.guest import console, gaps, ktap, qemu, splat, unwatched
from refseries.guest.model import Boot, BootRequest, OnCase, OnConsole, nobody, nowhere
from refseries.guest.results import KtapReport
from refseries.guest.watch import COUNTERS_FLOOD, PANIC, Channel, Cut, Flooded, Watch
from refseries.host import proc
from refseries.model import Splat, StageOutcome

_POLL = 0.05


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
        watch = Watch(
            request, Channel(said), Channel(reported), on_case, on_console, parser, counters
        )
        killed = ""
        with proc.start(argv, cwd=request.directory, stdout=errors) as process:
            while (status := process.wait(_POLL)) is None and not killed:
                watch.catch_up()
                killed = watch.too_much()
            seconds = process.seconds
        proc.check_stopped()
        watch.catch_up()
    if isinstance(killed, Flooded):
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
        cut=isinstance(killed, Cut),
    )


def _shorten(watch: Watch, console_log: Path, results: Path) -> None:
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


def _check_refused(watch: Watch, argv: list[str], status: int | None, messages: Path) -> None:
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
    watch: Watch,
    report: KtapReport,
    splats: tuple[Splat, ...],
    killed: str,
    status: int | None,
) -> tuple[StageOutcome, str]:
    """The outcome of a boot and the reason for it, from all that was seen."""
    if watch.panicked is not None:  # also one on the way to power-off, behind the last word
        panic = next((each.title for each in splats if each.kind == "panic"), PANIC.decode())
        return StageOutcome.PANIC, panic
    if report.exit_status is not None:
        return StageOutcome.PASS, killed
    if isinstance(killed, Cut):
        return StageOutcome.PASS, killed
    if report.bail is not None:
        return StageOutcome.NO_RESULTS, f"the guest's init gave up: {report.bail}"
    if isinstance(killed, Flooded):
        return StageOutcome.NO_RESULTS, killed
    if killed:
        return StageOutcome.BOOT_TIMEOUT, killed
    how = "powered off" if status == 0 else f"was ended by QEMU (status {status})"
    return StageOutcome.NO_RESULTS, f"the guest {how} without saying how it went"
