# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import time

import pytest
from b4 import LoreSubject
from hypothesis import given, settings
from hypothesis import strategies as st

from refseries.mail.subjects import parse


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[PATCH] mm: toys", (1, 1, 1, "mm: toys")),
        ("[PATCH v3 02/14] mm: toys", (3, 2, 14, "mm: toys")),
        ("[RFC PATCHv2 0/1] toys", (2, 0, 1, "toys")),
        ("[mm][PATCH 1/2] toys [again]", (1, 1, 2, "toys [again]")),
        ("Re: [PATCH 1/2] toys", (1, 1, 2, "toys")),
        ("[PATCH [RESEND] v2] x", (2, 1, 1, "x")),
        ("", (1, 1, 1, "")),
        ("[unclosed", (1, 1, 1, "[unclosed")),
    ],
)
def test_subjects(text: str, place: tuple[int, int, int, str]) -> None:
    found = parse(text)
    assert (found.version, found.number, found.total, found.title) == place


def test_a_long_subject_takes_no_long_time() -> None:
    start = time.process_time()
    parse("[" * 1_000_000)
    assert time.process_time() - start < 10


@settings(max_examples=300)
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
    assert (ours.version, ours.number) == (theirs.revision, theirs.counter)
    assert ours.reply is theirs.reply
