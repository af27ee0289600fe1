# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import toy as toys

from refseries.check import added, spelling
from refseries.check.context import CheckContext
from refseries.check.model import CheckedVersion, PatchStep
from refseries.series import patches
from refseries.testing.lab import Lab
from refseries.testing.runner import LocalRunner


def test_the_real_codespell_on_message_and_added_lines(toy: toys.Toy) -> None:
    (path,) = toy.version_of(
        (
            toys.ADA,
            "mm: debgu toys\n\nA toy.\n",
            {"mm/memory.c": toys.lines((10, b"int toy; /* titel toy */"))},
        )
    )
    step = PatchStep(path, "", (), (), "c", "t")
    lab = Lab(toy.series(), toy.base(), toy.cache, jobs=1)
    context = CheckContext(lab, {}, LocalRunner(lab))
    found = spelling.check(CheckedVersion("v9", toy.base(), (step,)), context)
    assert [(one.file, one.line, one.text) for one in found] == [
        ("", 1, "debgu ==> debug"),
        ("mm/memory.c", 10, "titel ==> title"),
    ]
    assert all(one.new and one.patch == path.name for one in found)


def test_what_a_patch_only_moves_past_is_not_its_own(toy: toys.Toy) -> None:
    (path,) = toy.version_of((toys.ADA, "mm: x\n", {"mm/memory.c": toys.lines((10, b"int y;"))}))
    lines = added.lines(patches.read(path))
    assert [line.text for line in lines if line.file] == ["int y;"]
    assert [(line.file, line.number) for line in lines if line.text == "int y;"] == [
        ("mm/memory.c", 10)
    ]
