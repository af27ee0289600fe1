# SPDX-License-Identifier: GPL-2.0-or-later
"""Which C files include others, by real git."""

from __future__ import annotations

import toy as toys

from refseries.kernel.included import includers


def test_a_c_file_is_compiled_where_another_includes_it(toy: toys.Toy) -> None:
    toy.at_base()
    files: dict[str, bytes | None] = {
        "mm/build.c": b'#include "part.c"\n # include "c++.c"\n',
        "mm/part.c": b'#include\t"inner.c"\n#include <linux/mm.h>\n',
        "mm/inner.c": b"int inner;\n",
        "mm/c++.c": b"int plus;\n",
        "mm/cxx.c": b"int other;\n",
        "mm/not.c": b'/* #include "part.c" */\n#include "part.h"\n',
        "lib/part.c": b"int elsewhere;\n",
        "lib/far.c": b'#include "../mm/part.c"\n',
    }
    toy.commit((toys.ADA, "include it\n", files))
    tree = toy.git("rev-parse", "HEAD^{tree}")

    def found(*paths: str) -> tuple[str, ...]:
        return includers(toy.tree / ".git", tree, paths)

    assert found("mm/part.c") == ("mm/build.c",)
    assert found("mm/inner.c") == ("mm/part.c", "mm/build.c")
    assert found("mm/inner.c", "mm/part.c") == ("mm/build.c",)
    assert found("mm/c++.c") == ("mm/build.c",)
    assert found("lib/part.c", "mm/cxx.c", "mm/part.h", "top.c") == ()
