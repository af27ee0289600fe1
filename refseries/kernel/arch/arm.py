# SPDX-License-Identifier: GPL-2.0-or-later
"""32-bit Arm; compiled only."""

from __future__ import annotations

from refseries.kernel.arch.model import Arch

ARM = Arch(
    name="arm",
    host="armv7l",
    source="arm",
    cross="arm-linux-gnueabi-",
    debian="armel",
    elf_machine=40,
)
