# SPDX-License-Identifier: GPL-2.0-or-later
"""Trailers put into a message, compared, and taken out."""

from __future__ import annotations

import pytest

from refseries.series import trailers

SIGNED = "Signed-off-by: Nora New <nora@example.org>"
TAG = "Reviewed-by: Tom Tagger <tom@example.org>"
MESSAGE = f"mm: count\n\nThey were not.\n\n{SIGNED}\n"


@pytest.mark.parametrize(
    "there",
    [
        TAG,
        TAG.lower(),
        "Reviewed-By:   Tom  Tagger <Tom@Example.org>",
        'Reviewed-by: "Tagger, Tom" <tom@example.org>',
        f"{TAG} # arm64",
        "Reviewed-by: tom <tom@example.org>",
    ],
)
def test_a_tag_that_is_there_in_any_writing_is_not_put_there_again(there: str) -> None:
    message = f"{MESSAGE}{there}\n"
    assert trailers.add(message, [TAG], SIGNED) == message


def test_another_tag_of_the_same_person_is_another() -> None:
    acked = TAG.replace("Reviewed", "Acked")
    assert trailers.add(f"{MESSAGE}{acked}\n", [TAG]) == f"{MESSAGE}{acked}\n{TAG}\n"


def test_the_sign_off_of_who_works_stays_the_last() -> None:
    """As b4 trailers has it; without it, or without anything new, nothing moves."""
    first = "Signed-off-by: Ada <ada@example.org>"
    message = f"mm: count\n\nText.\n\n{SIGNED}\n{first}\n"
    head = "mm: count\n\nText.\n\n"
    assert trailers.add(message, [TAG], SIGNED) == f"{head}{first}\n{TAG}\n{SIGNED}\n"
    assert trailers.add(message, [TAG], first) == f"{head}{SIGNED}\n{TAG}\n{first}\n"
    assert trailers.add(message, [TAG]) == f"{head}{SIGNED}\n{first}\n{TAG}\n"
    assert trailers.add(message, [], SIGNED) == message
    assert trailers.add("mm: count\n", [TAG], SIGNED) == f"mm: count\n\n{TAG}\n"


def test_what_vouches_is_found_with_its_note_and_taken_out() -> None:
    noted = f"{TAG}\n[tom: on arm64 alone]"
    message = f"mm: x\n\nReviewed-by: is a word.\n\n{SIGNED}\n{noted}\nTested-by: A <a@b.c>\n"
    assert trailers.vouching(message) == (noted, "Tested-by: A <a@b.c>")
    without = trailers.remove(message, [noted])
    assert without == f"mm: x\n\nReviewed-by: is a word.\n\n{SIGNED}\nTested-by: A <a@b.c>\n"
    assert trailers.remove(message, ["Acked-by: not there"]) == message
    assert not trailers.vouches(SIGNED)
    assert not trailers.vouches("Nacked-by: A <a@b.c>")
    assert trailers.vouches("Reviewed-and-tested-by: A <a@b.c>")


def test_of_two_such_lines_it_is_the_trailer_that_is_removed() -> None:
    tag = "Reviewed-by: Rita <rita@example.org>"
    message = f"mm: toys\n\n{tag}\nwas what she said.\n\n{tag}\nCc: tom@example.org\n"
    left = f"mm: toys\n\n{tag}\nwas what she said.\n\nCc: tom@example.org\n"
    assert trailers.remove(message, [tag]) == left
