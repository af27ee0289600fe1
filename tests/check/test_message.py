# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import pytest

from refseries.check import message

GOOD = """mm: introduce toys

A toy is a page that one can play with. It is described in the document
that the second patch adds, and in
https://example.org/a/very/long/address/that/nobody/can/wrap/anywhere/at/all.html

    a quotation, which may be as long as it wants to be because it stands indented here

Fixes: 0123456789ab ("mm: introduce pages")
Reported-by: Ada Löwe <ada@example.org>
Closes: https://example.org/report
Suggested-by: "Bob B." <bob@example.org> # of the idea
Link: https://example.org/thread [1]
"""


def said(text: str) -> list[tuple[int, str]]:
    return [(one.line, one.text) for one in message.complaints(text)]


def test_a_good_message_is_left_alone() -> None:
    assert said(GOOD) == []


@pytest.mark.parametrize(
    ("old", "wrong", "line", "words"),
    [
        ("mm: introduce toys", f"mm: introduce {'toys ' * 15}".rstrip(), 1, "75"),
        ("mm: introduce toys", "introduce toys", 1, "subsystem"),
        ("mm: introduce toys", "mm: introduce toys.", 1, "full stop"),
        ("that the second", "that " * 20 + "the second", 4, "columns long"),
        ("Fixes: 0123456789ab", "Fixes: 0123456789a", 9, "12 hex digits"),
        ('("mm: introduce pages")', "mm: introduce pages", 9, "the subject"),
        ("<ada@example.org>", "ada@example.org", 10, "Name <address>"),
        ("Closes: https", "Link: https", 10, "followed by Closes"),
        ("Suggested-by:", "Suggested-By:", 12, "is written Suggested-by:"),
        ("Link: https://example.org/thread", "Link: thread", 13, "URL"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old: str, wrong: str, line: int, words: str) -> None:
    assert old in GOOD
    found = said(GOOD.replace(old, wrong, 1))
    assert len(found) == 1
    assert found[0][0] == line
    assert words in found[0][1]


def test_a_message_without_a_description() -> None:
    text = "mm: introduce toys\n\nSuggested-by: Ada <ada@example.org>\n"
    assert said(text) == [(2, "there is no description below the subject")]
