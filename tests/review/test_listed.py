# SPDX-License-Identifier: GPL-2.0-or-later
"""A list in a review is several remarks, or the steps of one."""

from __future__ import annotations

import pytest
from dora import comments

ONE = {
    "an item goes on": (
        "1. Take a mutex here, please.\n\n2. then make the callers take it\n\n3. Drop the spinlock."
    ),
    "the items are one sentence": (
        "You could\n\n1. use a bitmap, or\n\n2. Add a list per CPU.\n\nI would prefer 1."
    ),
    "an open condition": "What happens if\n\n1. it is gone, why not check?\n\n2. Should it close?",
    "a recipe": "It hangs. To reproduce:\n\n1. Make it.\n\n2. Add a disk.\n\n3. Remove it again.",
    "a race": "This is the race:\n\n- CPU0 should hold the lock\n\n- CPU1 needs to wait, does not",
    "a way": "I would do it the following way:\n\n1. Add a helper.\n\n2. Use it everywhere.",
    "patches": "Please split this into two patches:\n\n* Add the helper.\n\n* Use it everywhere.",
}
SEVERAL = {
    "remarks": ("A few comments:\n\n1. Why not kref?\n\n2. Please document it.", 2),
    "remarks on patches": ("One issue with both patches:\n\n1. Why not kref?\n\n2. Name it.", 1),
    "none in front": ("1) typo, should be toy\n\n2) please use toy_get()", 2),
    "a greeting": ("Hi Ada\n\n1. Why not kref?\n\n2. Please document it.", 2),
    "a remark in front": ("The names differ.\n\n1. Why not kref?\n\n2. Please document it.", 3),
    "there is": ("1. Why not kref?\n\n2. Then there is the lock, which should go.", 2),
}


@pytest.mark.parametrize("name", ONE)
def test_steps_are_one_point(name: str) -> None:
    assert len(comments(f"> +int a;\n\n{ONE[name]}\n")) == 1


@pytest.mark.parametrize("name", SEVERAL)
def test_remarks_of_a_list_are_points(name: str) -> None:
    said, count = SEVERAL[name]
    assert len(comments(f"> +int a;\n\n{said}\n")) == count


def test_no_text_is_lost() -> None:
    (said,) = comments(f"> +int a;\n\n{ONE['a recipe']}\n")
    assert said == ONE["a recipe"]
