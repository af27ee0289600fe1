# SPDX-License-Identifier: GPL-2.0-or-later
"""64-bit RISC-V."""

from __future__ import annotations

from refseries.guest.qemu import Accelerator, Machine
from refseries.kernel.arch.model import Arch

RISCV = Arch(
    name="riscv",
    host="riscv64",
    source="riscv",
    cross="riscv64-linux-gnu-",
    debian="riscv64",
    elf_machine=243,
    machine=Machine(
        image="Image",
        image_path="arch/riscv/boot/Image",
        console="ttyS0",
        qemu="qemu-system-riscv64",
        host="riscv64",
        serial_device="virtio-serial-device",
        command_line_size=1024,
        tcg=Accelerator(machine="virt", cpu="rv64", accel="tcg,thread=multi"),
        kvm=Accelerator(machine="virt", cpu="host", accel="kvm"),
    ),
)
