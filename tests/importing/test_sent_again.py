# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches that were damaged on their way and sent again, and numbers that are written oddly."""

from __future__ import annotations

import mail_threads
import posted_series
import pytest
import toy as toys
from mail_threads import BOB, RITA, mail, patch, series, tag

from refseries.importing import mailbox, write
from refseries.importing.draft import Intake
from refseries.importing.torn import torn
from refseries.importing.write import Brought
from refseries.mail import subjects

V1 = series("PATCH", "p", ("a", "b", "c"))
AGAIN = mail("[PATCH RESEND 2/3] mm: word 2", "pr2", patch(20, "b"), "p0", day=11)
TORN = "its diff was damaged on its way, and it was sent again"


def wrapped(mail: bytes) -> bytes:
    return mail.replace(b" int line_18;\n", b" int\n line_18;\n")


def cut(mail: bytes) -> bytes:
    return mail[: mail.index(b" int line_21;")]


def line_gone(mail: bytes) -> bytes:
    return mail.replace(b" int line_18;\n", b"")


def blanks_gone(mail: bytes) -> bytes:
    return mail.replace(b"\n int line_18;\n", b"\nint line_18;\n")


HARM = {"wrapped": wrapped, "cut": cut, "line-gone": line_gone, "blanks-gone": blanks_gone}


def second(harm: object, mails: list[bytes]) -> list[bytes]:
    assert callable(harm)
    return [harm(one) if b" 2/3]" in one else one for one in mails]


@pytest.fixture
def bare(toy: toys.Toy) -> toys.Toy:
    """The toy without its versions."""
    for name in ("v1", "v2"):
        (toy.project / "series" / name).rename(toy.directory / name)
    return toy


def read(toy: toys.Toy, mails: list[bytes]) -> Intake:
    return mailbox.read(posted_series.mboxrd(toy.directory / "t.mbox", mails), "t.mbox")


def made(toy: toys.Toy, mails: list[bytes]) -> tuple[Brought, dict[str, str]]:
    """The version that comes of the mails, and why mails were passed over."""
    found = read(toy, mails)
    (version,) = write.bring(toy.series(), toy.base(), found.drafts, toy.cache, None).brought
    return version, {one.name: one.why for one in found.not_taken}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM.keys())
def test_one_patch_sent_again_takes_the_place_of_the_damaged(bare: toys.Toy, harm: object) -> None:
    version, left = made(bare, [*second(harm, V1), AGAIN])
    assert mail_threads.ours(bare, version.commits[-1].commit) == mail_threads.by_b4(bare, V1)
    assert left == {"[PATCH 2/3] mm: word 2": TORN}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM.keys())
def test_a_whole_series_sent_again_takes_the_place_of_the_damaged(
    bare: toys.Toy, harm: object
) -> None:
    whole = series("PATCH RESEND", "r", ("a", "b", "c"), day=11)
    version, left = made(bare, [*second(harm, V1), *whole])
    assert mail_threads.ours(bare, version.commits[-1].commit) == mail_threads.by_b4(bare, V1)
    assert left["[PATCH 2/3] mm: word 2"] == TORN
    assert left["[PATCH 1/3] mm: word 1"] == "it was sent again later"


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM.keys())
def test_it_is_the_one_sent_again_that_was_damaged(bare: toys.Toy, harm: object) -> None:
    again = series("PATCH RESEND", "r", ("a", "b", "c"), day=11)
    for mails in ([*V1, *second(harm, again)], [*V1, *second(harm, [AGAIN])]):
        found = read(bare, mails)
        assert [draft.number for draft in found.drafts] == [1]
        told = {one.name: one.why for one in found.not_taken}
        assert told["[PATCH RESEND 2/3] mm: word 2"] == TORN


def test_without_the_word_it_is_the_same(bare: toys.Toy) -> None:
    again = mail("[PATCH 2/3] mm: word 2", "pr2", patch(20, "b"), "p0", day=11)
    version, left = made(bare, [*second(cut, V1), again])
    assert mail_threads.ours(bare, version.commits[-1].commit) == mail_threads.by_b4(bare, V1)
    assert list(left) == ["[PATCH 2/3] mm: word 2"]


def test_what_was_said_of_the_damaged_one_counts(bare: toys.Toy) -> None:
    version, _ = made(bare, [*second(wrapped, V1), tag("r1", "p2", BOB), AGAIN])
    assert f"Reviewed-by: {BOB}" in mail_threads.ours(bare, version.commits[-1].commit)


def messages(toy: toys.Toy, version: Brought) -> list[str]:
    made = mail_threads.ours(toy, version.commits[-1].commit).split("Why it is so.")[1:]
    return [one.partition("\n\n")[2] for one in made]


def test_a_cover_letter_that_was_not_sent_again_counts_with_its_tags(bare: toys.Toy) -> None:
    again = series("PATCH RESEND", "r", ("a", "b", "c"), cover=False, day=20)
    version, left = made(bare, [*V1, tag("r0", "p0", name="Acked-by"), *again])
    assert (bare.project / "series/v1/cover.md").read_text().startswith("# mm: words\n")
    assert all(f"Acked-by: {RITA}" in said for said in messages(bare, version))
    assert "[PATCH 0/3] mm: words" not in left


