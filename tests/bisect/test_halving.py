# SPDX-License-Identifier: GPL-2.0-or-later
"""Which state is looked at next: every place where a word can turn is found, in few steps."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refseries.bisect import halving


def search(
    words: list[str | None], kept: set[int], cheap: set[int]
) -> tuple[dict[int, str | None], int]:
    """Look until there is no more to learn; what is seen, and how many looks it took."""
    seen = {at: words[at] for at in {0, len(words) - 1} | kept}
    looks = 0
    while (at := halving.follow(seen, len(words) - 1, cheap)) is not None:
        assert at not in seen
        seen[at] = words[at]
        looks += 1
    return seen, looks


@st.composite
def states(draw: st.DrawFn) -> list[str | None]:
    """Words that turn once, with states in between that show nothing."""
    turn = draw(st.integers(1, 20))
    count = draw(st.integers(turn + 1, 30))
    words: list[str | None] = ["good" if at < turn else "bad" for at in range(count)]
    for at in draw(st.sets(st.integers(0, count - 1))):
        if 0 < at < count - 1:
            words[at] = None
    return words


@given(states(), st.sets(st.integers(0, 29)), st.sets(st.integers(0, 29)))
def test_the_neighbours_are_found_and_all_between_them_shows_nothing(
    words: list[str | None], kept: set[int], cheap: set[int]
) -> None:
    seen, _looks = search(words, {at for at in kept if at < len(words)}, cheap)
    before, after = halving.bounds(seen, len(words) - 1)
    assert (words[before], words[after]) == ("good", "bad")
    assert all(words[at] is None for at in range(before + 1, after))
    assert set(range(before + 1, after)) <= set(seen)


@given(st.integers(2, 200), st.integers(1, 199))
def test_no_more_looks_than_halving_takes(count: int, turn: int) -> None:
    words: list[str | None] = [
        "good" if at < min(turn, count - 1) else "bad" for at in range(count)
    ]
    _seen, looks = search(words, set(), set())
    assert looks <= math.ceil(math.log2(count - 1)) if count > 2 else looks == 0


def test_kernels_that_are_there_come_first_and_narrow_it() -> None:
    words: list[str | None] = [*["good"] * 9, *["bad"] * 8]
    assert halving.follow({0: "good", 16: "bad"}, 16, {3, 12}) == 12
    assert halving.follow({0: "good", 16: "bad", 12: "bad"}, 16, {3, 12}) == 3
    assert halving.follow({0: "good", 16: "bad", 12: "bad", 3: "good"}, 16, {3, 12}) in (7, 8)
    seen, looks = search(words, {8, 9}, set())
    assert looks == 0
    assert halving.bounds(seen, 16) == (8, 9)


def test_a_third_word_is_not_as_the_first_state() -> None:
    words: list[str | None] = ["pass", "pass", "crash", "fail", "fail"]
    seen, _looks = search(words, set(), set())
    assert halving.bounds(seen, 4) == (1, 2)


def test_a_word_that_comes_and_goes_is_found_by_what_is_known() -> None:
    assert halving.bounds({0: "pass", 2: "fail", 4: "pass"}, 4) == (0, 2)
    assert halving.follow({0: "pass", 2: "fail", 4: "pass"}, 4, ()) == 1


@pytest.mark.parametrize(
    ("words", "turn"),
    [
        ("absent absent pass fail", (2, 3)),
        ("absent pass pass fail fail", (2, 3)),
        ("pass fail fail skip", (0, 1)),
        ("fail fail crash pass pass", (2, 3)),
        ("pass fail pass pass", (0, 1)),
        ("pass - fail -", (0, 2)),
        ("absent - pass - fail", (2, 4)),
        ("skip fail skip fail", (2, 3)),
    ],
)
def test_of_more_than_two_words(words: str, turn: tuple[int, int]) -> None:
    states = [None if word == "-" else word for word in words.split()]
    assert halving.bounds(dict(enumerate(states)), len(states) - 1) == turn
