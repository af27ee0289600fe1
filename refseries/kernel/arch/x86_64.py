# SPDX-License-Identifier: GPL-2.0-or-later
"""64-bit x86."""

from __future__ import annotations

from refseries.guest.qemu import Accelerator, Machine
from refseries.kernel.arch.model import Arch

# No firmware tables beyond what the kernel needs; the oldest processor that has all that tests of
# mm/ ask for.
_EMULATED = Accelerator(machine="q35", cpu="max", accel="tcg,thread=multi")
# Nested in another hypervisor, QEMU may refuse a feature that it cannot set.
_HOSTS = Accelerator(
    machine="q35", cpu="host", accel="kvm", other_cpus=("host,-arch-capabilities",)
)

X86_64 = Arch(
    name="x86_64",
    host="x86_64",
    source="x86",
    cross="x86_64-linux-gnu-",
    debian="amd64",
    elf_machine=62,
    builds_with=(("/usr/include/gelf.h", "libelf-dev", "builds objtool"),),
    machine=Machine(
        image="bzImage",
        image_path="arch/x86/boot/bzImage",
        console="ttyS0",
        qemu="qemu-system-x86_64",
        host="x86_64",
        serial_device="virtio-serial-pci",
        command_line_size=2048,
        tcg=_EMULATED,
        kvm=_HOSTS,
    ),
)
