# SPDX-License-Identifier: GPL-2.0-or-later
"""64-bit Arm."""

from __future__ import annotations

from refseries.guest.qemu import Accelerator, Machine
from refseries.kernel.arch.model import Arch

# Memory tagging is emulated. With QEMU's default algorithm pointer authentication costs most of the
# time; pauth-impdef=on is its cheap one.
_EMULATED = Accelerator(machine="virt,mte=on", cpu="max,pauth-impdef=on", accel="tcg,thread=multi")
# KVM refuses pauth-impdef, and mte=on where the processor has none; the interrupt controller is the
# host's.
_HOSTS = Accelerator(machine="virt,gic-version=host", cpu="host", accel="kvm")
# A counter of 1 GHz has a tick for each instruction; the usual 62.5 MHz has one for 16.
_COUNTED = Accelerator(
    machine="virt,mte=on",
    cpu="max,pauth-impdef=on,cntfrq=1000000000",
    accel="tcg,thread=single",
    cpus=1,
    arguments=("-icount", "shift=0,sleep=off"),
)

ARM64 = Arch(
    name="arm64",
    host="aarch64",
    source="arm64",
    cross="aarch64-linux-gnu-",
    debian="arm64",
    elf_machine=183,
    machine=Machine(
        image="Image",
        image_path="arch/arm64/boot/Image",
        console="ttyAMA0",
        qemu="qemu-system-aarch64",
        host="aarch64",
        serial_device="virtio-serial-device",
        command_line_size=2048,
        tcg=_EMULATED,
        kvm=_HOSTS,
        icount=_COUNTED,
    ),
)
