# SPDX-License-Identifier: GPL-2.0-or-later
"""What is compiled, with the toy kernel; kbuild's own list is asked in test_real."""

from __future__ import annotations

from pathlib import Path

import toy as toys

from refseries.check import objects
from refseries.check.model import CheckedVersion, PatchStep


def subject(toy: toys.Toy, *touched: str) -> CheckedVersion:
    step = PatchStep(Path("1.patch"), "mm: toy\n", touched, (), "c", "t")
    return CheckedVersion("v1", toy.base(), (step,))


def test_sources_are_those_touched_that_this_architecture_has(toy: toys.Toy) -> None:
    names = (
        "mm/toy.c", "arch/x86/mm/init.c", "arch/arm64/mm/init.c", "tools/testing/toy.c",
        "Documentation/mm/toy.rst", "mm/toy.c",
    )  # fmt: skip
    assert objects.sources(subject(toy, *names), "arm64") == ("mm/toy.c", "arch/arm64/mm/init.c")
    assert objects.sources(subject(toy, *names), "x86_64") == ("mm/toy.c", "arch/x86/mm/init.c")


def test_a_header_brings_a_few_that_include_it_the_nearest_first(toy: toys.Toy) -> None:
    toy.at_base()
    include = b"#include <linux/mm.h>\n"
    files = {f"kernel/{number}.c": include for number in range(9)}
    others = {
        "mm/near.c": b'# include "linux/mm.h"\n',
        "mm/not.c": b"/* #include <linux/mm.h> */\n#include <linux/mm_types.h>\n",
        "mm/deep/er.c": include,
        "drivers/far.c": include,
    }
    toy.commit((toys.ADA, "include it\n", {**files, **others}))
    toy.git("tag", "--force", f"v{toys.RELEASE}")
    found = objects.sources(subject(toy, "mm/toy.c", "include/linux/mm.h"), "arm64")
    assert found[:2] == ("mm/toy.c", "mm/near.c")
    assert found[2:] == tuple(f"kernel/{number}.c" for number in range(5))


def test_a_source_that_another_includes_is_compiled_there(toy: toys.Toy) -> None:
    toy.at_base()
    files: dict[str, bytes | None] = {
        "mm/toy.c": b"int toy;\n",
        "mm/build.c": b'#include "toy.c"\n',
    }
    toy.commit((toys.ADA, "include it\n", files))
    toy.git("tag", "--force", f"v{toys.RELEASE}")
    assert objects.sources(subject(toy, "mm/toy.c"), "arm64") == ("mm/toy.c", "mm/build.c")


def test_include_paths() -> None:
    assert objects.include_path("include/linux/mm.h") == "linux/mm.h"
    assert objects.include_path("include/uapi/linux/mman.h") == "linux/mman.h"
    assert objects.include_path("arch/arm64/include/asm/pgtable.h") == "asm/pgtable.h"
    assert objects.include_path("arch/arm64/include/uapi/asm/mman.h") == "asm/mman.h"
    assert objects.include_path("mm/internal.h") is None


def test_only_what_the_config_builds() -> None:
    listed = objects.listed("  GEN     Makefile\nOBJECT mm/toy.o\nOBJECT mm/a/\nOBJECT mm/b.o\n")
    assert objects.built(("mm/toy.c", "mm/off.c", "lib/toy.c"), listed) == ("mm/toy.o",)
    assert objects.folders(("mm/a.c", "mm/b.c", "lib/c.c")) == ("mm", "lib")
