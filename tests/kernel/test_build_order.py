# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refseries.kernel.build_order import cost, order


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Documentation/mm/refpage.rst", 0),
        ("tools/testing/selftests/mm/refpage.c", 0),
        ("MAINTAINERS", 0),
        ("mm/memory.c", 1),
        ("mm/internal.h", 10),
        ("include/linux/mm.h", 100),
        ("arch/arm64/include/asm/page.h", 100),
        ("arch/x86/include/asm/page.h", 0),
        ("arch/x86/kernel/setup.c", 0),
        ("scripts/syscall.tbl", 100),
        ("mm/Kconfig", 50),
    ],
)
def test_a_header_costs_more_than_a_source_and_another_architecture_nothing(
    path: str, expected: int
) -> None:
    assert cost([path], "arm64") == expected


def test_x86_64_lives_in_x86() -> None:
    assert cost(["arch/x86/include/asm/page.h"], "x86_64") == 100


def between(files: dict[str, dict[str, int]]) -> Callable[[str, str], list[str]]:
    """Trees as path -> content; the paths that differ."""

    def changed(one: str, other: str) -> list[str]:
        a, b = files[one], files[other]
        return sorted(path for path in {*a, *b} if a.get(path) != b.get(path))

    return changed


def test_trees_that_share_their_headers_are_built_together() -> None:
    changed = between(
        {
            "v1": {"include/linux/mm.h": 1, "mm/a.c": 1},
            "v2": {"include/linux/mm.h": 2, "mm/a.c": 2},
            "v3": {"include/linux/mm.h": 1, "mm/a.c": 3},
        }
    )
    assert order(["v1", "v2", "v3"], changed, "arm64") == ("v1", "v3", "v2")
    assert order(["v1", "v2", "v3"], changed, "arm64", start="v2") == ("v2", "v1", "v3")


def test_equally_good_orders_keep_the_given_one() -> None:
    assert order([3, 1, 2], lambda _a, _b: ["mm/x.c"], "arm64") == (3, 1, 2)


def test_more_than_seven_stay_as_they_are_and_are_not_compared() -> None:
    def changed(_one: int, _other: int) -> list[str]:
        raise AssertionError

    assert order([*range(8, 0, -1)], changed, "arm64", start=0) == (8, 7, 6, 5, 4, 3, 2, 1)


def test_nothing_and_one_are_in_order_already() -> None:
    assert order([], lambda _a, _b: ["x.c"], "arm64") == ()
    assert order(["v1"], lambda _a, _b: ["x.c"], "arm64", start="base") == ("v1",)


@given(st.lists(st.integers(0, 50), unique=True, max_size=12), st.none() | st.integers(51, 60))
def test_every_item_comes_once_however_many_there_are(items: list[int], start: int | None) -> None:
    def changed(one: int, other: int) -> list[str]:
        return [f"mm/{number}.c" for number in range(abs(one - other))]

    found = order(items, changed, "arm64", start)
    assert sorted(found) == sorted(items)


@given(st.lists(st.integers(0, 50), unique=True, min_size=1, max_size=6))
def test_up_to_seven_no_order_is_better(items: list[int]) -> None:
    # On a line, the best way through all is from one end to the other.
    def changed(one: int, other: int) -> list[str]:
        return [f"mm/{number}.c" for number in range(abs(one - other))]

    found = order(items, changed, "arm64")
    assert sum(abs(a - b) for a, b in itertools.pairwise(found)) == max(items) - min(items)
