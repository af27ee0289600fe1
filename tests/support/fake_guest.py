# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests that a few lines of shell play; see fake_qemu.sh."""

from __future__ import annotations

import re
from pathlib import Path

from refseries.guest import qemu
from refseries.guest.model import BootRequest
from refseries.kernel import arch

FAKE = Path(__file__).with_name("fake_qemu.sh")


def tools(directory: Path) -> Path:
    """Make a folder ``tools`` in ``directory`` for PATH, in which QEMU is the fake one."""
    made = directory / "tools"
    made.mkdir()
    (made / "qemu-system-aarch64").symlink_to(FAKE)
    return made


def as_init_says(said: str) -> str:
    """Results with init's markers of start and end around each, where only the results stand."""
    lines: list[str] = []
    start = len(lines)
    for number, line in enumerate(said.splitlines()):
        if found := re.match(r"(?:not )?ok [0-9]+ (?P<name>\S+)", line):
            name, begins, ends = found["name"], f"{2 * number:016x}", f"{2 * number + 1:016x}"
            lines.insert(start, f"# refseries: start {name} {begins} {ends}")
            lines.append(f"# refseries: end {name} {ends}")
        lines.append(line)
        if not line.startswith(" "):
            start = len(lines)
    return "\n".join(lines) + "\n"


def machine() -> qemu.Machine:
    return arch.bootable("arm64")


def request(directory: Path, scenario: str) -> BootRequest:
    """A request whose image is ``scenario``, with deadlines short enough for a test."""
    image = directory / "Image"
    image.write_text(scenario, encoding="utf-8")
    evidence = directory / "evidence"
    evidence.mkdir(exist_ok=True)
    return BootRequest(
        machine=machine(),
        image=image,
        initramfs=directory / "initramfs.cpio",
        words=("test",),
        directory=evidence,
        case_timeout=0.4,
        slack=0.4,
        grace=0.4,
        boot_timeout=2.0,
        deadline=20.0,
        flood=1 << 20,
    )
