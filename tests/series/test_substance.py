# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a patch still does what its reviewers saw, on patches that real git made."""

from __future__ import annotations

from dataclasses import replace

import pytest
import toy as toys

from refseries.series import patches, substance
from refseries.series.patches import Patch

MEMORY = "mm/memory.c"
TEXT = toys.KERNEL[MEMORY].decode().splitlines()


def patch_of(toy: toys.Toy, files: toys.Files, before: toys.Files | None = None) -> Patch:
    """The patch that makes ``files``, over the base or over what ``before`` makes of it."""
    toy.at_base()
    if before:
        toy.commit((toys.ADA, "mm: before\n", before))
    since = toy.git("rev-parse", "HEAD")
    toy.commit((toys.ADA, "mm: a change\n\nText.\n", files))
    number = sum(1 for _ in toy.directory.glob("out*"))
    return patches.read(toy.export(since, toy.directory / f"out{number}")[0])


def memory(replaced: dict[int, str], added: dict[int, str] | None = None) -> bytes:
    """mm/memory.c with lines replaced, and others put below a line; numbers from 1."""
    found = []
    for number, line in enumerate(TEXT, 1):
        found.append(replaced.get(number, line))
        if added and number in added:
            found.append(added[number])
    return ("\n".join(found) + "\n").encode()


def test_patches_are_like_each_other_by_the_lines_that_they_change(toy: toys.Toy) -> None:
    four = b"int one;\nint two;\nint three;\n\n}\n"
    old = patch_of(toy, {"mm/toy.c": four})
    new = patch_of(toy, {"mm/toy.c": four.replace(b"int two", b"long  two"), "mm/x.c": b"int x;\n"})
    there, here = map(substance.changed_lines, (old, new))
    assert substance.likeness(there, there) == 1
    assert substance.likeness(there, here) == substance.likeness(here, there) == 2 * 2 / (3 + 4)
    elsewhere = substance.changed_lines(patch_of(toy, {"mm/other.c": four}))
    assert substance.likeness(there, elsewhere) == 0
    assert not substance.changed_lines(replace(old, diff=b"no diff"))
    assert substance.likeness(there, substance.changed_lines(replace(old, diff=b"no diff"))) == 0


def test_another_neighbour_number_or_space_is_no_change(toy: toys.Toy) -> None:
    old = patch_of(toy, {MEMORY: memory({30: "int toy;"})})
    # An earlier patch replaces the line above, and adds lines far above.
    earlier = {29: "int near;", 2: "int a;\nint b;"}
    there = memory({**earlier, 30: "int toy;"})
    new = patch_of(toy, {MEMORY: there}, {MEMORY: memory(earlier)})
    assert old.diff != new.diff
    assert substance.is_same(old, new)
    spaced = patch_of(toy, {MEMORY: memory({30: "\tint  toy; "})})
    assert substance.is_same(old, spaced)
    assert substance.is_same(spaced, old)


@pytest.mark.parametrize(
    "files",
    [
        {MEMORY: memory({30: "unsigned int toy;"})},
        {MEMORY: memory({30: "int toy;", 40: "int more;"})},
        {MEMORY: memory({31: "int toy;"})},
        {MEMORY: memory({30: "int toy;"}), "mm/new.c": b"int n;\n"},
        {"mm/damon/core.c": b"int toy;\n"},
        {MEMORY: None},
    ],
    ids=["line", "more", "elsewhere", "file", "other-file", "removed"],
)
def test_other_lines_and_files_are_a_change(toy: toys.Toy, files: toys.Files) -> None:
    old = patch_of(toy, {MEMORY: memory({30: "int toy;"})})
    new = patch_of(toy, files)
    assert not substance.is_same(old, new)
    assert substance.difference(old, new)


def test_lines_that_moved_are_a_change(toy: toys.Toy) -> None:
    """The same lines in another function do something else."""
    old = patch_of(toy, {MEMORY: memory({}, {20: "int lock;"})})
    assert not substance.is_same(old, patch_of(toy, {MEMORY: memory({}, {40: "int lock;"})}))
    beside = patch_of(toy, {MEMORY: memory({}, {21: "int lock;"})})
    assert not substance.is_same(old, beside)
    assert substance.difference(old, beside) == ("the same lines, at another place",)


def test_the_end_of_a_file_is_no_neighbour(toy: toys.Toy) -> None:
    old = patch_of(toy, {MEMORY: memory({}, {60: "int lock;"})})
    other = {60: "int other;"}
    new = patch_of(toy, {MEMORY: memory(other, {60: "int lock;"})}, {MEMORY: memory(other)})
    assert not substance.is_same(old, new)


def test_to_take_away_is_not_to_add(toy: toys.Toy) -> None:
    there: toys.Files = {MEMORY: memory({}, {20: "int lock;"})}
    undone = patch_of(toy, {MEMORY: memory({})}, there)
    assert not substance.is_same(patch_of(toy, there), undone)


def test_what_changed_is_shown(toy: toys.Toy) -> None:
    old = patch_of(toy, {MEMORY: memory({30: "int toy;"})})
    new = patch_of(toy, {MEMORY: memory({30: "long toy;"})})
    assert substance.difference(old, new) == ("-+int toy;", "++long toy;")
    many = patch_of(toy, {"mm/many.c": b"".join(b"int n%d;\n" % n for n in range(200))})
    shown = substance.difference(old, many)
    assert len(shown) == substance.MOST_SHOWN + 1
    assert shown[-1].endswith("more lines")


def test_a_binary_file_or_a_mode_that_changed_is_a_change(toy: toys.Toy) -> None:
    one = patch_of(toy, {"lib/logo.bin": bytes(range(255))})
    same = patch_of(toy, {"lib/logo.bin": bytes(range(255))})
    other = patch_of(toy, {"lib/logo.bin": bytes(range(254))})
    assert substance.is_same(one, same)
    assert not substance.is_same(one, other)
    assert substance.difference(one, other) == ("a binary file differs",)
    old = patch_of(toy, {MEMORY: memory({30: "int toy;"})})
    mode = old.diff.replace(b"\nindex ", b"\nold mode 100644\nnew mode 100755\nindex ", 1)
    assert not substance.is_same(old, replace(old, diff=mode))


def test_a_diff_that_cannot_be_read_is_no_same(toy: toys.Toy) -> None:
    old = patch_of(toy, {MEMORY: memory({30: "int toy;"})})
    longer = old.diff.replace(b"+27,7 @@", b"+27,700 @@")
    broken = Patch(old.path, old.author, old.date, old.subject, old.message, longer)
    assert not substance.is_same(old, broken)
    assert substance.difference(old, broken) == ("one of the two diffs cannot be read",)
