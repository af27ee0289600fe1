# SPDX-License-Identifier: GPL-2.0-or-later
"""What mails of a thread are to each other, where their subjects say it oddly or not at all."""

from __future__ import annotations

import re

import pytest
from mail_threads import ANN, BOB, RITA, mail, patch, series, tag

from refseries.errors import SeriesError
from refseries.importing import received
from refseries.importing.received import LeftKind, Thread
from refseries.mail import subjects
from refseries.mail.decode import decode

V4 = series("PATCH v4", "q", "ab")


def look(mails: list[bytes]) -> Thread:
    return received.look(
        (decode(one, f"mail {number}") for number, one in enumerate(mails, 1)), "t.mbox"
    )


def versions(found: Thread) -> dict[int, tuple[str, ...]]:
    return {one.version: one.sources for one in found.posted}


@pytest.mark.parametrize(
    "subject", ["[PATCH 1/1] mm: other", "[PATCH v1] mm: other", "[PATCH v3 1/2] mm: other"]
)
def test_what_answers_a_later_version_follows_up_on_it(subject: str) -> None:
    found = look([*V4, tag("r1", "q2"), mail(subject, "f1", patch(40, "x"), "r1")])
    assert versions(found) == {4: ("mail 2", "mail 3")}
    assert [(one.name, one.why) for one in found.not_taken] == [
        (subject, "it follows up on `[PATCH v4 2/2] mm: word 2`, which is of a later version")
    ]


def test_each_patch_answers_the_one_before_it_and_the_cover_letter_names_the_version() -> None:
    mails = [
        V4[0],
        mail("[PATCH 1/3] mm: a", "c1", patch(10, "a"), "q0"),
        mail("[PATCH 2/3] mm: b", "c2", patch(20, "b"), "c1"),
        mail("[PATCH 3/3] mm: c", "c3", patch(30, "c"), "c2"),
    ]
    mails[0] = mails[0].replace(b"0/2", b"0/3")
    assert versions(look(mails)) == {4: ("mail 2", "mail 3", "mail 4")}


@pytest.mark.parametrize("word", ["", " UPDATED", " fixed"])
def test_a_patch_that_answers_one_of_its_name_takes_its_place(word: str) -> None:
    anew = mail(f"[PATCH v4{word} 2/2] mm: word 2", "n2", patch(20, "better"), "q2", day=11)
    found = look([*V4, anew])
    assert versions(found) == {4: ("mail 2", "mail 4")}
    (left,) = found.not_taken
    assert (left.kind, left.sources) == (LeftKind.PATCH, ("mail 3",))


def test_an_author_is_one_however_the_address_is_written() -> None:
    anew = mail(
        "[PATCH v4 2/2] mm: word 2",
        "n2",
        patch(20, "better"),
        "q2",
        "Ann <ANN@example.org>",
        day=11,
    )
    assert versions(look([*V4, anew])) == {4: ("mail 2", "mail 4")}


def test_by_somebody_else_it_does_not() -> None:
    other = mail("[PATCH v4 2/2] mm: word 2", "n2", patch(20, "mine"), "q2", RITA, day=11)
    assert versions(look([*V4, other])) == {4: ("mail 2", "mail 3")}


def test_the_title_may_say_that_a_patch_is_sent_again() -> None:
    first = mail("[PATCH] mm: a", "p1", patch(10, "a"))
    again = mail("[PATCH] mm: a (resend)", "p2", patch(10, "a"), day=20)
    found = look([first, tag("r1", "p1"), again])
    assert versions(found) == {1: ("mail 3",)}
    assert [one.line for one in found.posted[0].tags] == [f"Reviewed-by: {RITA}"]


def test_a_tag_for_what_was_sent_again_with_changes_is_named() -> None:
    first = mail("[PATCH] mm: a", "p1", patch(10, "a"))
    again = mail("[PATCH RESEND] mm: a", "p2", patch(10, "changed"), day=20)
    found = look([first, tag("r1", "p1"), again])
    assert found.posted[0].tags == ()
    assert f"Reviewed-by: {RITA}" in [one.name for one in found.not_taken]


@pytest.mark.parametrize(
    "prefix", ["PATCH.v3 1/2", "PATCH=v3 1/2", "PATCH Revision 3 1/2", "PATCH rev 3 1/2"]
)
def test_a_version_in_words_is_read(prefix: str) -> None:
    found = subjects.read(f"[{prefix}] mm: a")
    assert (found.version, found.number, found.total, found.unread) == (3, 1, 2, "")


