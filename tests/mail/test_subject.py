# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import pytest
from b4 import LoreSubject
from hypothesis import given, settings
from hypothesis import strategies as st

from refseries.mail.subject import Subject, parse


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("[PATCH] mm: toys", Subject("mm: toys", patch=True)),
        ("[PATCH v3 02/14] mm: toys", Subject("mm: toys", False, True, 3, 2, 14)),
        (
            "[PATCH RFC,v3, 2/4] mm: toys",  # b4 reads this as the first version
            Subject("mm: toys", False, True, 3, 2, 4, ("RFC",)),
        ),
        ("[RFC PATCHv2 0/1] toys", Subject("toys", False, True, 2, 0, 1, ("RFC",))),
        ("[mm][PATCH 1/2] toys [again]", Subject("toys [again]", False, True, None, 1, 2, ("mm",))),
        ("Re: [PATCH 1/2] toys", Subject("toys", True, True, None, 1, 2)),
        ("Re: toys", Subject("Re: toys", True)),
        ("[PATCH [RESEND] v2] x", Subject("x", False, True, 2, None, None, ("RESEND",))),
        ("", Subject("")),
        ("[unclosed", Subject("[unclosed")),
    ],
)
def test_subjects(text: str, subject: Subject) -> None:
    assert parse(text) == subject


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["[", "]", "PATCH", " ", "v2", "v13", "1/2", "0/9", "RFC", "Re: ", "mm: x"]
        ),
        max_size=14,
    ).map("".join)
)
def test_the_place_of_a_patch_is_the_one_that_b4_sees(text: str) -> None:
    ours, theirs = parse(text), LoreSubject(text)
    assert (ours.version or 1) == theirs.revision
    assert (1 if ours.number is None else ours.number) == theirs.counter
    assert ours.reply is theirs.reply
