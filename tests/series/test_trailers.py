# SPDX-License-Identifier: GPL-2.0-or-later
"""Trailers go where git puts them."""

from __future__ import annotations

import pytest

from refseries.host import proc
from refseries.series import trailers

SIGNED = "Signed-off-by: Ada <ada@example.org>"
NEW = "Signed-off-by: Sam Sender <sam@example.org>"

ENDS = {
    "none": "Why it is so.",
    "one": SIGNED,
    "several": f"Cc: a@example.org\nAcked-by: Bo <bo@example.org>\n{SIGNED}",
    "a note": f"{SIGNED}\n[bo: adjusted context]",
    "a note of several lines": f"{SIGNED}\n[bo: brought to 6.12:\n - adjusted\n   context\n - x]",
    "many notes": f"{SIGNED}\n[a]\n[b]\n[c]\n[d]",
    "three notes": f"{SIGNED}\n[a]\n[b]\n[c]",
    "a note without a sign-off": "Cc: a@example.org\nCc: b@example.org\n[bo: adjusted]",
    "what git does not write": "Note: this is no trailer\nand goes on.",
    "words that look like one": "Note: this is the last word.",
    "continued": f"Link: https://example.org/\n  very/long\n{SIGNED}",
    "text that is indented": "Run\n  make: all\nand see.",
    "first continued": f"  what is this\n{SIGNED}",
    "picked": "(cherry picked from commit 0123456789)\nNot one\nNor this",
    "blank lines": f"{SIGNED}\n\n\n",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_they_go_where_git_puts_them(end: str) -> None:
    message = f"mm: toy\n\nWhat it does:\nthis and that.\n\n{end.rstrip()}\n"
    by_git = proc.run(
        ["git", "interpret-trailers", "--trailer", NEW], stdin=message.encode()
    ).stdout
    assert trailers.add(message, [NEW]) == by_git


@pytest.mark.parametrize("message", ["mm: toy\n", "Fixes: toy\n", "mm: toy\nmore: of it\n"])
def test_a_title_is_no_trailer(message: str) -> None:
    by_git = proc.run(
        ["git", "interpret-trailers", "--trailer", NEW], stdin=message.encode()
    ).stdout
    assert trailers.add(message, [NEW]) == by_git


@pytest.mark.parametrize(
    "said",
    [
        f"It lacks\n\n    {NEW}\n\nof all things.",
        f"A line such as\n{NEW}\nat its end\nis what\nit lacks.",
    ],
)
def test_one_that_is_only_spoken_of_is_not_there(said: str) -> None:
    message = f"mm: toy\n\n{said}\n\n{SIGNED}\n"
    assert trailers.add(message, [NEW]) == f"{message}{NEW}\n"


def test_one_in_a_paragraph_of_trailers_above_is_there() -> None:
    message = f"mm: toy\n\nWhat it does.\n\n{NEW}\n\n{SIGNED}\n"
    assert trailers.add(message, [NEW]) == message


def test_who_has_no_address_beside_one_who_has_is_not_lost() -> None:
    line = "Cc: Ann <a@example.org>, Bob Low b@example.org"
    assert list(trailers.copied(line)) == ["Ann <a@example.org>", "Bob Low b@example.org"]
