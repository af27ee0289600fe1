# SPDX-License-Identifier: GPL-2.0-or-later
"""The notation in which lists of phrases are written."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from refseries.review.reading import courtesy, own_doings, phrases

BOOK = """
# Toys.
= toy
train[s]|box car*|*-toy
the (red|dark green)? <ball> <very>*
_{1,2} of # for ^
since %
at last … gone

= ball
ball|it's round|give \\( it \\)

= very
very !ball{2}
"""


@pytest.fixture
def book(tmp_path: Path) -> phrases.PhraseBook:
    (tmp_path / "toys.phrases").write_text(BOOK)
    return phrases.read(tmp_path / "toys.phrases")


@pytest.mark.parametrize(
    "said",
    [
        "train", "Trains", "box cars", "box car", "tin-toy", "the ball", "The dark green ball",
        "the ball very", "the ball very old very old indeed", "the it's round",
        "the red give (it)", "a pair of #2 for Ada", "pair of 1-3,5/7 for Ada",
        "since v6.12", "since 6.14-rc3", "at last, they are (all) gone", "at last gone",
    ],
)  # fmt: skip
def test_a_phrase(book: phrases.PhraseBook, said: str) -> None:
    assert book["toy"].are(phrases.words(said))


@pytest.mark.parametrize(
    "said",
    [
        "", "training", "box", "the blue ball", "the red dark green ball",
        "a large pair of 2 for Ada",
        "pair of 2 for ada", "pair of two for Ada", "the ball very ball", "the ball, very",
        "tin-toys", "the ball very, very old", "a, b of 2 for Ada", "since 6", "at last? gone",
    ],
)  # fmt: skip
def test_another_phrase(book: phrases.PhraseBook, said: str) -> None:
    assert not book["toy"].are(phrases.words(said))


def test_phrases_within_a_text(book: phrases.PhraseBook) -> None:
    said = phrases.words("Mend the ball, the trains and a restrain.")
    assert book["toy"].within(said) == "the ball "
    assert book["toy"].without(said) == "Mend , the and a restrain . "
    assert book["toy"].within(phrases.words("a restrain")) == ""
    assert book["ball"].after(phrases.words("ball ball balls")) == "balls "


def test_marks_are_words_of_their_own() -> None:
    assert phrases.words("So (\"it's\" here), v5.4... I'll see a/b?") == (
        "So ( \" it 's \" here ) , v5.4 . . . I 'll see a/b ? "
    )


@pytest.mark.parametrize("wrong", ["a <b", "> b", "a !", "(a", "a)", "a ,? b", "a b[c]? d"])
def test_what_is_not_in_the_notation_is_refused(wrong: str) -> None:
    with pytest.raises((ValueError, re.error)):
        phrases.PhraseBook({"one": [wrong]})["one"].are("")
    with pytest.raises(KeyError):
        phrases.PhraseBook({"one": ["<two>"]})["one"].are("")


@pytest.mark.parametrize("module", [courtesy, own_doings])
def test_each_list_is_in_the_notation_and_is_used(module: ModuleType) -> None:
    source = Path(module.__file__ or "")
    path = source.with_suffix(".phrases")
    book = phrases.read(path)
    for name in book.lists:
        book[name].are("")
    used = set(re.findall(r"(?:<|!)([a-z][\w-]*)", path.read_text(encoding="utf-8")))
    used |= set(re.findall(r'"([a-z-]+)"', source.read_text(encoding="utf-8")))
    assert set(book.lists) - used == set()
