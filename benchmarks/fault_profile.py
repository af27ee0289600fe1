# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the instructions of one fault go, function by function, in versions beside each other.

QEMU counts instructions for `refseries bench`; here it names each one that it executes, from the
moment on in which everything but the fault itself is done. What versions share is summed up.
"""

from __future__ import annotations

import bisect
import os
import re
import socket
import stat
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import rig

from refseries.cli.context import find_base, load
from refseries.cli.options import SeriesOptions
from refseries.guest import busybox, initramfs, qemu
from refseries.host import proc, resources
from refseries.host.progress import silent
from refseries.kernel import arch, configs, toolchain
from refseries.model import Target
from refseries.series import apply, naming
from refseries.testing.lab import Lab

SECONDS = 600.0
PAGES = 496  # that `unmap` gives back: USED of one_fault.c
# What is measured, the function that a trace of it must hold, and what its figures are divided by.
OPERATIONS = {
    "load": ("handle_mm_fault", 1),
    "store": ("handle_mm_fault", 1),
    "unmap": ("unmap_page_range", PAGES),
}
_SYMBOL = re.compile(rb"([0-9a-f]{16}) \w (\S+)\r?$")
_TRACE = re.compile(r"Trace \d+: 0x[0-9a-f]+ \[[0-9a-f]+/([0-9a-f]+)/")
_KERNEL = 1 << 63


def guest(lab: Lab, scratch: Path) -> Path:
    """An initramfs with a shell and the program that faults."""
    program = scratch / "one_fault"
    compiler = f"{toolchain.find('arm64').cross_compile}gcc"
    proc.run([compiler, "-static", "-O2", "-o", program, rig.ROOT / "benchmarks/one_fault.c"])
    entry = initramfs.Member("/one_fault", stat.S_IFREG | 0o755, program.read_bytes())
    path = scratch / "initramfs.cpio"
    first = lab.initramfs("arm64", busybox.find(lab.cache / "busybox", arch.get("arm64").programs))
    path.write_bytes(first.read_bytes() + initramfs.cpio([entry]))
    return path


def image(lab: Lab, target: Target) -> Path:
    """The kernel of ``target`` in the config whose figures are published."""
    known = configs.load_configs(resources.qemu_dir() / "configs.toml", lab.series.root)
    applied = apply.apply(lab.series, lab.base, target, lab.cache)
    built = lab.image(applied.commit, applied.tree, known["default"], lambda *_: None, silent)
    assert built.path is not None
    return built.path


def until(stream: int, word: bytes) -> bytes:
    """What comes from ``stream`` up to ``word``."""
    said = b""
    while word not in said:
        piece = os.read(stream, 1 << 16)
        if not piece:
            sys.exit(f"the guest ended before it said {word!r}: {said[-500:]!r}")
        said += piece
    return said


class Monitor:
    """QEMU's own console, on a socket."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + SECONDS
        while self.socket.connect_ex(str(path)):
            if time.monotonic() > deadline:
                sys.exit("QEMU opens no monitor.")
            time.sleep(0.05)
        until(self.socket.fileno(), b"(qemu) ")

    def command(self, text: str) -> None:
        """Do something, and wait until it is done."""
        self.socket.sendall(f"{text}\n".encode())
        until(self.socket.fileno(), b"(qemu) ")


def traced(kernel: Path, archive: Path, operation: str, scratch: Path) -> tuple[bytes, list[int]]:
    """The guest's symbols, and the address of each instruction from the start signal on."""
    machine = arch.bootable("arm64")
    monitor, log = scratch / "monitor", scratch / "trace"
    argv = qemu.command(
        machine, kernel, archive,
        qemu.words_for_command(["sh", "-c", f"cat /proc/kallsyms; /one_fault {operation}"]),
        mode=qemu.Mode.ICOUNT, interactive=True, parameters=("quiet", "norandmaps"),
    )  # fmt: skip
    argv[argv.index("-monitor") + 1] = f"unix:{monitor},server=on,wait=off"
    argv += ["-singlestep", "-D", str(log)]
    with proc.start(argv, cwd=scratch, stdin=proc.PIPE, stdout=proc.PIPE) as process:
        assert process.popen.stdin is not None
        assert process.popen.stdout is not None
        out = process.popen.stdout.fileno()
        console = Monitor(monitor)
        symbols = until(out, b"READY")
        console.command("log exec,nochain")
        os.write(process.popen.stdin.fileno(), b"x")
        until(out, b"DONE")
        console.command("log none")
    found = map(_TRACE.match, log.read_text(errors="replace").splitlines())
    return symbols, [int(match.group(1), 16) for match in found if match]


def profile(symbols: bytes, trace: list[int], wanted: str) -> Counter[str]:
    """Instructions by function, of the one stay in the kernel that ``wanted`` was called in."""
    lines = filter(None, map(_SYMBOL.match, symbols.splitlines()))
    table = sorted((int(line.group(1), 16), line.group(2).decode()) for line in lines)
    addresses = [address for address, _name in table]
    stays: list[Counter[str]] = [Counter()]
    for pc in trace:
        if pc < _KERNEL:
            stays.append(Counter())
        else:
            stays[-1][table[bisect.bisect(addresses, pc) - 1][1]] += 1
    fitting = [stay for stay in stays if wanted in stay]
    if not fitting:
        sys.exit(f"{wanted}() was not called; is it traced?")
    return max(fitting, key=lambda stay: stay.total())


def show(operation: str, found: dict[str, Counter[str]], divisor: int) -> None:
    """Print what differs between versions as a Markdown table, and the rest as one row."""
    unit = "instructions" if divisor == 1 else f"instructions a page, of {divisor}"
    names = sorted({name for each in found.values() for name in each})
    differs = [n for n in names if len({each[n] // divisor for each in found.values()}) > 1]
    differs.sort(key=lambda name: -max(each[name] for each in found.values()))
    rows = {f"`{name}`": [each[name] for each in found.values()] for name in differs}
    rows["the same in all" if divisor == 1 else "the rest"] = [
        sum(count for name, count in each.items() if name not in differs) for each in found.values()
    ]
    rows["all"] = [each.total() for each in found.values()]
    print(f"\n| {operation}: {unit} | {' | '.join(found)} |")
    print(f"| --- |{' ---: |' * len(found)}")
    for title, counts in rows.items():
        cells = (f"{count / divisor:,.0f}" if count else "" for count in counts)
        print(f"| {title} | {' | '.join(cells)} |")


def main() -> None:
    """Profile the versions named on the command line, or v3 and v4."""
    context = load(SeriesOptions(directory=rig.ROOT))
    info = find_base(context, quiet=True)
    lab = Lab(context.series, info, context.settings.cache, context.settings.jobs)
    targets = naming.targets(context.series, sys.argv[1:] or ["v3", "v4"])
    for operation, (wanted, divisor) in OPERATIONS.items():
        found = {}
        for target in targets:
            with tempfile.TemporaryDirectory() as name:
                archive = guest(lab, Path(name))
                said = traced(image(lab, target), archive, operation, Path(name))
                found[str(target)] = profile(*said, wanted)
        show(operation, found, divisor)


if __name__ == "__main__":
    main()
