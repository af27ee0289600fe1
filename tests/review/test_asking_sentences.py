# SPDX-License-Identifier: GPL-2.0-or-later
"""Sentences of reviewers, one a line: in one file those that ask, in the other the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from refseries.model import Identity
from refseries.review.reading import points, quotes, speakers
from refseries.review.reading.speakers import Company

MAIL = Path(__file__).parents[1] / "data" / "mail"
DORA = Identity("Dora Keeper-Lane", "dora@example.org")
ADA = Identity("Ada Author", "ada@example.org")
OTTO = Identity("Otto Other", "otto@example.org")
MIA = Identity("Mia Maintainer", "mia@example.org")
COMPANY = speakers.company((), (ADA, OTTO, MIA), {ADA.email})


def sentences(name: str) -> list[str]:
    return [line for line in (MAIL / name).read_text("utf-8").splitlines() if line]


def comments(body: str, company: Company = COMPANY) -> list[str]:
    return [point.comment for point in points.read(quotes.parse(body), DORA, company).points]


def test_each_sentence_that_asks_is_a_point() -> None:
    asking = sentences("asks.txt")
    assert len(asking) > 1000
    assert [one for one in asking if comments(f"> +int a;\n\n{one}\n") != [one]] == []


def test_no_sentence_that_asks_for_nothing_is_a_point() -> None:
    quiet = sentences("asks-nothing.txt")
    assert len(quiet) > 1000
    assert [one for one in quiet if comments(f"> +int a;\n\n{one}\n")] == []


def test_what_asks_is_a_point_among_sentences_that_do_not() -> None:
    asked = ["Name it toy_get().", "Is it freed?", "This leaks on error."]
    for one in asked:
        for quiet in sentences("asks-nothing.txt")[::7]:
            body = f"> +int a;\n\n{quiet}\n\n> +int b;\n\n{one}\n"
            assert comments(body) == [one], quiet


@pytest.mark.parametrize("said", ["Ada, thanks.", "Ada, looks good to me.", "Thanks, Rob."])
def test_a_name_beside_thanks_is_none(said: str) -> None:
    assert comments(f"> +int a;\n\n{said}\n") == []


@pytest.mark.parametrize("said", ["Changelog, thanks.", "SPDX, thanks.", "Thanks. NULL check."])
def test_a_word_with_a_capital_letter_is_not_always_a_name(said: str) -> None:
    assert comments(f"> +int a;\n\n{said}\n") == [said]


def test_whom_the_mail_quotes_is_known_by_name() -> None:
    body = (
        "On Sun, 1 Nov 2026 at 10:00, Zoe Zed <zoe@example.org> wrote:\n> +int a;\n\nZoe, thanks.\n"
    )
    lines = quotes.parse(body)
    assert points.read(lines, DORA, speakers.company(lines, (), ())).points == ()
    assert comments("> +int a;\n\nZoe, thanks.\n") == ["Zoe, thanks."]


@pytest.mark.parametrize(
    "question",
    [
        "can you take this through your tree?",
        "could you pick this up?",
        "any objections?",
        "what do you think?",
        "does this work for you?",
        "are you ok with this?",
    ],
)
def test_what_is_asked_of_somebody_else_is_no_task_of_the_author(question: str) -> None:
    assert comments(f"> +int a;\n\nOtto, {question}\n") == []
    assert comments(f"> +int a;\n\nOtto and Mia, {question}\n") == []
    for called in ("Ada", "Otto and Ada", "Ada, Otto"):
        said = f"{called}, {question}"
        assert comments(f"> +int a;\n\n{said}\n") == [said]


@pytest.mark.parametrize(
    ("above", "said"),
    [("> +int a;", "Same here."), (">  \tint a;", "Same here!"), ("> +int a;", "Thanks, no."),
     ("> I think so.", "Well, no.")],
)  # fmt: skip
def test_a_word_of_agreement_below_code_blames_it(above: str, said: str) -> None:
    assert comments(f"{above}\n\n{said}\n") == [said]


def test_the_same_word_agrees_below_what_somebody_said() -> None:
    assert comments("> I have wanted this for years.\n\nSame here.\n") == []
    assert comments("> Shall I send it once more?\n\nWell, no.\n") == []


TAG = "Acked-by: Dora Keeper-Lane <dora@example.org>"


@pytest.mark.parametrize(
    "terms",
    ["With that:", "With the typo fixed:", "For the mm parts:", "For patches 1-3:", "FWIW:",
     "With that addressed, feel free to add:", "also feel free to add:", "Here's my ack:",
     "For what it's worth:",
     "For this and the next patch:", "Have my tag."],
)  # fmt: skip
def test_terms_in_front_of_a_trailer_ask_for_nothing(terms: str) -> None:
    assert comments(f"> +int a;\n\n{terms}\n{TAG}\n") == []
    assert comments(f"> +int a;\n\n{terms}\n\n{TAG}\n") == []


@pytest.mark.parametrize("terms", ["including the suspend bits.", "(for the mm parts)"])
def test_terms_behind_a_trailer_ask_for_nothing(terms: str) -> None:
    assert comments(f"> +int a;\n\n{TAG}\n\n{terms}\n") == []
    assert comments(f"> +int a;\n\n{terms}\n") == [terms]


@pytest.mark.parametrize(
    "said", ["Including the error path part.", "including the docs", "For the error path use goto."]
)
def test_what_is_to_be_included_is_asked_for(said: str) -> None:
    assert comments(f"> +int a;\n\n{said}\n") == [said]
