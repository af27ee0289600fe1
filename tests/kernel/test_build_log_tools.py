# SPDX-License-Identifier: GPL-2.0-or-later
"""What kbuild's tools say when a build fails, and who is to blame."""

from __future__ import annotations

import pytest

from refseries.kernel import build_log

DELETING = "make[3]: *** Deleting file 'arch/arm64/boot/dts/lab.dtb'\n"
STOPPING = "make[2]: *** Waiting for unfinished jobs....\n"


def rule(target: str, status: int = 1) -> str:
    """How make tells of a failure, and the makes above it."""
    return (
        f"make[2]: *** [../scripts/Makefile.lab:145: {target}] Error {status}\n"
        "make[1]: *** [/t/linux/Makefile:1871: lab] Error 2\n"
        "make: *** [Makefile:224: __sub-make] Error 2\n"
    )


MODPOST = (
    "  MODPOST Module.symvers\n"
    'ERROR: modpost: "refpage_lock" [mm/lab.ko] undefined!\n'
    'ERROR: modpost: "refpage_unlock" [mm/lab.ko] undefined!\n'
) + rule("Module.symvers")
LICENSE = "  MODPOST Module.symvers\nERROR: modpost: missing MODULE_LICENSE() in mm/lab.o\n"
FATAL = "FATAL: modpost: parse error in symbol dump file\n" + rule("Module.symvers")
MISMATCH = (
    "  MODPOST vmlinux.symvers\n"
    "WARNING: modpost: vmlinux: section mismatch in reference: lab_get+0x8 (section: .text) -> "
    "lab_setup (section: .init.text)\n"
    "ERROR: modpost: Section mismatches detected.\n"
    "Set CONFIG_SECTION_MISMATCH_WARN_ONLY=y to allow them.\n"
) + rule("vmlinux.symvers")
DTC = (
    "  DTC     arch/arm64/boot/dts/lab.dtb\n"
    "Error: ../arch/arm64/boot/dts/lab.dts:12.3-8 syntax error\n"
    "FATAL ERROR: Unable to parse input tree\n"
) + DELETING + rule("arch/arm64/boot/dts/lab.dtb")  # fmt: skip
DTC_LABEL = (
    "../arch/arm64/boot/dts/lab.dts:20.9-22.4: ERROR (phandle_references): /lab@0: "
    'Reference to non-existent node or label "labs"\n'
    "ERROR: Input tree has errors, aborting (use -f to force output)\n"
) + DELETING + rule("arch/arm64/boot/dts/lab.dtb", 2)  # fmt: skip
DTC_ONLY = "FATAL ERROR: Unable to parse input tree\n" + DELETING + rule("lab.dtb")
BTFIDS = (
    "  BTFIDS  vmlinux\nFAILED: load BTF from vmlinux: Invalid argument\n"
    "make[2]: *** Deleting file 'vmlinux'\n"
) + rule("vmlinux", 255)  # fmt: skip
PAHOLE = (
    "  BTF     .tmp_vmlinux1.btf.o\n"
    "btf_encoder__encode: btf__dedup failed!\nEncountered error while encoding BTF.\n"
    "Failed to generate BTF for vmlinux\nTry to disable CONFIG_DEBUG_INFO_BTF\n"
) + rule("vmlinux")
BTF_SILENT = (
    "  LD      .tmp_vmlinux1\n  BTF     .tmp_vmlinux1.btf.o\n"
    "Failed to generate BTF for vmlinux\nTry to disable CONFIG_DEBUG_INFO_BTF\n"
    "make[2]: *** Deleting file 'vmlinux'\n"
) + rule("vmlinux")
OBJTOOL = (
    "  CC      mm/other.o\n"
    "mm/other.o: warning: objtool: other+0x1: unreachable instruction\n"
    "  CC      mm/lab.o\n"
    "mm/lab.o: error: objtool: lab_get+0x20: stack state mismatch: cfa1=4+8 cfa2=5+8\n"
    "make[2]: *** Deleting file 'mm/lab.o'\n"
) + rule("mm/lab.o", 255)
OBJTOOL_OLD = (
    "  CC      mm/other.o\n"
    "mm/other.o: warning: objtool: other+0x1: unreachable instruction\n"
    "  CC      mm/lab.o\n"
    "mm/lab.o: warning: objtool: can't find jump dest instruction at .text+0x8\n"
) + rule("mm/lab.o", 255)
LDS = "aarch64-linux-gnu-ld:./arch/arm64/kernel/vmlinux.lds:92: syntax error\n" + rule("vmlinux")
LD_ASSERT = "aarch64-linux-gnu-ld: ID map text too big or misaligned\n" + rule("vmlinux")
LD_WARNED = (
    "aarch64-linux-gnu-ld: mm/lab.o: warning: relocation in read-only section `.text'\n"
    "mmap.c:(.text+0x1c): undefined reference to `lab_mmap'\n"
) + rule("vmlinux")
LLD = "ld.lld: error: undefined symbol: lab_mmap\n>>> referenced by mmap.c\n" + rule("vmlinux")
OTHER = (
    "  GEN     mm/lab.h\nTraceback (most recent call last):\nValueError: invalid literal\n"
) + STOPPING + rule("mm/lab.h")  # fmt: skip


