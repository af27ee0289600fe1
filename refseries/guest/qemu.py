# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's command line, made by a pure function."""

from __future__ import annotations

import os
import platform
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from refseries.errors import SeriesError
from refseries.host import proc

RESULTS_PORT = "refseries.results"
"""Name of the virtio-serial port on which init reports."""
COUNTERS_PORT = "refseries.coverage"
"""Name of the one on which it sends the counters of lines, where it is asked for them."""

# No network, no default devices, and a guest that resets ends.
_ARGUMENTS = (
    "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-monitor", "none",
)  # fmt: skip
# A kernel that panics resets at once.
_PARAMETERS = ("panic=-1",)
# At the level of `quiet` a WARNING stays off the console.
_COMMAND = 'echo 5 >/proc/sys/kernel/printk; "$@"'
ALL_IS_TOLD = ("ignore_loglevel", "log_buf_len=1M", "printk.devkmsg=on")
"""Kernel parameters of a guest that runs cases: its console has all of the kernel's log, whatever a
case does with console levels; a case that prints much rarely makes it drop lines; and marks that
come in quick succession are not held back."""

# CONFIG_INIT_ENV_ARG_LIMIT; the kernel panics on more words for init than that.
_MAX_WORDS = 32
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.,:/=+@*?![]^")


class Mode(StrEnum):
    """How QEMU runs the processor.

    ``tcg`` emulates it, ``kvm`` lends it the host's own. ``icount`` emulates one processor whose
    clock is the count of its instructions: slower, and the same figures on every run and host.
    """

    TCG = "tcg"
    KVM = "kvm"
    ICOUNT = "icount"


@dataclass(frozen=True)
class Accelerator:
    """QEMU's arguments for one way to run the processor.

    Attributes:
        machine, cpu, accel: QEMU's ``-M``, ``-cpu`` and ``-accel``.
        other_cpus: what ``-cpu`` is tried with where the host refuses the first.
        cpus: virtual processors, where they are not as many as ``Machine.cpus``.
        arguments: more of QEMU's arguments.
    """

    machine: str
    cpu: str
    accel: str
    other_cpus: tuple[str, ...] = ()
    cpus: int | None = None
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Machine:
    """What kernels of one architecture boot on.

    Attributes:
        image: the make target; ``image_path``: where make leaves it, in the build directory.
        console: the guest's console device, as in the kernel's ``console=``.
        qemu: the program.
        host: what ``uname -m`` says on hosts that can run it by KVM.
        serial_device: the bus of virtio-serial, for the results port.
        command_line_size: the kernel's COMMAND_LINE_SIZE; it would cut a longer line without a
            word.
        tcg, kvm, icount: how its processor is run; None where that is not possible.
        memory_mib: guest memory.
        cpus: virtual processors.
    """

    image: str
    image_path: str
    console: str
    qemu: str
    host: str
    serial_device: str
    command_line_size: int
    tcg: Accelerator
    kvm: Accelerator | None = None
    icount: Accelerator | None = None
    memory_mib: int = 1024
    cpus: int = 2


def can_use_kvm(
    machine: Machine, host: str = platform.machine(), device: Path = Path("/dev/kvm")
) -> bool:
    """Whether guests run by KVM here: the host is of their kind and we may use it."""
    own = machine.kvm is not None and machine.host == host
    return own and os.access(device, os.R_OK | os.W_OK)


def version(qemu: str) -> str:
    """First line of QEMU's ``--version``, for the record of a run."""
    return proc.run([qemu, "--version"]).stdout.partition("\n")[0].strip()


def encode(word: str) -> str:
    """One word for init, so that it survives the kernel's command line: other bytes become %XX."""
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in os.fsencode(word))


def words_for_tests(
    only: Sequence[str],
    start: int,
    timeout: float,
    *,
    ptrace: bool = False,
    rounds: int = 1,
    seed: int = 0,
    coverage: bool = False,
) -> tuple[str, ...]:
    """Init's words to run the tests.

    Args:
        only: globs of case names; none means all.
        start: number of the first case to run.
        timeout: seconds for one case; rounded up to a whole one.
        ptrace: cases keep CAP_SYS_PTRACE.
        rounds: how often all of them run.
        seed: what the first round's cases have as REFSERIES_SEED, each later one's is one more; 0
            gives them none.
        coverage: send the counters of each case.
    """
    globs = tuple(f"only={glob}" for glob in only)
    begin = (f"start={start}",) if start > 1 else ()
    keep = ("ptrace",) if ptrace else ()
    again = (f"rounds={rounds}",) if rounds > 1 else ()
    seeded = (f"seed={seed}",) if seed else ()
    send = ("coverage",) if coverage else ()
    limit = f"timeout={max(1, -int(-timeout // 1))}"
    return ("test", *globs, *begin, limit, *keep, *again, *seeded, *send)


