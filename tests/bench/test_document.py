# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures in a Markdown file."""

import pytest
from sample_measurements import V1, V2, WORDS

from refseries.bench import document
from refseries.errors import SeriesError
from refseries.testing.expectations import Expectation, Expectations
from refseries.testing.model import Outcome


def entry(case: str, outcome: Outcome, why: str) -> Expectation:
    return Expectation(case=case, versions=("v1",), configs=("default",), outcome=outcome, why=why)


NAIVE = Expectations(
    (
        entry("toy.*", Outcome.FAIL, "It breaks | falls."),
        entry("toy.dma", Outcome.SKIP, "There is no DMA."),
    )
)


def parts() -> dict[str, str]:
    return document.blocks([V1, V2], WORDS, NAIVE)


def test_only_what_stands_between_the_marks_is_written_anew() -> None:
    text = "before\n<!-- refseries bench: origin -->\nold\n<!-- end -->\nafter\n"
    assert document.rewrite(text, {"origin": "new\n"}, "x") == (
        "before\n<!-- refseries bench: origin -->\n\nnew\n\n<!-- end -->\nafter\n"
    )


def test_writing_twice_is_writing_once() -> None:
    text = "<!-- refseries bench: figures -->\n<!-- end -->\n\\1 \\g<0>\n"
    once = document.rewrite(text, parts(), "x")
    assert document.rewrite(once, parts(), "x") == once
    assert once.endswith("\n\\1 \\g<0>\n")


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("no mark\n", "no place", "x.md"),
        ("a\n<!-- refseries bench: songs -->\n<!-- end -->\n", "songs", "x.md:2"),
        ("<!-- refseries bench: origin -->\nold\n", "no end", "x.md:1"),
        (
            "<!-- refseries bench: origin -->\n<!-- refseries bench: changes -->\n<!-- end -->\n",
            "no end",
            "x.md:1",
        ),
    ],
)
def test_marks_that_are_wrong_are_named(text: str, what: str, where: str) -> None:
    with pytest.raises(SeriesError, match=what) as caught:
        document.rewrite(text, parts(), "x.md")
    assert caught.value.where == where


def test_figures_are_a_table_an_operation() -> None:
    assert "| dense | 1,000 | 1,100 | 550 |\n" in parts()["figures"]
    assert "| dense | all pages |\n" in parts()["figures"]
    assert "**First load: instructions/page**" in parts()["figures"]


def test_changes_have_their_verdict() -> None:
    assert "| read, toy: dense | 1,100 → 550 | -50.0% | better |\n" in parts()["changes"]
    assert "No figure differs" in document.blocks([V1, V1], WORDS, NAIVE)["changes"]


def test_units_are_never_mixed() -> None:
    assert "| sparse | 4 | 1 | 75.0% | 97.5% | 97.2% |\n" in parts()["published"]
    assert "anon (seconds)" in parts()["published"]


def test_behaviour_is_what_the_selftests_expect() -> None:
    assert "| It breaks \\| falls. | `toy` | yes |  |\n" in parts()["behaviour"]
    assert "DMA" not in parts()["behaviour"]
