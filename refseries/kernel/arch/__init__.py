# SPDX-License-Identifier: GPL-2.0-or-later
"""The architectures that refseries builds for, one file each with all that is its own."""

from __future__ import annotations

from collections.abc import Iterable

from refseries.errors import SeriesError
from refseries.guest.qemu import Machine
from refseries.kernel.arch.arm import ARM
from refseries.kernel.arch.arm64 import ARM64
from refseries.kernel.arch.model import Arch
from refseries.kernel.arch.riscv import RISCV
from refseries.kernel.arch.x86_64 import X86_64

ARCHES = {each.name: each for each in (ARM64, X86_64, ARM, RISCV)}
"""By the kernel's ARCH; the first is what a series is tested on unless it says otherwise."""

__all__ = ["ARCHES", "Arch", "bootable", "get", "leave_out"]


def get(name: str) -> Arch:
    """The architecture whose ARCH is ``name``.

    Raises:
        SeriesError: refseries does not know it.
    """
    if name not in ARCHES:
        raise SeriesError(
            f"the architecture `{name}` is not known.", hint=f"Known are: {', '.join(ARCHES)}."
        )
    return ARCHES[name]


def bootable(name: str) -> Machine:
    """What kernels whose ARCH is ``name`` boot on.

    Raises:
        SeriesError: they are compiled only, or refseries does not know it.
    """
    machine = get(name).machine
    if machine is None:
        raise SeriesError(
            f"kernels of {name} are compiled only, not booted.", hint="Take another config."
        )
    return machine


def leave_out(folders: Iterable[str], sources: Iterable[str]) -> tuple[str, ...]:
    """What a work tree does without, when ``sources`` (folders of arch/) are built in it. Pure.

    Args:
        folders: what a series asks to leave out.
    """
    needed = tuple(f"arch/{source}" for source in sources)
    kept = [folder for folder in folders if folder.strip("/") not in needed]
    boards = [f"{source}/boot/dts" for source in needed]
    return tuple(dict.fromkeys([*kept, *sorted(boards)]))
