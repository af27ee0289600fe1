# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of the lines that a version adds came with which fixup, by real git."""

from __future__ import annotations

from toy import Toy

from refseries.coverage import added
from refseries.model import Target
from refseries.series import apply


def test_a_line_is_of_the_fixup_that_brought_it(toy: Toy) -> None:
    made = apply.apply(toy.series(), toy.base(), Target("v2"), toy.cache, by_task=True)
    files = added.sources(made, toy.base().tree)
    names = ("small-toy", "two-toys", "x")
    brought = {name: added.of_fixups(made, [name], files) for name in names}
    assert brought == {
        "small-toy": {("mm/toy.c", 1)}, "two-toys": {("mm/memory.c", 10)}, "x": set(),
    }  # fmt: skip
