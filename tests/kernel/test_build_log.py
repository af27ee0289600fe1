# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refseries.kernel import build_log

GCC = """\
  CC      mm/memory.o
In file included from ../include/linux/mm.h:29,
                 from ../mm/memory.c:42:
../include/linux/pgtable.h: In function 'is_refpage_pfn':
../include/linux/pgtable.h:1204:16: error: implicit declaration of function 'page_to_section'
 1204 |         return page_to_section(page);
      |                ^~~~~~~~~~~~~~~
../mm/memory.c:50:1: error: something else
make[3]: *** [../scripts/Makefile.build:229: mm/memory.o] Error 1
make: *** [Makefile:236: __sub-make] Error 2
"""
LD = """\
  LD      .tmp_vmlinux1
aarch64-linux-gnu-ld: mm/mmap.o: in function `do_mmap':
mmap.c:(.text+0x1c): undefined reference to `refpage_mmap'
make[2]: *** [../scripts/Makefile.vmlinux:34: vmlinux] Error 1
"""
LD_SECTION = """\
aarch64-linux-gnu-ld: section .init.data will not fit in region
make[2]: *** [../scripts/Makefile.vmlinux:34: vmlinux] Error 1
"""
LD_DUPLICATE = "ld: mm/b.o:(.data+0x0): multiple definition of `page'; mm/a.o: first defined here\n"
GAS = """\
../arch/arm64/kernel/entry.S: Assembler messages:
../arch/arm64/kernel/entry.S:12: Error: unknown mnemonic `foo'
"""
KCONFIG = "mm/Kconfig:12: syntax error\nmm/Kconfig:11: unknown statement\n"
MAKEFILE = "../mm/Makefile:7: *** missing separator.  Stop.\n"
NO_RULE = """\
make[3]: *** No rule to make target 'drivers/gpu/drm/a.o', needed by 'built-in.a'.  Stop.
make[2]: *** [../scripts/Makefile.build:478: drivers/gpu] Error 2
"""
ONLY_MAKE = "make[2]: *** [../scripts/Makefile.build:229: mm/memory.o] Error 127\n"
NO_HEADER = "mm/a.c:3:10: fatal error: linux/gone.h: No such file or directory\n"


@pytest.mark.parametrize(
    ("log", "where", "message", "certain"),
    [
        (GCC, "include/linux/pgtable.h:1204", "implicit declaration", True),
        (LD, "mm/mmap.o", "undefined reference to `refpage_mmap'", True),
        (LD_SECTION, "aarch64-linux-gnu-ld", "section .init.data", True),
        (LD_DUPLICATE, "mm/b.o", "multiple definition of `page'", True),
        (GAS, "arch/arm64/kernel/entry.S:12", "unknown mnemonic", True),
        (NO_HEADER, "mm/a.c:3", "linux/gone.h", False),
        (KCONFIG, "mm/Kconfig:12", "syntax error", False),
        (MAKEFILE, "mm/Makefile:7", "missing separator", False),
        (NO_RULE, "make[3]", "No rule to make target 'drivers/gpu/drm/a.o'", False),
        (ONLY_MAKE, "mm/memory.o", "Error 127", False),
    ],
)
def test_the_first_error_is_found_with_its_place(
    log: str, where: str, message: str, certain: bool
) -> None:
    error = build_log.first_error("  CC      init/main.o\n" + log)
    assert error is not None
    assert error.where == where
    assert error.message.startswith(message)
    assert error.certain is certain
    assert error.message in error.detail


@pytest.mark.parametrize(
    "log",
    [
        "",
        "  CC      mm/error.o\n",
        "../mm/memory.c:5:1: warning: unused variable 'error' [-Wunused-variable]\n",
        "aarch64-linux-gnu-ld: warning: vmlinux has a LOAD segment with RWX permissions\n",
    ],
)
def test_a_log_without_an_error_has_none(log: str) -> None:
    assert build_log.first_error(log) is None


def test_a_warning_before_the_error_is_passed_over() -> None:
    error = build_log.first_error("mm/a.c:1:1: warning: old\n" + GCC)
    assert error is not None
    assert error.where == "include/linux/pgtable.h:1204"


@given(st.text(alphabet="abc:/.()`'*[]0 \nerror", max_size=400))
def test_rubbish_in_the_log_is_survived(text: str) -> None:
    build_log.first_error(text)
    build_log.host_fault(text)
    build_log.missing_sources(text)


def test_sources_that_make_did_not_find_are_named() -> None:
    log = "make[1]: *** No rule to make target '../drivers/gpu/drm.c', needed by 'x'.  Stop.\n"
    assert build_log.missing_sources(NO_RULE + log + log) == (
        "drivers/gpu/drm/a.o",
        "drivers/gpu/drm.c",
    )


def test_a_header_that_the_compiler_did_not_find_is_named_by_its_place_beside_who_wants_it() -> (
    None
):
    log = "../lib/toy.c:17:10: fatal error: ../tools/testing/toy.h: No such file or directory\n"
    assert build_log.missing_sources(log + log) == ("tools/testing/toy.h",)
    assert build_log.missing_sources("cc1: fatal error: x.h: No such file or directory\n") == ()


@pytest.mark.parametrize(
    ("log", "what"),
    [
        ("ld: final link failed: No space left on device\n", "disk is full"),
        ("gcc: fatal error: Killed signal terminated program cc1\n", "want of memory"),
        (
            'ccache: error: Could not find compiler "aarch64-linux-gnu-gcc" in PATH\n'
            "scripts/Kconfig.include:45: Sorry, this C compiler is not supported.\n",
            "compiler went away",
        ),
        ("elf.h:10:10: fatal error: gelf.h: No such file or directory\n", "gelf.h"),
    ],
)
def test_a_fault_of_the_machine_is_told_from_one_of_the_source(log: str, what: str) -> None:
    fault = build_log.host_fault(log)
    assert fault is not None
    assert what in fault[0]
    assert build_log.host_fault(GCC) is None


def test_progress_follows_a_growing_log_in_any_pieces(tmp_path: Path) -> None:
    log = tmp_path / "build.log"
    log.touch()
    told: list[tuple[int, str]] = []
    follow = build_log.Follower(log, lambda count, current: told.append((count, current)))
    text = (
        b"  CC      mm/a.o\n  LD      x\n  CC [M]  mm/b.o\n  CC      /t/o-x/tools/c.o\n  CC  mm/d.o"
    )
    for start in range(0, len(text), 7):
        with log.open("ab") as stream:
            stream.write(text[start : start + 7])
        follow()
    assert told == [(1, "mm/a.o"), (2, "mm/b.o"), (3, "c.o")]


def test_ccache_s_own_account_is_summed() -> None:
    stats = (
        "# a.c\ncache_miss\ndirect_cache_miss\npreprocessed_cache_miss\n"
        "# a.c\ndirect_cache_hit\nlocal_storage_hit\n"
        "# b.c\ndirect_cache_miss\npreprocessed_cache_hit\n"
    )
    assert build_log.ccache_counts(stats) == {"hits": 2, "misses": 1}
    assert build_log.ccache_counts("") == {}
