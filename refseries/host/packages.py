# SPDX-License-Identifier: GPL-2.0-or-later
"""Which package of Debian and Ubuntu brings a program; for the hint when it is missing."""

from __future__ import annotations

PACKAGES = {
    "git": "git",
    "make": "make",
    "xz": "xz-utils",
    "ccache": "ccache",
    "qemu-system-aarch64": "qemu-system-arm",
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-system-riscv64": "qemu-system-misc",
    "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu",
    "x86_64-linux-gnu-gcc": "gcc-x86-64-linux-gnu",
    "arm-linux-gnueabi-gcc": "gcc-arm-linux-gnueabi",
    "riscv64-linux-gnu-gcc": "gcc-riscv64-linux-gnu",
    "ld": "binutils",
    "aarch64-linux-gnu-ld": "binutils-aarch64-linux-gnu",
    "x86_64-linux-gnu-ld": "binutils-x86-64-linux-gnu",
    "arm-linux-gnueabi-ld": "binutils-arm-linux-gnueabi",
    "riscv64-linux-gnu-ld": "binutils-riscv64-linux-gnu",
    "spatch": "coccinelle",
    "gcc": "gcc",
    "gcov": "gcc",
    "aarch64-linux-gnu-gcov": "gcc-aarch64-linux-gnu",
    "x86_64-linux-gnu-gcov": "gcc-x86-64-linux-gnu",
    "riscv64-linux-gnu-gcov": "gcc-riscv64-linux-gnu",
    "flex": "flex",
    "bison": "bison",
    "bc": "bc",
    "gpg": "gnupg",
    "ssh-keygen": "openssh-client",
}
