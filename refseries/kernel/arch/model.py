# SPDX-License-Identifier: GPL-2.0-or-later
"""What differs from one architecture to the next, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from refseries.guest.busybox import ProgramKind
from refseries.guest.qemu import Machine


@dataclass(frozen=True)
class Arch:
    """An architecture that kernels are built for.

    Attributes:
        name: the kernel's ARCH.
        host: what ``uname -m`` says on such a machine.
        source: the folder of arch/ that it is built from.
        cross: prefix of the cross tools.
        debian: the name of Debian and Ubuntu for it.
        elf_machine: ``e_machine`` of its programs, as elf(5) has it.
        machine: what its kernels boot on; None where they are compiled only.
        builds_with: files of the host that its builds read: path, package of Debian, what for.
    """

    name: str
    host: str
    source: str
    cross: str
    debian: str
    elf_machine: int
    machine: Machine | None = None
    builds_with: tuple[tuple[str, str, str], ...] = ()

    @property
    def programs(self) -> ProgramKind:
        """What its guests run."""
        return ProgramKind(self.debian, self.elf_machine, self.host)

    def prefix(self, host: str) -> str:
        """The cross tools' prefix on a machine of kind ``host``; empty for its own kind."""
        return "" if host == self.host else self.cross