@pytest.mark.parametrize(
    "subject",
    ["[PATCH v3] 1/2 mm: a", "[PATCH v3] 1/2: mm: a", "[PATCH v3|1/2] mm: a",
     "(PATCH v3 1/2) mm: a", "{PATCH v3 1/2} mm: a", "<PATCH v3 1/2> mm: a",
     "［PATCH v3 1/2］ mm: a"],
)  # fmt: skip
def test_a_number_behind_or_in_other_brackets_is_read(subject: str) -> None:
    found = subjects.read(subject)
    assert (found.version, found.number, found.total, found.patch) == (3, 1, 2, True)


def test_a_title_may_begin_with_a_fraction() -> None:
    assert not subjects.read("1/2 of it").numbered
    assert subjects.read("[PATCH v2 2/3] 1/2 scale").number == 2


EMPTY = "its subject says that it is a patch, and it holds no diff that git reads"


@pytest.mark.parametrize("diff", ["", "*** a/x\n--- b/x\n***************\n*** 1 ****\n! a\n"])
def test_a_patch_without_a_diff_is_named_and_gives_no_trailers(diff: str) -> None:
    said = f"Why.\n\nSigned-off-by: {RITA}\n---\n{diff}"
    found = look([*V4, mail("[PATCH v4 3/2] mm: new", "q3", said, "q0", RITA)])
    assert versions(found) == {4: ("mail 2", "mail 3")}
    assert not found.posted[0].tags
    (left,) = found.not_taken
    assert (left.kind, left.name, left.why) == (LeftKind.PATCH, "[PATCH v4 3/2] mm: new", EMPTY)


def test_an_answer_whose_subject_says_patch_is_an_answer() -> None:
    answer = mail("[PATCH v4 1/2] mm: word 1", "r1", f"> x\n\nAcked-by: {RITA}\n", "q1", RITA)
    found = look([*V4, answer])
    assert [one.line for one in found.posted[0].tags] == [f"Acked-by: {RITA}"]
    assert not found.not_taken


@pytest.mark.parametrize("word", ["v3a", "v3bis", "#3", "r3", "v3.0", "mm/v3a"])
def test_what_is_no_version_is_not_taken_for_v1(word: str) -> None:
    assert subjects.read(f"[PATCH {word} 1/2] mm: a").unread == word
    assert versions(look(series(f"PATCH {word}", "q", "ab"))).keys() == {0}


def test_of_two_series_that_are_one_version_both_are_named_with_their_authors() -> None:
    theirs = [one.replace(ANN.encode(), BOB.encode()) for one in series("PATCH", "c", "xy")]
    found = look([*series("PATCH", "b", "ab"), *theirs])
    (left,) = [one for one in found.not_taken if one.kind is LeftKind.VERSION]
    assert "by Ann Author and `mm: word 1` by Bob Builder" in left.why
    assert "--mail`: '<b1@x>' or '<c1@x>'" in left.hint


def _ids(mails: list[bytes], asked: str) -> list[str]:
    """The patches of the only version in the mails, by their ids."""
    read = [decode(raw, f"{at}") for at, raw in enumerate(mails)]
    (posted,) = received.gather(read, "box", asked).posted
    return [mails[int(at)].partition(b"Message-ID: <")[2][:2].decode() for at in posted.sources]


THEIRS = [one.replace(ANN.encode(), BOB.encode()) for one in series("PATCH", "c", "xy")]


@pytest.mark.parametrize(
    "others",
    [
        THEIRS,
        [one.replace(ANN.encode(), BOB.encode()) for one in series("PATCH", "c", "xyz")],
        series("RFC PATCH", "c", "xy"),
        [re.sub(rb"References: .*\n|In-Reply-To: .*\n", b"", one) for one in THEIRS],
    ],
    ids=["of one size", "a larger one", "an RFC", "without a thread"],
)
def test_of_two_series_that_are_one_version_a_mail_says_which(others: list[bytes]) -> None:
    mails = [*series("PATCH", "b", "ab"), *others]
    assert _ids(mails, "b2@x") == ["b1", "b2"]
    assert _ids(mails, "c1@x")[:2] == ["c1", "c2"]
    with pytest.raises(SeriesError, match="holds no mail <b9@x>"):
        _ids(mails, "b9@x")


def test_of_two_patches_of_one_number_a_mail_says_which() -> None:
    mails = [*V4[:2], mail("[PATCH v4 2/2] mm: two", "q2", patch(20, "b"), "q0"),
             mail("[PATCH v4 2/2] mm: other", "q3", patch(20, "c"), "q0")]  # fmt: skip
    for one in ("q2", "q3"):
        assert _ids(mails, f"{one}@x") == ["q1", one]


def test_what_a_larger_series_passes_over_is_named_with_the_way_to_it() -> None:
    (left,) = look([*series("PATCH", "b", "abc"), *THEIRS]).not_taken
    assert "`import SOURCE --mail '<c0@x>'` takes this" in left.why
