# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refseries.review import text_fill

LONG = "a word and " * 20


def test_prose_is_filled_paragraph_by_paragraph() -> None:
    text = text_fill.flow(f"Short\nlines.\n\n{LONG}\n")
    first, second = text.split("\n\n")
    assert first == "Short lines."
    assert second.split() == LONG.split()
    assert max(map(len, second.split("\n"))) <= 72


@pytest.mark.parametrize(
    "block",
    [
        f"    code({LONG});", f"\tcode({LONG});", f"> {LONG}", f"+{LONG}", f"-{LONG}", f"@@ {LONG}",
        f"- an item {LONG}", f"1. {LONG}", f"| {LONG}", f"#define X {LONG}",
        f"Reviewed-by: {LONG}", f"[1] {LONG}", f"text\n    code {LONG}\ntext", f"```\n{LONG}\n```",
        f"```\nx\n\n{LONG}\n\n```",
    ],
)  # fmt: skip
def test_code_quotes_and_lists_are_never_wrapped(block: str) -> None:
    text = text_fill.flow(f"Before.\n\n{block}\n\n{LONG}")
    assert [line.rstrip() for line in block.split("\n")] == text.split("\n")[
        2 : 3 + block.count("\n")
    ]
    assert max(map(len, text.rsplit("\n\n", 1)[1].split("\n"))) <= 72


@given(st.text(st.sampled_from("ab c\n>+\t-_")))
def test_no_word_is_lost(text: str) -> None:
    assert text_fill.flow(text).split() == text.split()


def test_a_word_longer_than_the_line_stays_whole() -> None:
    link = f"https://example.org/{'x' * 100}"
    assert link in text_fill.flow(f"See {link} for more.").split("\n")


def test_a_quote_marks_every_line_and_wraps_none() -> None:
    assert text_fill.quote(f"a\n\n{LONG}\n") == f"> a\n>\n> {LONG}".rstrip()
    assert text_fill.quote("> a\n\tb\n", "> > ") == "> > > a\n> > \tb"
