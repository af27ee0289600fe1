# SPDX-License-Identifier: GPL-2.0-or-later
"""The points of a review, and what is none."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_mails import NORA, RITA

from refseries.mail.read import read
from refseries.model import Identity
from refseries.review.reading import points
from refseries.review.reading.quotes import LineKind, parse

DATA = Path(__file__).parents[1] / "data" / "mail"


def reading(body: str) -> points.Reading:
    return points.read(parse(body), RITA)


def comments(body: str) -> list[str]:
    return [point.comment for point in reading(body).points]


def quotes(body: str) -> list[str]:
    found = reading(body)
    return [points.quoted(found.lines, point) for point in found.points]


def test_a_whole_review() -> None:
    (mail,) = read(DATA / "review-of-v3.txt", lambda mail: pytest.fail(mail.why))
    found = points.read(parse(mail.body), mail.author)
    assert [point.comment.split()[0] for point in found.points] == [
        "Then", "With", "Also,", "The", "With", "Could", "Perhaps", "This",
    ]  # fmt: skip
    assert [aside.why for aside in found.asides] == ["a remark in brackets"]
    assert found.trailers == ()
    assert points.quoted(found.lines, found.points[-1]).startswith("+       if (refpage == NULL)")


def test_each_comment_is_a_point_with_the_quote_above_it() -> None:
    body = "> +int a;\n> +int b;\n\nWhy b?\n\nReally.\n\n> +int c;\nAnd c?\n"
    assert comments(body) == ["Why b?\n\nReally.", "And c?"]
    assert quotes(body) == ["+int a;\n+int b;", "+int c;"]


def test_a_top_post_stands_under_no_quote() -> None:
    body = "The whole idea is wrong.\n\nOn Monday, Ada wrote:\n> +int a;\n> +int b;\n"
    assert comments(body) == ["The whole idea is wrong."]
    assert quotes(body) == [""]


def test_a_quote_that_was_cut_is_one_quote() -> None:
    assert quotes("> +int a;\n[...]\n> +int z;\n\nWhy?\n") == ["+int a;\n[...]\n+int z;"]


def test_of_a_long_quote_the_end_is_kept() -> None:
    body = "".join(f"> +int a{number};\n" for number in range(10_000)) + "\nWhy?\n"
    (kept,) = quotes(body)
    assert kept.split("\n")[0] == "[...]"
    assert kept.split("\n")[-1] == "+int a9999;"
    assert len(kept.split("\n")) == points.QUOTE_LINES + 1


@pytest.mark.parametrize(
    "second", ["Also, is b needed?", "2) Is b needed?", "Another thing: b.", "- Is b needed?"]
)
def test_a_second_request_under_one_quote_is_a_point_of_its_own(second: str) -> None:
    body = f"> +int a;\n\nWhy a?\n\n{second}\n\nIt looks odd.\n"
    assert comments(body) == ["Why a?", f"{second}\n\nIt looks odd."]


def test_what_announces_a_list_is_no_point_of_its_own() -> None:
    assert comments("> a\n\nTwo things:\n\n1. Why?\n\n2. How?\n") == [
        "Two things:\n\n1. Why?",
        "2. How?",
    ]


def test_paragraphs_that_belong_together_stay_together() -> None:
    body = "> +int a;\n\nWhy not\n\n\tint b;\n\ninstead? If a has a reason, comment it.\n"
    assert len(comments(body)) == 1


def test_trailers_are_collected_and_make_no_point() -> None:
    found = reading(
        "> +int a;\n\nWhy?\n\nWith that fixed,\nReviewed-by: Rita Review <rita@example.org>\n"
        "\nFeel free to add\n\nTested-by: Rita Review\n <rita@example.org>\n"
        "nacked-by: Nobody <no@example.org> # really\n"
    )
    assert [point.comment for point in found.points] == ["Why?"]
    assert found.trailers == (
        ("Reviewed-by", "Rita Review <rita@example.org>"),
        ("Tested-by", "Rita Review <rita@example.org>"),
        ("nacked-by", "Nobody <no@example.org> # really"),
    )
    assert [aside.text for aside in found.asides] == ["With that fixed,", "Feel free to add"]


def test_blanks_that_a_program_made_do_not_hide_a_trailer() -> None:
    found = reading(
        "> x\n\nReviewed-by:\xa0Rita\xa0Review <rita@example.org>\n\nFixes: 0123456789ab\n"
    )
    assert found.trailers == (
        ("Reviewed-by", "Rita Review <rita@example.org>"),
        ("Fixes", "0123456789ab"),
    )
    assert not found.points


def test_a_quoted_trailer_is_not_the_reviewers() -> None:
    assert reading("> Reviewed-by: Nora <nora@example.org>\n\nWhen?\n").trailers == ()


@pytest.mark.parametrize(
    "said",
    [
        "Hi Ada,",
        "Hello all,",
        "Ada,",
        "Thanks,\nRita",
        "Best regards\nRita Review",
        "Cheers!",
        "Thanks, Rita",
        "Cheers,\n  Rita R.",
        "Thanks a lot!",
        "Rita",
        "-- Rita",
        "[Resent, as the first one was HTML.]",
        "[Adding the\ntoys list.]",
        "Looks good to me.",
        "LGTM!",
        "Thanks for the patch.",
        "Thank you for working on this!",
        "+ Nora <nora@example.org>",
        "Adding Nora to Cc.",
        "^^^^",
    ],
)
def test_what_is_no_point(said: str) -> None:
    found = reading(f"> +int a;\n\n{said}\n")
    assert [point.comment for point in found.points] == []
    assert "\n".join(aside.text for aside in found.asides) == said


@pytest.mark.parametrize(
    "said",
    [
        "Hi Ada, this leaks.",
        "Thanks for the patch, but it leaks.",
        "Thanks,\nplease fix the leak",
        "Looks good, except for the leak.",
        "[This] leaks.",
        "With this the lock is never taken.\nReviewed-by: x",
        "Best to drop it.",
        "Thanks, drop it.",
        "Regardless of that, it leaks.",
        "Rita's test fails.",
        "See Documentation/mm/toy.rst",
    ],
)
def test_what_only_looks_like_none_is_a_point(said: str) -> None:
    assert len(comments(f"> +int a;\n\n{said}\n")) == 1


def test_a_greeting_and_a_name_do_not_stick_to_the_point() -> None:
    assert comments("Hi Ada,\nthis leaks.\nThanks,\nRita\n") == ["this leaks."]


def test_who_answers_another_reviewer_shows_both() -> None:
    body = (
        "On Tue, Nov 10, 2026 at 10:00, Nora Next <nora@example.org> wrote:\n"
        "> On Monday, Ada <ada@example.org> wrote:\n"
        "> > +\tint a;\n"
        ">\n"
        "> This should be a long.\n"
        "\n"
        "Or unsigned.\n"
    )
    found = reading(body)
    (point,) = found.points
    assert point.comment == "Or unsigned."
    assert point.also == (NORA,)
    assert points.quoted(found.lines, point).split("\n")[1:] == [
        "> +\tint a;",
        "",
        "This should be a long.",
    ]


def test_who_quotes_the_patch_alone_answers_nobody() -> None:
    body = "On Tuesday, Ada <ada@example.org> wrote:\n> +\tint a;\n\nWhy?\n"
    assert reading(body).points[0].also == ()


_SAID = st.sampled_from(
    ["Why?", "Also, b.", "Hi Ada,", "Thanks,", "Rita", "LGTM", "[a remark]", "if (a)", "\tcode;",
     "Reviewed-by: Rita <rita@example.org>", "With that fixed,", "1) one", "Two things:", "",
     "<rita@example.org>", "> +int a;", ">> older", "[...]", "-- ", "On x, Ada <a@b> wrote:", "+1"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.one_of(_SAID, st.text(max_size=8).filter(lambda t: "\n" not in t)), max_size=25))
def test_no_line_that_the_reviewer_wrote_is_lost(lines: list[str]) -> None:
    parsed = parse("\n".join(lines))
    wrote = Counter("".join(line.text.split()) for line in parsed if line.part is LineKind.OWN)
    found = points.read(parsed, Identity("Rita Review", "rita@example.org"))
    texts = [*(point.comment for point in found.points), *(aside.text for aside in found.asides)]
    kept = Counter("".join(line.split()) for text in texts for line in text.split("\n"))
    kept += Counter("".join(f"{name}:{value}".split()) for name, value in found.trailers)
    del kept[""]
    missing = wrote - kept
    # An address that stood below a trailer is a part of it now.
    joined = sum(value.count("<rita@example.org>") - 1 for _name, value in found.trailers)
    assert sum(missing.values()) <= 2 * joined


@settings(max_examples=100)
@given(st.text(max_size=300), st.text(max_size=20), st.text(max_size=20))
def test_any_text_is_read(body: str, name: str, email: str) -> None:
    found = points.read(parse(body), Identity(name, email))
    for point in found.points:
        assert point.comment.strip()
        assert 0 <= point.first <= point.last <= len(found.lines)
        points.quoted(found.lines, point)
