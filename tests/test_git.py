# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import toy as toys
from toy import Toy

from refseries import git


def test_files_are_read_at_once_and_those_that_are_not_there_left_out(toy: Toy) -> None:
    names = (
        "lib/logo.bin", "mm/none.c", "mm", "mm/memory.c", "a b 3", "mm/memory.c", "x\nKconfig",
        "mm/damon/core.c",
    )  # fmt: skip
    wanted = {
        name: toys.KERNEL[name] for name in ("lib/logo.bin", "mm/memory.c", "mm/damon/core.c")
    }
    assert git.read_files(toy.tree, toy.base_commit, names) == wanted
    assert git.read_files(toy.tree, toy.base_commit, ()) == {}
