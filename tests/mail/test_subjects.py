# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import time

import pytest
from b4 import LoreSubject
from hypothesis import given, settings
from hypothesis import strategies as st

from refseries.mail.subjects import overlooked, parse, read, trees


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[PATCH net-next v2 1/3] x", ["net-next"]),
        ("[toys-devel] [PATCH v2 -next 0/3] x", ["-next"]),
        ("[RFC PATCH bpf-next v1 2/3] x: [y] z", ["bpf-next"]),
        ("[PATCH 6.6.y 1/2] x", ["6.6.y"]),
        ("[PATCHv3 RESEND mm-unstable 1/2] x", ["mm-unstable"]),
        ("[PATCH v2-RESEND 1/2] x", []),
        ("Re: [net-next] x", []),
    ],
)
def test_the_tree_that_a_patch_is_for(text: str, words: list[str]) -> None:
    assert list(trees(text)) == words


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


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("[PATCH v2] foo: [bar] x", False),
        ("[PATCH v2 1/3] [media] drm: [RFC] x", False),
        ("[PATCH v2] Re: enable x", False),
        ("[toys] Re: x", True),
        ("[toys] Re: [PATCH v2 1/3] x", True),
        ("[patches] Aw: Re: [PATCH v2 1/3] x", True),
        ("[toys] Sv: [PATCH v2 1/3] x", True),
    ],
)
def test_what_begins_a_title_is_no_answer(text: str, reply: bool) -> None:
    assert read(text).reply is reply


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[PATCH-v2 1/3] x", (2, 1, 3)),
        ("[PATCH2 1/3] x", (2, 1, 3)),
        ("[PATCH2] x", (1, 1, 1)),
        ("[PATCH2/3] x", (1, 2, 3)),
        ("[RESEND2 PATCH 1/3] x", (1, 1, 3)),
        ("[PATCH v3: 1/3] x", (3, 1, 3)),
        ("[PATCH v3:1/3] x", (3, 1, 3)),
        ("[RFCv2 1/3] x", (2, 1, 3)),
        ("[RFC-PATCH-v2] x", (2, 1, 1)),
        ("[PATCH v2 (1/3)] x", (2, 1, 3)),
        ("[PATCH v6,0/3] x", (6, 0, 3)),
        ("[net-next,v3,1/3] x", (3, 1, 3)),
        ("[PATCH v2-resend 2/2] x", (2, 2, 2)),
        ("[PATCH take 2] x", (2, 1, 1)),
        ("[PATCH] v2: mm: x", (2, 1, 1)),
        ("[PATCH] v4l2: x", (1, 1, 1)),
        ("[PATCH v6.12 2/3] x", (1, 2, 3)),
        ("[PATCH 5.10.y v2 02/11] x", (2, 2, 11)),
        ("[PATCH v2 3/2] x", (2, 3, 2)),
        ("*** SPAM *** [PATCH v2 2/3] x", (2, 2, 3)),
        ("*****SPAM***** Re: [PATCH v2 2/3] x", (2, 2, 3)),
        ("Re: {Spam?} [PATCH v2 2/3] x", (2, 2, 3)),
        ("[EXT] [PATCH v2 2/3] x", (2, 2, 3)),
        ("EXTERNAL: [RFC PATCH v2 2/3] x", (2, 2, 3)),
        ("PATCH v2 2/3: x", (2, 2, 3)),
        ("PATCH v2 2/3] x", (2, 2, 3)),
        ("PATCH 2/3 x", (1, 2, 3)),
        ("RFC PATCH v2: x", (2, 1, 1)),
    ],
)
def test_what_a_person_reads_and_b4_does_not(text: str, place: tuple[int, int, int]) -> None:
    found = read(text)
    assert (found.version, found.number, found.total) == place
    assert (found.unread, found.odd_number) == ("", "")


@pytest.mark.parametrize("front", ["*** SPAM *** [PATCH v2 2/3]", "PATCH 2/3:", "PATCH v2 2/3]"])
def test_a_title_behind_what_git_does_not_read(front: str) -> None:
    assert overlooked(f"{front} mm: x [y]") == "mm: x [y]"


@pytest.mark.parametrize(
    "text",
    ["[PATCH v2] mm: x", "mm: x", "patch: v2 of it", "*p*: [x] y", "PATCH: mm", "*v* [see PAT] x"],
)
def test_a_title_that_git_reads(text: str) -> None:
    assert overlooked(text) is None


@pytest.mark.parametrize("odd", ["1.5/3", "2a/3"])
def test_a_number_that_is_none(odd: str) -> None:
    found = read(f"[PATCH {odd}] x")
    assert (found.odd_number, found.numbered) == (odd, False)


def test_a_version_that_is_none() -> None:
    found = read("[PATCH v3.1 2/3] x")
    assert (found.unread, found.versioned, found.number) == ("v3.1", False, 2)


def test_an_answer_behind_the_name_of_a_list() -> None:
    assert read("[toys] Re: [PATCH 0/3] x").reply


@pytest.mark.parametrize(
    "mark",
    ["Antw:", "Antwort:", "回复：", "Re：", "Réf :", "Re[2]:", "R:", "ΣΧΕΤ:", "Ответ:",
     "EXTERNAL: Re:"],
)  # fmt: skip
def test_an_answer_in_another_language(mark: str) -> None:
    found = read(f"{mark} [PATCH v2 1/3] mm: x")
    assert (found.reply, found.version, found.number, found.title) == (True, 2, 1, "mm: x")
    assert not read(f"[PATCH v2 1/3] {mark[0]}: x").title.startswith("x")


def test_a_long_subject_takes_no_long_time() -> None:
    start = time.process_time()
    parse("[" * 1_000_000)
    read("re:" + " " * 1_000_000 + "re" * 1_000_000)
    read("re: " * 1_000_000)
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
