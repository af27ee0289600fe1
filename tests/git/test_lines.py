# SPDX-License-Identifier: GPL-2.0-or-later
"""Which lines differ between commits, and which commit each comes from."""

from __future__ import annotations

import pytest
from toy import ADA, Toy

from refseries.git.lines import BlamedLine, Block, added, blamed, differing

OLD = b"one\ntwo\nthree\nfour\n"


def commits(toy: Toy, *contents: bytes | None, name: str = "mm/[x].c") -> list[str]:
    toy.at_base()
    return [
        toy.commit((ADA, f"step {number}\n", {name: content}))
        for number, content in enumerate(contents)
    ]


@pytest.mark.parametrize(
    ("new", "blocks"),
    [
        (b"zero\n" + OLD, (Block(0, 0, 1, 1),)),
        (b"one\nthree\nfour\n", (Block(2, 1, 1, 0),)),
        (b"one\n2\n2b\nthree\nfour\nfive", (Block(2, 1, 2, 2), Block(4, 0, 6, 1))),
        (b"one\ntwo\rx\xff\x0c\x1c\nthree\nfour\n", (Block(2, 1, 2, 1),)),
        (b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n", (Block(1, 4, 1, 3),)),
        (OLD + b"\0", ()),
    ],
    ids=["above", "removed", "changed", "odd bytes", "a diff", "binary"],
)
def test_what_differs(toy: Toy, new: bytes, blocks: tuple[Block, ...]) -> None:
    before, after = commits(toy, OLD, new)
    assert differing(toy.tree, before, after, "mm/[x].c") == blocks
    assert differing(toy.tree, before, after, "mm/x.c") == ()


@pytest.mark.parametrize(
    ("new", "lines"),
    [
        (b"one\n2\n2b\nthree\nfour\nfive", ["2", "2b", "five"]),
        (b"one\nthree\nfour\n", []),
        (b"++ b/x\none\n", ["++ b/x"]),
        (OLD + b"\0", []),
    ],
    ids=["changed", "removed", "a diff", "binary"],
)
def test_what_is_added(toy: Toy, new: bytes, lines: list[str]) -> None:
    before, after = commits(toy, OLD, new)
    assert list(added(toy.tree, before, after, ["mm/[x].c"])) == lines
    assert list(added(toy.tree, before, after, ["mm/x.c"])) == []
    assert list(added(toy.tree, before, after, [])) == []


def test_each_line_has_its_commit(toy: Toy) -> None:
    base, first, second = commits(toy, b"one\n", b"one\n\ttwo\n", b"one\n\ttwo\nthree\n")
    found = [
        BlamedLine(base, 1, "one"),
        BlamedLine(first, 2, "\ttwo"),
        BlamedLine(second, 3, "three"),
    ]
    assert list(blamed(toy.tree, base, second, "mm/[x].c")) == found
    assert list(blamed(toy.tree, base, second, "mm/[x].c", [(2, 9)])) == found[1:]
    assert list(blamed(toy.tree, base, second, "mm/[x].c", [(4, 9)])) == []
    assert list(blamed(toy.tree, base, second, "mm/y.c")) == []
    assert [line.commit for line in blamed(toy.tree, base, first, "mm/[x].c")] == [base, first]


def test_an_empty_file_has_no_lines(toy: Toy) -> None:
    base, tip = commits(toy, OLD, b"")
    assert list(blamed(toy.tree, base, tip, "mm/[x].c")) == []
    assert differing(toy.tree, base, tip, "mm/[x].c") == (Block(1, 4, 0, 0),)
