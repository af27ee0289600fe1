# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import pytest
from msgspec.structs import replace
from reviews import PATCH, make
from toy import Toy

from refseries.errors import SeriesError
from refseries.review import excerpt
from refseries.review.model import Anchor, Task


def task_at(anchor: Anchor, text: str = "") -> Task:
    return replace(make().tasks[0], anchor=anchor, quote=text)


def test_the_mails_own_quote_comes_first(toy: Toy) -> None:
    anchor = Anchor(PATCH, "mm/toy.c", 1, "int toy_create;")
    found = excerpt.excerpt_of(toy.series(), task_at(anchor, "@@ -0,0 +1 @@\n+int toy_create;\n"))
    assert found == excerpt.Excerpt(("@@ -0,0 +1 @@", "+int toy_create;"), 1, diff=True)
    prose = excerpt.excerpt_of(toy.series(), task_at(Anchor("cover"), "Toys are fun.\n"))
    assert prose == excerpt.Excerpt(("Toys are fun.",), -1, diff=False)


def test_without_one_the_lines_of_the_patch_around_the_anchor_are_shown(toy: Toy) -> None:
    found = excerpt.excerpt_of(toy.series(), task_at(Anchor(PATCH, "mm/memory.c", 10)), context=2)
    assert found.lines == (
        " int line_9;", "-int line_10;", "+int toy;", " int line_11;", " int line_12;"
    )  # fmt: skip
    assert (found.at, found.diff) == (2, True)


def test_a_line_of_the_message_or_the_cover_is_shown_with_its_neighbours(toy: Toy) -> None:
    found = excerpt.excerpt_of(toy.series(), task_at(Anchor(PATCH, "", 3)), context=1)
    assert found == excerpt.Excerpt(("", "A toy is a page that one can play with."), 1, diff=False)
    found = excerpt.excerpt_of(toy.series(), task_at(Anchor("cover", "", 1)), context=1)
    assert found == excerpt.Excerpt(("# v1", ""), 0, diff=False)


@pytest.mark.parametrize(
    "anchor",
    [
        Anchor(), Anchor(PATCH), Anchor(PATCH, "mm/toy.c"), Anchor(PATCH, "mm/toy.c", 99),
        Anchor(PATCH, "mm/none.c", 1), Anchor("cover", "", 99),
    ],
)  # fmt: skip
def test_where_there_is_nothing_to_show_nothing_is(toy: Toy, anchor: Anchor) -> None:
    assert excerpt.excerpt_of(toy.series(), task_at(anchor)) == excerpt.Excerpt()


def test_a_version_that_is_not_here_has_no_lines(toy: Toy) -> None:
    task = replace(task_at(Anchor(PATCH, "mm/toy.c", 1)), id="v7-ada-1")
    assert excerpt.excerpt_of(toy.series(), task) == excerpt.Excerpt()


@pytest.mark.parametrize("patch", ["1", "0001", "0001-", PATCH, "introduce", ""])
def test_an_anchor_is_found_from_what_a_person_types(toy: Toy, patch: str) -> None:
    found = excerpt.anchor_at(toy.series(), "v1", patch, "mm/memory.c", 10)
    assert found == Anchor(PATCH, "mm/memory.c", 10, "int toy;")


def test_anchors_of_texts_and_of_nothing(toy: Toy) -> None:
    series = toy.series()
    assert excerpt.anchor_at(series, "v1", "", "", 0) == Anchor()
    assert excerpt.anchor_at(series, "v1", "cover", "", 0) == Anchor("cover")
    assert excerpt.anchor_at(series, "v1", "cover", "", 1) == Anchor("cover", "", 1, "# v1")
    assert excerpt.anchor_at(series, "v1", "1", "", 1) == Anchor(PATCH, "", 1, "mm: introduce toys")
    assert excerpt.anchor_at(series, "v1", "1", "mm/toy.c", 0) == Anchor(PATCH, "mm/toy.c")


@pytest.mark.parametrize(
    ("patch", "file", "line", "what"),
    [
        ("9", "", 0, "v1 has no patch `9`"),
        ("mm", "", 0, "v1 has more than one patch `mm`"),
        ("1", "mm/none.c", 0, "does not touch `mm/none.c`"),
        ("", "mm/none.c", 0, "v1 has no patch that touches `mm/none.c`"),
        ("cover", "mm/toy.c", 0, "cover of v1 does not touch"),
        ("1", "mm/memory.c", 50, "line 50 is not in"),
        ("1", "", 50, "line 50 is not in the text of"),
        ("", "", 5, "a line of what?"),
    ],
)
def test_an_anchor_that_is_not_there_is_refused(
    toy: Toy, patch: str, file: str, line: int, what: str
) -> None:
    with pytest.raises(SeriesError) as caught:
        excerpt.anchor_at(toy.series(), "v1", patch, file, line)
    assert what in caught.value.what
    assert caught.value.hint
