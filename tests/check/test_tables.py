# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import pytest

from refseries.check import tables

COMMON = (
    "0\tcommon\tread\t\tsys_read\n462\tcommon\tmseal \t\tsys_mseal\n463\tcommon\ttoy\tsys_toy\n"
)
ALPHA = "arch/alpha/kernel/syscalls/syscall.tbl"
ARM = "arch/arm/tools/syscall.tbl"
X86 = "arch/x86/entry/syscalls/syscall_64.tbl"
TREE = {
    "scripts/syscall.tbl": COMMON,
    ARM: COMMON,
    ALPHA: "572\tcommon  mseal\tsys_mseal\n573 common toy sys_toy\n",
    "arch/s390/kernel/syscalls/syscall.tbl": "462  common\tmseal\tsys_mseal\tsys_mseal\n"
    "463  common\ttoy\tsys_toy\tsys_toy\n",
    X86: "462 \tcommon  mseal\tsys_mseal\n"
    "463\tcommon\ttoy\tsys_toy\n512\tx32\trt_sigaction\tcompat_sys_rt_sigaction\n",
    tables.UAPI: "#define __NR_mseal 462\n__SYSCALL(__NR_mseal, sys_mseal)\n\n"
    "#define __NR_toy 463\n__SYSCALL(__NR_toy, sys_toy)\n\n"
    "#undef __NR_syscalls\n#define __NR_syscalls 464\n",
    tables.PROTOTYPES: "asmlinkage long sys_mseal(int a);\nasmlinkage long sys_toy(void);\n",
}


def said(changes: dict[str, tuple[str, str]] | None = None) -> list[str]:
    texts = dict(TREE)
    for name, (old, new) in (changes or {}).items():
        assert old in texts[name]
        texts[name] = texts[name].replace(old, new)
    return [f"{one.file}:{one.line}: {one.text}" for one in tables.complaints(texts)]


def test_tables_that_agree() -> None:
    assert said() == []


@pytest.mark.parametrize(
    ("name", "old", "new", "text"),
    [
        (ARM, "463\tcommon\ttoy\tsys_toy\n", "",
         f"{ARM}:0: does not have toy, which is 463 elsewhere"),
        (ALPHA, "573", "574",
         f"{ALPHA}:2: toy has the number 464 here, and 463 elsewhere"),
        (X86, "463\t", "464\t",
         f"{X86}:2: toy has the number 464 here, and 463 elsewhere"),
        (ARM, "463\tcommon\ttoy\t", "463\tcommon\ttoy\tsys_toy\n463\tcommon\tmseal\t",
         f"{ARM}:4: 463 is given to toy and to mseal"),
        (tables.UAPI, "#define __NR_toy 463", "#define __NR_toys 463",
         f"{tables.UAPI}:0: does not define __NR_toy"),
        (tables.UAPI, "__NR_syscalls 464", "__NR_syscalls 463",
         f"{tables.UAPI}:0: __NR_syscalls is 463, not 464"),
        (tables.PROTOTYPES, "sys_toy(", "sys_toys(",
         f"{tables.PROTOTYPES}:0: has no prototype of sys_toy()"),
    ],
)  # fmt: skip
def test_what_does_not_agree(name: str, old: str, new: str, text: str) -> None:
    assert said({name: (old, new)}) == [text]
