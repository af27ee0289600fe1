# SPDX-License-Identifier: GPL-2.0-or-later
"""The tools' output as they print it, in tests/data/check/."""

from __future__ import annotations

from pathlib import Path

from refseries.check import checkpatch, diagnostics, maintainers
from refseries.check.model import Diagnostic

DATA = Path(__file__).parents[1] / "data" / "check"


def golden(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")


def test_gcc_ld_and_checksyscalls() -> None:
    assert diagnostics.compiler(golden("gcc.log")) == (
        Diagnostic(
            "scripts/checksyscalls.sh",
            0,
            "warning: #warning syscall refpage_create not implemented [-Wcpp]",
        ),
        Diagnostic(
            "include/asm-generic/memory_model.h",
            47,
            "error: implicit declaration of function 'page_to_section'; did you mean "
            "'present_section'? [-Werror=implicit-function-declaration]",
        ),
        Diagnostic(
            "kernel/sched/rt.c",
            9,
            "warning: 'max_rt_runtime' defined but not used [-Wunused-const-variable=]",
        ),
        Diagnostic("mm/toy.c", 3, "fatal error: linux/toy.h: No such file or directory"),
        Diagnostic("kernel/sys.c", 0, "error: undefined reference to `sys_refpage_create'"),
    )


def test_sparse() -> None:
    assert diagnostics.compiler(golden("sparse.log")) == (
        Diagnostic(
            "mm/memory.c",
            166,
            "warning: symbol 'zero_pfn' was not declared. Should it be static?",
        ),
        Diagnostic(
            "include/linux/mm.h",
            1341,
            "warning: context imbalance in 'finish_mkwrite_fault' - unexpected unlock",
        ),
        Diagnostic(
            "mm/refpage.c",
            36,
            "warning: incorrect type in argument 1 (different address spaces)",
        ),
        Diagnostic("mm/refpage.c", 40, "error: Expected ; at end of declaration"),
    )


def test_kernel_doc() -> None:
    assert [one.text for one in diagnostics.kernel_doc(golden("kernel-doc.txt"))] == [
        "warning: Function parameter or struct member 'flags' not described in "
        "'sys_refpage_create'",
        "warning: No description found for return value of 'sys_refpage_create'",
    ]


def test_coccinelle_names_the_semantic_patch() -> None:
    assert diagnostics.coccinelle(golden("coccinelle.txt"), "returnvar") == (
        Diagnostic(
            "mm/refpage.c", 96, 'Unneeded variable: "ret". Return "0" on line 104 (returnvar)'
        ),
        Diagnostic("mm/refpage.c", 101, "WARNING: opportunity for kmemdup (returnvar)"),
    )


def test_checkpatch() -> None:
    found = checkpatch.parse(golden("checkpatch.txt"))
    assert [(one.file, one.line, one.text.split(": ")[0]) for one in found] == [
        ("", 0, "WARNING:COMMIT_LOG_LONG_LINE"),
        ("", 0, "ERROR:GIT_COMMIT_ID"),
        ("tools/testing/selftests/mm/refpage.c", 59, "WARNING:ENOSYS"),
        ("tools/testing/selftests/mm/refpage.c", 77, "CHECK:SPACING"),
    ]


def test_get_maintainer() -> None:
    assert maintainers.sections(golden("maintainers.txt")) == ("MEMORY MANAGEMENT", "THE REST")
    assert maintainers.sections("\n") == ()


def test_a_very_long_line_is_cut() -> None:
    (found,) = diagnostics.compiler(f"a.c:1:1: warning: {'x' * 10_000}")
    assert len(found.text) == 400
