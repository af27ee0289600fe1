# SPDX-License-Identifier: GPL-2.0-or-later
"""Patterns that people write: found line by line, bounded, and named when they are wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from refseries.errors import SeriesError
from refseries.review import patterns
from refseries.review.patterns import find_line, is_in_text


def test_the_first_line_that_holds_it_counts() -> None:
    lines = ["a = alloc_page(GFP_KERNEL);", "b = alloc_page(GFP_USER);", "c = GFP_USER;"]
    assert find_line("GFP_USER", lines, "v3-x-1") == 2
    assert find_line(r"^c\b", lines, "v3-x-1") == 3
    assert find_line("GFP_ATOMIC", lines, "v3-x-1") == 0


def test_a_line_is_a_line() -> None:
    assert find_line(r"a\s+b", ["a", "b"], "v3-x-1") == 0
    assert find_line("[^x]y", ["y"], "v3-x-1") == 0


def test_a_text_may_be_wrapped_anywhere() -> None:
    text = "The page is charged to the\nmemory cgroup of the caller.\n"
    assert is_in_text("charged to the memory cgroup", text, "v3-x-1")
    assert is_in_text("^memory cgroup", text, "v3-x-1")
    assert not is_in_text("charged to the page cache", text, "v3-x-1")


@pytest.mark.parametrize("pattern", ["(", "*", "a{2,1}", "(" * 400 + ")" * 50])
def test_what_is_no_expression_is_named(pattern: str) -> None:
    with pytest.raises(SeriesError, match="is not a regular expression") as error:
        find_line(pattern, ["a"], "v3-x-1")
    assert error.value.where == "v3-x-1"


@pytest.mark.parametrize("lines", [["a" * 60 + "b"], ["a" * 28 + "b"] * 10_000])
def test_a_search_without_end_is_ended(lines: list[str]) -> None:
    started = time.process_time()
    with pytest.raises(SeriesError, match=r"\(a\|aa\)\+\$.*takes more than 2 seconds"):
        find_line("(a|aa)+$", lines, "v3-x-1")
    assert time.process_time() - started < 20


def test_what_else_the_machine_does_makes_no_search_too_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between two lines it sleeps for longer than a search may take; the second takes some time."""
    monkeypatch.setattr(patterns, "MAX_SECONDS", 0.5)

    def lines() -> Iterator[str]:
        yield "b"
        time.sleep(0.6)
        yield "a" * 23 + "b"

    assert patterns.find_line("^(a|aa)+$", lines(), "v3-x-1") == 0
