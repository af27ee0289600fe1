# SPDX-License-Identifier: GPL-2.0-or-later
"""What programs put around the words of a reviewer, and points that stand where tags do."""

from __future__ import annotations

import time

import pytest
from dora import DORA, comments

from refseries.review.reading import automatic, points, quotes, tag_terms
from refseries.review.reading.speakers import Company


@pytest.mark.parametrize(
    "said",
    [
        "AI reviewed your patch. Please fix the bug or email reply why it's not a bug.",
        "AI reviewed your patch. Please fix the bug or email reply why it's not a bug.\n"
        "See: https://ci.example.org/README.md\n\nIn-Reply-To-Subject: `mm: toys`\n"
        "CI run summary: https://ci.example.org/1",
        "This is an AI-generated review of your patch. The human sending this\nemail has "
        "considered the AI review valid, or at least plausible.\n\n"
        "Full review at: https://ai.example.org/review?id=1\n---",
        "CAUTION: This email originated from outside of the organization. Do not click\nlinks "
        "or open attachments unless you recognize the sender.",
        "This message and what is attached may be confidential. If you are not the intended\n"
        "recipient, please delete it and tell its sender. Thank you.",
    ],
)
def test_what_programs_put_around_remarks_is_no_point(said: str) -> None:
    assert comments(f"{said}\n\n> +int a;\n\nDoes this leak?\n\n{said}\n") == ["Does this leak?"]
    if "confidential" not in said:  # each company has its own words
        assert len(comments(f"{said} The lock is not held.\n")) == 1


@pytest.mark.parametrize(
    "line", ["#regzbot introduced: 1234567890ab", "#regzbot ^fix: mm: toys", "#syz test: tree main"]
)
def test_what_is_for_a_robot_is_no_point(line: str) -> None:
    assert comments(f"> +int a;\n\n{line}\n{line}\n") == []
    assert comments(f"> +int a;\n\nThis leaks.\n\n{line}\n") == ["This leaks."]
    assert len(comments(f"> +int a;\n\n{line}\nThis leaks.\n")) == 1


@pytest.mark.parametrize(
    ("behind", "asks"),
    [
        (" once the comment is fixed", True),
        (" (if you drop the printk)", True),
        (", but please wrap the lines", True),
        (" # with the typo in the title fixed", True),
        (" # with that fixed", False),
        (" (with the above addressed)", False),
        (" (for the mm bits)", False),
        (" # mm", False),
        ("", False),
    ],
)
def test_what_a_tag_is_given_on_is_a_point(behind: str, asks: bool) -> None:
    tag = f"Acked-by: Dora Keeper-Lane <dora@example.org>{behind}"
    read = points.read(quotes.parse(f"> +int a;\n\n{tag}\n"), DORA)
    assert [point.comment for point in read.points] == [tag] * asks
    assert len(read.trailers) == 1
    assert not comments(f"> +int a;\n\n{tag.replace('Acked', 'Tested')}\n")


@pytest.mark.parametrize(
    "line", ["Cc'ing Ada who knows this.", "Adding Ada, who wrote it", "+ Ada"]
)
def test_who_is_copied_is_no_point(line: str) -> None:
    assert comments(f"> +int a;\n\n{line}\n") == []


@pytest.mark.parametrize("line", ["Hallo Ada,", "Bonjour Ada,", "Ada King,"])
def test_a_greeting_of_another_kind_is_no_point(line: str) -> None:
    company = Company(frozenset({"ada", "king"}))
    read = points.read(quotes.parse(f"{line}\n\n> +int a;\n\nWhy?\n"), DORA, company)
    assert [point.comment for point in read.points] == ["Why?"]
    assert comments("Dead code,\n\n> +int a;\n\nWhy?\n") == ["Dead code,", "Why?"]


OUTLOOK = (
    "From: Ada\nSent: Tuesday, November 10, 2026 10:00\nTo: Dora\nSubject: [PATCH] mm: a\n\nWhy.\n"
)


@pytest.mark.parametrize("name", ["Dora", "DK", "Dora Keeper-Lane >", "DK:"])
def test_answers_in_an_original_without_marks_are_points(name: str) -> None:
    body = f"See inline.\n\n{OUTLOOK}\n[{name}] No, it is\nnot so.\n\n+int b;\n"
    assert comments(body) == [f"[{name}] No, it is\nnot so."]
    lines = quotes.parse(body.replace(name, "Max"), names={"Max"})
    assert [point.comment for point in points.read(lines, DORA).points] == ["See inline."]


def test_remarks_that_nothing_tells_apart_are_told_of() -> None:
    assert comments(f"Please see my comments inline.\n\n{OUTLOOK}\nNo.\n") == [
        "Please see my comments inline."
    ]
    assert comments("See below.\n\n> +int a;\n\nThanks!\n") == []
    assert comments(f"Thanks!\n\n{OUTLOOK}") == []


def test_a_tag_broken_before_its_address_stays_whole_below_other_words() -> None:
    said = "With that fixed:\nAcked-by: Dora Keeper-Lane\n<dora@example.org>"
    read = points.read(quotes.parse(f"> +int a;\n\nUse b.\n\n{said}\n"), DORA)
    assert [point.comment for point in read.points] == ["Use b."]
    assert read.trailers == (("Acked-by", "Dora Keeper-Lane <dora@example.org>"),)


@pytest.mark.parametrize("piece", [" --", "AI reviewed your patch. ", "caution: ", "fixed "])
def test_a_long_paragraph_takes_no_long_time(piece: str) -> None:
    start = time.process_time()
    text = piece * (600_000 // len(piece)) + "x"
    assert automatic.frame(text) == ""
    assert not tag_terms.wants_more("Acked-by", f"Ada <ada@example.org> with {text}")
    assert time.process_time() - start < 5