def test_tags_for_the_cover_letter_of_a_piece_that_was_sent_again_count(bare: toys.Toy) -> None:
    again = series("PATCH RESEND", "r", ("a", "b", "c"), day=20)[:3]
    version, left = made(bare, [*V1, *again, tag("t0", "r0", name="Acked-by"), tag("t1", "r1")])
    said = messages(bare, version)
    assert all(f"Acked-by: {RITA}" in one for one in said)
    assert sum(f"Reviewed-by: {RITA}" in one for one in said) == 1
    assert set(left.values()) == {"it was sent again later"}


@pytest.mark.parametrize("above", ["", "p0", "p1"])
def test_another_of_that_name_by_its_author_takes_its_place(bare: toys.Toy, above: str) -> None:
    anew = mail("[PATCH 2/3] mm: word 2", "n2", patch(20, "anew"), above, day=20)
    version, left = made(bare, [*V1, tag("r2", "p2"), anew])
    assert "int anew;" in bare.git("show", version.commits[-1].commit + ":mm/memory.c")
    assert left == {
        "[PATCH 2/3] mm: word 2": "its author sent another of that name later",
        f"Reviewed-by: {RITA}": "what it answers is not taken, or not here",
    }


@pytest.mark.parametrize("title", ["mm: another", "mm: word 1"])
def test_another_patch_that_says_it_was_sent_before_is_named(bare: toys.Toy, title: str) -> None:
    other = mail(f"[PATCH RESEND 2/3] {title}", "pr2", patch(20, "z"), "p0", day=11)
    version, left = made(bare, [*V1, other])
    assert mail_threads.ours(bare, version.commits[-1].commit) == mail_threads.by_b4(bare, V1)
    assert list(left) == [f"[PATCH RESEND 2/3] {title}"]


def test_a_piece_of_v3_without_v2_is_named_and_v2_asked_for(bare: toys.Toy) -> None:
    piece = mail("[PATCH v3 2/3] mm: word 2", "t2", patch(20, "b3"), "p2", day=14)
    found = read(bare, [*V1, piece])
    assert [draft.number for draft in found.drafts] == [1]
    (left,) = found.not_taken
    assert left.why == "v3 is not complete: 1/3, 3/3 of it is not there."
    assert left.hint.startswith("v2, which it may be a part of anew, is not here.")


@pytest.mark.parametrize(
    "diff",
    [
        patch(20, "b"),
        patch(20, "b", git=False),
        patch(20, "b").replace("\n", "\r\n"),
        patch(20, "b").replace("-- \n2.43.0\n", ""),
        patch(20, "b").replace("-- \n2.43.0\n", "-- \n- a signature\n + of a list\n"),
        patch(20, "b").replace("-- \n2.43.0\n", "-- Ada\n"),
        patch(20, "b").replace("-int line_20;", "--- a line"),
        patch(20, "b") + patch(40, "d"),
        "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n"
        "\\ No newline at end of file\n-- \n",
        "--- /dev/null\n+++ b/x\n@@ -0,0 +1,2 @@\n+a\n+b\n",
        "--- a/x\n+++ b/x\n@@ -1,3 +1,2 @@\n a\n-b\n\n",
        "Binary files differ\n",
        "",
    ],
)
def test_a_whole_diff_is_whole(diff: str) -> None:
    assert not torn(diff)


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM.keys())
def test_a_damaged_diff_is_damaged(harm: object) -> None:
    assert callable(harm)
    assert torn(harm(patch(20, "b").encode()).decode())


NUMBERS = {
    "[PATCH v2_1/3] mm: word": (2, 1, 3),
    "[PATCH v2-1/3] mm: word": (2, 1, 3),
    "[PATCH_v2_1/3] mm: word": (2, 1, 3),
    "[PATCHv2_1/3] mm: word": (2, 1, 3),
    "[PATCH-v12-10/13] mm: word": (12, 10, 13),
    "[PATCH1/3] mm: word": (1, 1, 3),
    "[PATCH_2/3] mm: word": (1, 2, 3),
    "[PATCH v2 1 of 3] mm: word": (2, 1, 3),
    "[PATCH 1 of 3 v2] mm: word": (2, 1, 3),
    "[PATCH v2 #1/#3] mm: word": (2, 1, 3),
    "[PATCH v2 1 / 3] mm: word": (2, 1, 3),
    "[PATCH v2 1/ 3] mm: word": (2, 1, 3),
    "[RFC_v2_0/3] mm: word": (2, 0, 3),
    "[PATCH net-next v2_1/3] mm: word": (2, 1, 3),
    "[PATCH 6.12 1/3] mm: word": (1, 1, 3),
    "[PATCH 5.15.y] mm: 1 of 3 words": (1, 1, 1),
    "[PATCH v2.1 2/3] mm: word": (1, 2, 3),
    "[PATCH 1.5/3] mm: word": (1, 1, 1),
    "[PATCH mm-unstable v3 2/3] mm: word": (3, 2, 3),
}


@pytest.mark.parametrize(("subject", "right"), NUMBERS.items())
def test_a_number_is_read_as_a_person_reads_it(subject: str, right: tuple[int, int, int]) -> None:
    found = subjects.read(subject)
    assert (found.version, found.number, found.total) == right


def test_a_series_whose_numbers_are_glued_to_its_version_is_taken(bare: toys.Toy) -> None:
    plain = series("PATCH v2", "q", ("a", "b", "c"))
    glued = [one.replace(b"[PATCH v2 ", b"[PATCH v2_") for one in plain]
    version, left = made(bare, glued)
    assert version.version.name == "v2"
    assert mail_threads.ours(bare, version.commits[-1].commit) == mail_threads.by_b4(bare, plain)
    assert left == {}
