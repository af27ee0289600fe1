# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's command line, made from ``qemu/configs.toml`` by a pure function."""

from __future__ import annotations

import os
import platform
import shlex
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from refseries.errors import SeriesError
from refseries.host import proc, toml

# arm64's COMMAND_LINE_SIZE; the kernel would cut a longer line without a word.
_MAX_COMMAND_LINE = 2047
# At the level of `quiet` a WARNING stays off the console.
_COMMAND = 'echo 5 >/proc/sys/kernel/printk; "$@"'
# CONFIG_INIT_ENV_ARG_LIMIT; the kernel panics on more words for init than that.
_MAX_WORDS = 32
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.,:/=+@*?![]^")
# uname -m of the hosts that run an ARCH by KVM.
_KVM_HOSTS = {"arm64": "aarch64"}


class Mode(StrEnum):
    """How QEMU runs the processor.

    ``tcg`` emulates it, ``kvm`` lends it the host's own. ``icount`` emulates one processor whose
    clock is the count of its instructions: slower, and the same figures on every run and host.
    """

    TCG = "tcg"
    KVM = "kvm"
    ICOUNT = "icount"


class Accelerator(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[machine.ARCH.MODE]``: QEMU's arguments for one way to run the processor.

    Attributes:
        machine, cpu, accel: QEMU's ``-M``, ``-cpu`` and ``-accel``.
        cpus: virtual processors, where it is not as many as the machine has otherwise.
        arguments: more of QEMU's arguments.
    """

    machine: str
    cpu: str
    accel: str
    cpus: int | None = None
    arguments: tuple[str, ...] = ()


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[machine.ARCH]`` of configs.toml, where every field is described."""

    image: str
    image_path: str
    console: str
    command_line: tuple[str, ...]
    memory_mib: int
    cpus: int
    qemu: str
    arguments: tuple[str, ...]
    results_port: str
    tcg: Accelerator
    kvm: Accelerator | None = None
    icount: Accelerator | None = None


class _File(msgspec.Struct, frozen=True, kw_only=True):
    """configs.toml; its configs are read, strictly, by ``refseries.kernel.configs``."""

    schema: int
    machine: dict[str, Machine]


def machine(configs: Path, arch: str) -> Machine:
    """The machine that boots kernels of ``arch``.

    Args:
        configs: ``configs.toml``.
        arch: the kernel's ARCH.

    Raises:
        SeriesError: the file is wrong, or has no machine for ``arch``.
    """
    machines = toml.load(configs, _File).machine
    if arch not in machines:
        raise SeriesError(
            f"there is no [machine.{arch}] to boot it on.",
            where=str(configs),
            hint=f"Known are: {', '.join(machines)}.",
        )
    return machines[arch]


def can_use_kvm(arch: str, host: str = platform.machine(), device: Path = Path("/dev/kvm")) -> bool:
    """Whether guests of ``arch`` run by KVM here: the host is of that kind and we may use it."""
    return _KVM_HOSTS.get(arch) == host and os.access(device, os.R_OK | os.W_OK)


def quickest(arch: str) -> Mode:
    """The mode to test guests of ``arch`` in: KVM where it can be had."""
    return Mode.KVM if can_use_kvm(arch) else Mode.TCG


def version(qemu: str) -> str:
    """First line of QEMU's ``--version``, for the record of a run."""
    return proc.run([qemu, "--version"]).stdout.partition("\n")[0].strip()


def encode(word: str) -> str:
    """One word for init, so that it survives the kernel's command line: other bytes become %XX."""
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in os.fsencode(word))


def words_for_tests(only: Sequence[str], start: int, timeout: float) -> tuple[str, ...]:
    """Init's words to run the tests.

    Args:
        only: globs of case names; none means all.
        start: number of the first case to run.
        timeout: seconds for one case; rounded up to a whole one.
    """
    globs = tuple(f"only={glob}" for glob in only)
    begin = (f"start={start}",) if start > 1 else ()
    return ("test", *globs, *begin, f"timeout={max(1, -int(-timeout // 1))}")


def words_for_command(argv: Sequence[str]) -> tuple[str, ...]:
    """Init's words to run one command; through busybox's shell, which has its tools built in.

    Where the kernel was quiet so far, its warnings are shown from then on.
    """
    return ("run=" + "\0".join(("/bin/sh", "-c", _COMMAND, "sh", *argv)),)


def command(
    machine: Machine,
    image: Path,
    initramfs: Path,
    words: Sequence[str],
    *,
    mode: Mode,
    console: str = "console.log",
    results: str = "results.ktap",
    interactive: bool = False,
    parameters: Sequence[str] = (),
) -> list[str]:
    """QEMU's command line for one boot.

    Args:
        words: what init is to do, not encoded yet.
        mode: how the processor is run.
        console, results: files for the serial console and the results channel; relative ones are
            below QEMU's working directory.
        interactive: the console is QEMU's terminal, and the file keeps a copy.
        parameters: more kernel parameters.

    Raises:
        SeriesError: more words than the kernel passes on, or a mode that is not described.
    """
    modes = {Mode.TCG: machine.tcg, Mode.KVM: machine.kvm, Mode.ICOUNT: machine.icount}
    accelerator = modes[mode]
    if accelerator is None:
        raise SeriesError(
            f"this machine has no [machine.….{mode}].", hint="Add it to configs.toml."
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
        *machine.arguments,
        *("-chardev", serial, "-serial", "chardev:console"),
        *("-chardev", f"file,id=results,path={_comma(results)}"),
        *("-device", f"virtserialport,chardev=results,name={machine.results_port}"),
        *("-kernel", str(image), "-initrd", str(initramfs)),
        *("-append", _command_line(machine, words, parameters)),
    ]


def _comma(value: str) -> str:
    """A value inside of one of QEMU's comma lists."""
    return value.replace(",", ",,")


def _command_line(machine: Machine, words: Sequence[str], parameters: Sequence[str]) -> str:
    kernel = (f"console={machine.console}", *machine.command_line, *parameters)
    line = " ".join((*kernel, "--", *map(encode, words)))
    if len(line) > _MAX_COMMAND_LINE or len(words) > _MAX_WORDS:
        raise SeriesError(
            f"the kernel takes {_MAX_COMMAND_LINE} bytes and {_MAX_WORDS} words on its command "
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