def words_for_command(argv: Sequence[str]) -> tuple[str, ...]:
    """Init's words to run one command; through busybox's shell, which has its tools built in.

    Where the kernel was quiet so far, its warnings are shown from then on.
    """
    return ("run=" + "\0".join(("/bin/sh", "-c", _COMMAND, "sh", *argv)),)


def command(
    machine: Machine,
    image: Path,
    initramfs: Path | None,
    words: Sequence[str],
    *,
    mode: Mode,
    console: str = "console.log",
    results: str = "results.ktap",
    counters: str = "",
    interactive: bool = False,
    parameters: Sequence[str] = (),
    debugger: int = 0,
) -> list[str]:
    """QEMU's command line for one boot.

    Args:
        initramfs: None for a kernel that only has to start.
        words: what init is to do, not encoded yet.
        mode: how the processor is run.
        console, results: files for the serial console and the results channel; relative ones are
            below QEMU's working directory.
        counters: the file for the counters of lines; empty for none, and no port.
        interactive: the console is QEMU's terminal, and the file keeps a copy.
        parameters: more kernel parameters.
        debugger: TCP port of this machine on which it waits for gdb before it starts; 0: none.

    Raises:
        SeriesError: more words than the kernel passes on, or a mode that is not described.
    """
    modes = {Mode.TCG: machine.tcg, Mode.KVM: machine.kvm, Mode.ICOUNT: machine.icount}
    accelerator = modes[mode]
    if accelerator is None:
        raise SeriesError(
            f"{machine.qemu} cannot run its processor by {mode}.",
            hint="Take a config of another architecture.",
        )
    serial = f"file,id=console,path={_comma(console)}"
    if interactive:
        # signal=off: Ctrl-C belongs to the guest. mux=on: Ctrl-A X ends a guest that hangs.
        serial = f"stdio,id=console,mux=on,signal=off,logfile={_comma(console)}"
    return [
        machine.qemu,
        *("-M", accelerator.machine, "-cpu", accelerator.cpu, "-accel", accelerator.accel),
        *("-smp", str(accelerator.cpus or machine.cpus), "-m", f"{machine.memory_mib}M"),
        *accelerator.arguments,
        *_ARGUMENTS,
        *("-device", machine.serial_device),
        *("-chardev", serial, "-serial", "chardev:console"),
        *("-chardev", f"file,id=results,path={_comma(results)}"),
        *("-device", f"virtserialport,chardev=results,name={RESULTS_PORT}"),
        *(_counters_port(counters) if counters else ()),
        *("-kernel", str(image)),
        *(("-initrd", str(initramfs)) if initramfs else ()),
        *("-append", _command_line(machine, words, parameters)),
        *(("-S", "-gdb", f"tcp:127.0.0.1:{debugger}") if debugger else ()),
    ]


def _counters_port(counters: str) -> tuple[str, ...]:
    chardev = f"file,id=coverage,path={_comma(counters)}"
    return ("-chardev", chardev, "-device", f"virtserialport,chardev=coverage,name={COUNTERS_PORT}")


def _comma(value: str) -> str:
    """A value inside of one of QEMU's comma lists."""
    return value.replace(",", ",,")


def _command_line(machine: Machine, words: Sequence[str], parameters: Sequence[str]) -> str:
    kernel = (f"console={machine.console}", *_PARAMETERS, *parameters)
    line = " ".join((*kernel, "--", *map(encode, words)))
    most = machine.command_line_size - 1
    if len(line) > most or len(words) > _MAX_WORDS:
        raise SeriesError(
            f"the kernel takes {most} bytes and {_MAX_WORDS} words on its command "
            f"line; this makes {len(line)} and {len(words)}.",
            hint="Use fewer or shorter globs, or a shorter command.",
        )
    return line


def rerun_script(argv: Sequence[str]) -> str:
    """A shell script that does the same boot again, in a directory ``rerun`` beside itself."""
    words = " ".join(shlex.quote(word) for word in argv)
    return f"""#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The same boot again; its console and results go to rerun/ beside this script.
set -eu
cd "$(dirname "$0")"
mkdir -p rerun
cd rerun
exec {words}
"""
