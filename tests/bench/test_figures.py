# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures: what boots come to, and what is said of two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refseries.bench.figures import (
    LIMIT,
    Figure,
    FigureVerdict,
    Name,
    compare,
    compare_all,
    is_unit,
    parse_name,
    settle,
)

READ = Name("read", "refpage", "dense")
PER_PAGE = "instructions/page"


def figure(value: float, spread: float = 0.0, name: Name = READ) -> Figure:
    return Figure(name, value, PER_PAGE, spread, 4)


def test_a_name_has_three_parts() -> None:
    assert parse_name("read.refpage.dense") == READ
    assert str(READ) == "read.refpage.dense"


@pytest.mark.parametrize(
    "text",
    [
        "read",
        "read.refpage",
        "a.b.c.d",
        "Read.x.y",
        "read.refpage.dense\n",
        "a..b",
        f"a.b.{'c' * 25}",
    ],
)
def test_other_names_are_none(text: str) -> None:
    assert parse_name(text) is None


def test_units_are_counts_and_sizes_but_never_times() -> None:
    assert is_unit("instructions/page")
    assert is_unit("KiB")
    for unit in ("seconds", "ns", "instructions", "instructions/", "KiB/s", "instructions/page\n"):
        assert not is_unit(unit)


def test_a_figure_is_the_median_of_its_boots() -> None:
    found = settle(READ, PER_PAGE, [1000.0, 1005.0, 1001.0])
    assert (found.value, found.repeats) == (1001.0, 3)
    assert found.spread == pytest.approx(5 / 1001)
    assert found.settled


def test_one_disturbed_boot_of_four_does_not_count() -> None:
    assert settle(READ, PER_PAGE, [1000.0, 1000.0, 1001.0, 1500.0]).settled
    assert not settle(READ, PER_PAGE, [1000.0, 1000.0, 1500.0]).settled


def test_two_ways_that_come_up_by_turns_do_not_settle() -> None:
    assert not settle(READ, PER_PAGE, [1000.0, 1050.0] * 6).settled


def test_one_boot_has_no_spread_and_zero_can_settle() -> None:
    assert settle(READ, PER_PAGE, [7.0]).spread == 0.0
    assert settle(READ, "KiB", [0.0, 0.0, 0.0, 0.0]).settled
    assert not settle(READ, "KiB", [0.0, 4.0, 0.0, 4.0]).settled


@given(st.lists(st.floats(1, 1e9), min_size=1, max_size=12))
def test_the_spread_never_exceeds_the_range(samples: list[float]) -> None:
    found = settle(READ, PER_PAGE, samples)
    assert 0 <= found.spread * found.value <= (max(samples) - min(samples)) * 1.000001
    assert min(samples) <= found.value <= max(samples)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (1000.0, 1000.0, FigureVerdict.SAME),
        (1000.0, 1010.0, FigureVerdict.SAME),
        (1000.0, 1011.0, FigureVerdict.WORSE),
        (1000.0, 989.0, FigureVerdict.BETTER),
        (0.0, 0.0, FigureVerdict.SAME),
        (0.0, 64.0, FigureVerdict.WORSE),
        (64.0, 0.0, FigureVerdict.BETTER),
        (-100.0, -150.0, FigureVerdict.BETTER),
    ],
)
def test_less_is_better_beyond_the_threshold(
    before: float, after: float, verdict: FigureVerdict
) -> None:
    assert compare(figure(before), figure(after)).verdict is verdict


def test_the_part_is_of_the_earlier_figure() -> None:
    assert compare(figure(200.0), figure(100.0)).part == -0.5
    assert compare(figure(0.0), figure(100.0)).part is None


@pytest.mark.parametrize(("before", "after"), [(0.0, LIMIT * 2), (LIMIT * 2, 0.0)])
def test_an_unsettled_figure_is_compared_with_nothing(before: float, after: float) -> None:
    assert compare(figure(1.0, before), figure(2.0, after)).verdict is FigureVerdict.UNSETTLED


def test_only_what_both_have_is_compared() -> None:
    other = Name("write", "refpage", "dense")
    found = compare_all([figure(1.0)], [figure(2.0, name=other), figure(2.0)])
    assert [each.after.name for each in found] == [READ]


def test_boots_that_come_to_less_than_nothing_have_to_agree_as_well() -> None:
    assert not settle(READ, "KiB", [-100.0, -50.0, -10.0]).settled
