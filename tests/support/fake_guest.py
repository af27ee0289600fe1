# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests that a few lines of shell play; see fake_qemu.sh."""

from __future__ import annotations

import functools
import re
import time
from pathlib import Path

import pytest

from refseries.guest import cases, qemu, watch
from refseries.guest.boot import boot
from refseries.guest.model import BootRequest
from refseries.kernel import arch

FAKE = Path(__file__).with_name("fake_qemu.sh")
LATE = "the clock goes on"
"""What a guest says (``late`` in its scenario) when it is where its time is to pass."""


class GuestClock:
    """The clock that guests are watched by, which a guest that says ``LATE`` puts forward.

    So nothing is too late because the machine is busy, and no test waits for a deadline.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._ahead = 0.0
        for module in (watch, cases):
            patch.setattr(module, "time", self)
        patch.setattr(cases, "boot", functools.partial(boot, on_console=self.hear))

    def monotonic(self) -> float:
        """As of the module ``time``."""
        return time.monotonic() + self._ahead

    def hear(self, said: bytes) -> None:
        """The ``on_console`` of a boot; more than each limit of ``request`` but its deadline."""
        if LATE.encode() in said:
            self._ahead += 150.0


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
    """A request whose image is ``scenario``; what passes any limit is told by ``GuestClock``."""
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
        case_timeout=60.0,
        slack=60.0,
        grace=120.0,
        boot_timeout=120.0,
        deadline=1000.0,
        flood=1 << 20,
    )
