# SPDX-License-Identifier: GPL-2.0-or-later
"""Which accelerator runs a guest here: KVM where it really does, else QEMU's emulation.

That /dev/kvm opens says little: there are hosts on which QEMU refuses the processor for one
feature, and hosts on which the firmware runs and a 64-bit kernel never leaves its decompressor. So
a guest is tried, once a day, and what came of it is kept.
"""

from __future__ import annotations

import contextlib
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from refseries.errors import HostError
from refseries.guest import qemu
from refseries.guest.accel import Accel
from refseries.guest.qemu import Machine, Mode
from refseries.host import proc, typed
from refseries.host.scratch import scratch_folder

PATIENCE = 5.0
"""Seconds until a guest by KVM must have said its first word; a healthy one takes half of one.

Those in which it waits for a processor, because the machine is busy, do not count.
"""

# An emulated one has so many times longer.
_EMULATED = 4
_A_DAY = 24 * 3600.0
_FIRST_WORD = b"Linux version "
_POLL = 0.05


@dataclass(frozen=True)
class GuestMode:
    """How guests are run.

    Attributes:
        machine: with the processor that KVM takes, where that is not the first one described.
        why: what is wrong with KVM where it is there and not taken; empty otherwise.
    """

    machine: Machine
    mode: Mode
    why: str = ""


class _Tried(msgspec.Struct, frozen=True):
    """What the newest try came to; ``cpu`` is empty when no processor worked."""

    when: float
    host: str
    cpu: str
    why: str


def choose(
    machine: Machine,
    image: Path,
    records: Path,
    wish: Accel = Accel.AUTO,
    *,
    available: Callable[[Machine], bool] = qemu.can_use_kvm,
) -> GuestMode:
    """How guests of ``machine`` are run on this host.

    Args:
        image: a kernel to try it with.
        records: directory where what was found is kept.
        available: whether KVM seems to be there.

    Raises:
        HostError: KVM is asked for and cannot be had, or QEMU is missing.
    """
    if wish is Accel.TCG:
        return GuestMode(machine, Mode.TCG)
    why = "this host has no KVM for such guests, or /dev/kvm is closed to you"
    if available(machine):
        found = _known(machine, records) or _found_out(machine, records, image)
        if found.cpu:
            return GuestMode(_with_cpu(machine, found.cpu), Mode.KVM)
        why = found.why
    elif wish is Accel.AUTO:
        return GuestMode(machine, Mode.TCG)
    if wish is Accel.KVM:
        raise HostError(
            f"KVM does not run a guest here: {why}.",
            where="--accel",
            hint="Leave --accel away: QEMU emulates the processor then.",
        )
    return GuestMode(machine, Mode.TCG, why)


def _with_cpu(machine: Machine, cpu: str) -> Machine:
    assert machine.kvm is not None
    return replace(machine, kvm=replace(machine.kvm, cpu=cpu))


def _host(machine: Machine) -> str:
    """What the answer depends on."""
    return f"{platform.release()} {qemu.version(machine.qemu)} {os.cpu_count()}"


def _path(machine: Machine, records: Path) -> Path:
    return records / f"{machine.qemu}.json"


def _known(machine: Machine, records: Path) -> _Tried | None:
    kept = typed.kept(_path(machine, records), _Tried)
    if kept is None:
        return None
    fresh = 0 <= time.time() - kept.when < _A_DAY and kept.host == _host(machine)
    return kept if fresh else None


def _found_out(machine: Machine, records: Path, image: Path) -> _Tried:
    """Try, and keep what came of it, unless it may be the kernel that never speaks.

    One without a console, or with a fault at its very beginning, says nothing of KVM.
    """
    cpu, whys = _try(machine, image)
    found = _Tried(time.time(), _host(machine), cpu, whys[0] if not cpu else "")
    silent = not cpu and _silent(PATIENCE) in whys
    if silent and _boot(machine, image, Mode.TCG, _EMULATED * PATIENCE):
        return found
    typed.keep(_path(machine, records), found)
    return found


def _try(machine: Machine, image: Path) -> tuple[str, list[str]]:
    """The processor that works, and why the others do not."""
    assert machine.kvm is not None
    whys: list[str] = []
    for cpu in (machine.kvm.cpu, *machine.kvm.other_cpus):
        said = _boot(_with_cpu(machine, cpu), image, Mode.KVM, PATIENCE)
        if not said:
            return cpu, whys
        whys.append(said)
    return "", whys


def _silent(patience: float) -> str:
    return f"a kernel said nothing in {patience:g} s"


def _boot(machine: Machine, image: Path, mode: Mode, patience: float) -> str:
    """Why no kernel starts; empty when one does."""
    with scratch_folder() as place:
        console, messages = place / "console.log", place / "qemu.log"
        console.touch()
        argv = qemu.command(machine, image, None, (), mode=mode)
        with (
            messages.open("wb") as errors,
            proc.start(argv, cwd=place, stdout=errors) as process,
        ):
            while (status := process.wait(_POLL)) is None and process.seconds < (
                patience + _kept_waiting(process.pid)
            ):
                if _FIRST_WORD in console.read_bytes():
                    return ""
        if _FIRST_WORD in console.read_bytes():
            return ""
        if status is None:
            return _silent(patience)
        told = messages.read_text(errors="replace").strip().splitlines()
        return told[0] if told else f"QEMU ended with status {status} before the kernel spoke"


def _kept_waiting(pid: int) -> float:
    """Seconds that a process could have run in and another one did: of its worst thread.

    Source: Documentation/scheduler/sched-stats.rst; 0 where the kernel does not count them.
    """
    waited = 0
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError, ValueError, IndexError):  # the thread is gone
            waited = max(waited, int(path.read_text().split()[1]))
    return waited / 1e9