@pytest.mark.parametrize(
    ("log", "where", "message", "certain"),
    [
        (MODPOST, "mm/lab.ko", '"refpage_lock" [mm/lab.ko] undefined!', True),
        (LICENSE, "modpost", "missing MODULE_LICENSE() in mm/lab.o", True),
        (FATAL, "modpost", "parse error in symbol dump file", True),
        (MISMATCH, "vmlinux", "section mismatch in reference: lab_get+0x8", True),
        (DTC, "arch/arm64/boot/dts/lab.dts:12", "syntax error", True),
        (DTC_LABEL, "arch/arm64/boot/dts/lab.dts:20", "(phandle_references): /lab@0", True),
        (DTC_ONLY, "lab.dtb", "FATAL ERROR: Unable to parse input tree", False),
        (BTFIDS, "vmlinux", "FAILED: load BTF from vmlinux: Invalid argument", False),
        (PAHOLE, "vmlinux", "Encountered error while encoding BTF.", False),
        (BTF_SILENT, "vmlinux", "Failed to generate BTF for vmlinux (Error 1)", False),
        (OBJTOOL, "mm/lab.o", "objtool: lab_get+0x20: stack state mismatch", False),
        (OBJTOOL_OLD, "mm/lab.o", "mm/lab.o: warning: objtool: can't find jump dest", False),
        (LDS, "arch/arm64/kernel/vmlinux.lds:92", "syntax error", True),
        (LD_ASSERT, "aarch64-linux-gnu-ld", "ID map text too big or misaligned", True),
        (LD_WARNED, "mmap.c", "undefined reference to `lab_mmap'", True),
        (LLD, "ld.lld", "error: undefined symbol: lab_mmap", True),
        (OTHER, "mm/lab.h", "ValueError: invalid literal (Error 1)", False),
    ],
)
def test_the_true_cause_is_named_and_not_what_make_does_next(
    log: str, where: str, message: str, certain: bool
) -> None:
    error = build_log.first_error(f"  CC      init/main.o\n{log}")
    assert error is not None
    assert error.where == where
    assert error.message.startswith(message)
    assert error.certain is certain
    assert error.message.removesuffix(" (Error 1)").removesuffix(" (Error 255)") in log
    assert build_log.host_fault(log) is None


@pytest.mark.parametrize(
    ("log", "what"),
    [
        ("make[1]: sh: No such file or directory\n" + rule("mm/lab.o", 127), "program sh is"),
        ("make: /bin/sh: No such file or directory\n", "program /bin/sh is"),
        ("/bin/sh: 1: aarch64-linux-gnu-ld: not found\n" + rule("vmlinux", 127), "gnu-ld is"),
        ("sh: line 1: bc: command not found\n" + rule("timeconst.h", 127), "program bc is"),
        ("../scripts/link-vmlinux.sh: line 50: nm: command not found\n", "program nm is"),
        ("scripts/Kconfig.include:40: linker 'aarch64-linux-gnu-ld' not found\n", "gnu-ld is"),
        ("BTF: .tmp_vmlinux1: pahole (pahole) is not available\n" + rule("vmlinux"), "pahole is"),
        ("scripts/link-vmlinux.sh: line 111:  4321 Killed    pahole -J x\n", "want of memory"),
        (rule("vmlinux.o", 137), "want of memory"),
    ],
)
def test_a_program_that_is_missing_or_killed_is_the_machine_s_fault(log: str, what: str) -> None:
    fault = build_log.host_fault(log)
    assert fault is not None
    assert what in fault[0]


@pytest.mark.parametrize(
    "log",
    [
        "/bin/sh: 1: ../scripts/gone.sh: not found\n" + rule("mm/lab.h", 127),
        "make[2]: ../scripts/gone.sh: No such file or directory\n" + rule("mm/lab.h", 127),
        "/bin/sh: 1: python2: not found\n../mm/lab.c:1:2: error: stray '@' in program\n",
    ],
)
def test_a_program_of_the_tree_or_an_error_of_the_source_is_not(log: str) -> None:
    assert build_log.host_fault(log) is None
