# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import pytest

from refseries.importing import tag_scope

TAG = "Reviewed-by: Rita <rita@example.org>"


def given(*lines: str, behind: str = "") -> tuple[int, ...] | None:
    """What is said of the tag below ``lines`` in a series of five patches."""
    own = [None if line.startswith(">") else line for line in (*lines, TAG)]
    return tag_scope.patches_of(f"{TAG}{behind}", tag_scope.line_above(own, TAG), 5)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("For patches 1 and 2:", (1, 2)),
        ("For patches 1-3,", (1, 2, 3)),
        ("Patches 1, 2 and 4 look good to me.", (1, 2, 4)),
        ("for patch #3:", (3,)),
        ("for 1/5 and 2/5:", (1, 2)),
        ("1/5-3/5:", (1, 2, 3)),
        ("for 1/2 of it:", None),
        ("for patches 1/5, 2/5 and 4/5", (1, 2, 4)),
        ("For the series except patch 3:", (1, 2, 4, 5)),
        ("For all but patches 4 to 5:", (1, 2, 3)),
        ("For the series:", None),
        ("For patch 9:", None),
        ("I tested patch 0.5 of it for 2 days.", None),
        ("Patch looks good, 2 nits below.", None),
        ("Feel free to add my tag to patches 2-4", (2, 3, 4)),
        ("LGTM for patch 1, you can add:", (1,)),
        ("One nit on patch 3, otherwise:", None),
        ("I looked at patch 2 most closely.", None),
        ("With patch 4 fixed:", None),
        ("Patch 2 needs a comment.", None),
        ("Tested all on two boards, with a fix for 1/5:", None),
    ],
)
def test_a_line_above_says_which_patches(text: str, numbers: tuple[int, ...] | None) -> None:
    assert given(text) == numbers
    assert given(text, "", "Tested-by: Rita <rita@example.org>") == numbers
    assert given(text, "Something else.") is None
    assert given(f"> {text}", "") is None


def test_what_stands_behind_the_address_counts_first() -> None:
    assert given("For patches 1-3:", behind=" # patch 4") == (4,)
    assert given(behind=" (for 1/5)") == (1,)
    assert given(behind=" # 2/5") == (2,)
    assert given(behind=" (1/5 and 2/5)") == (1, 2)
    assert given(behind=" # 1/2 of the boards") is None
    assert given(behind=" # patch 4, on arm64") == (4,)
    assert given(behind=" # on 2 boards") is None


def test_a_long_text_about_patches_limits_nothing() -> None:
    assert given(f"{'I wondered whether ' * 8} patch 2 is right, and it is.") is None
