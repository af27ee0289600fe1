# SPDX-License-Identifier: GPL-2.0-or-later
"""What each patch of a version became in the next one."""

from __future__ import annotations

from pathlib import Path

from refseries.model import Identity
from refseries.review.given_tags import counterparts
from refseries.series.patches import Patch


def patch(subject: str, *lines: str) -> Patch:
    """A patch that makes a file of ``lines``."""
    head = "diff --git a/mm/toy.c b/mm/toy.c\nnew file mode 100644\nindex 000..111\n"
    diff = f"{head}--- /dev/null\n+++ b/mm/toy.c\n@@ -0,0 +1,{len(lines)} @@\n"
    diff += "".join(f"+{line}\n" for line in lines)
    return Patch(
        path=Path(f"{subject}.patch"),
        author=Identity("Ada", "ada@example.org"),
        date="Thu, 1 Jan 2026 12:00:00 +0000",
        subject=subject,
        message=f"{subject}\n",
        diff=diff.encode(),
    )


WORDS = [f"int word_{number};" for number in range(8)]


def test_one_of_another_title_and_other_code_is_known_by_most_of_its_lines() -> None:
    old, new = patch("old", *WORDS), patch("new", *WORDS[:6], "long seven;")
    assert counterparts([old], [new], {}) == [0]
    assert counterparts([old], [patch("new", *WORDS[:3], *map(str.upper, WORDS))], {}) == [None]


def test_no_two_become_the_same_by_their_lines_alone() -> None:
    old = [patch("one", *WORDS[:6]), patch("two", *WORDS[:7])]
    new = [patch("new", *WORDS)]
    assert counterparts(old, new, {}) == [None, 0]
    assert counterparts([*old, patch("three", "int x;")], [*new, patch("three", "int y;")], {}) == [
        None, 0, 1,
    ]  # fmt: skip
