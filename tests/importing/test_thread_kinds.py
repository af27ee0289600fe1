# SPDX-License-Identifier: GPL-2.0-or-later
"""Threads as they are: what is whole is taken as b4 takes it, the rest is named."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

import mail_threads
import posted_series
import pytest
import toy as toys
from mail_threads import ANN, BOB, RITA, mail, patch, series, tag

from refseries.importing import mailbox, write
from refseries.importing.draft import Intake
from refseries.importing.write import ImportResult


@dataclass(frozen=True)
class Kind:
    """A thread, the versions that are in it and how many patches each has, and what is named.

    ``b4``: whether b4 comes to the same for the newest; where it does not, it makes no choice.
    """

    mails: list[bytes]
    versions: dict[str, int]
    named: tuple[str, ...] = ()
    b4: bool = True


def in_utf_16(mail: bytes) -> bytes:
    """As some programs send what holds a letter that Latin-1 has not."""
    head, _, body = mail.partition(b"\n\n")
    coded = base64.encodebytes(body.decode().encode("utf-16"))
    said = b"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-16"
    return head + b"\n" + said + b"\nContent-Transfer-Encoding: base64\n\n" + coded


V1 = series("PATCH", "p", ("a", "b", "c"))
V2 = series("PATCH v2", "q", ("a", "b2", "c"), day=12)
ONE = mail("[PATCH v2] mm: word", "s1", patch(10, "one"))
DRAFT = mail("[PATCH] mm: other", "d1", patch(40, "mine", signed=RITA), "q2", RITA, day=13)
KINDS: dict[str, Kind] = {
    "an addition": Kind([*V2, mail("[PATCH v2 4/3] mm: d", "q4", patch(40, "d"), "q0")], {"v2": 4}),
    "an addition below an answer of another": Kind(
        [*V2, tag("r1", "q3"), mail("[PATCH v2 4/3] mm: d", "q4", patch(40, "d"), "r1", BOB)],
        {"v2": 4},
    ),
    "an inserted patch": Kind(
        [*V2, mail("[PATCH v2 2a/3] mm: d", "q4", patch(40, "d"), "q0")], {"v2": 3},
        ("`2a/3` is no number of a patch",), b4=False,
    ),
    "a follow-up of a reviewer": Kind([*V2, DRAFT], {"v2": 3}, ("[PATCH] mm: other",)),
    "a follow-up in the thread of v1": Kind(
        [*V1, mail("[PATCH] mm: other", "d1", patch(40, "x"), "p2", RITA)], {"v1": 3},
        ("[PATCH] mm: other",), b4=False,
    ),
    **{
        f"a series of {len(news)} that follows up": Kind(
            [*V2, *series("PATCH", "f", news, "q0", cover=False, day=13)], {"v2": 3},
            ("[PATCH 1/", ": it follows up on v2, and does not say that it is a version"), b4=False,
        )
        for news in (("x", "y"), ("x", "y", "z"), ("x", "y", "z", "zz"))
    },
    "a cover letter alone that says the version": Kind(
        [V2[0], *series("PATCH", "f", ("a", "b", "c"), "q0", cover=False)], {"v2": 3}, b4=False
    ),
    "a patch of three that says no version": Kind(
        [*V2[:3], mail("[PATCH 3/3] mm: word 3", "f3", patch(30, "c"), "q0")], {"v2": 3}, b4=False
    ),
    "a fixup as an answer": Kind(
        [*V2, mail("[PATCH] fixup! mm: word 2", "f1", patch(40, "d"), "q2")], {"v2": 3},
        ("fixup! mm: word 2",),
    ),
    "a fixup without a prefix": Kind(
        [*V2, mail("fixup! mm: word 2", "f1", patch(40, "d"), "q2")], {"v2": 3}, ("fixup!",)
    ),
    **{
        f"a numbered fixup, {subject}": Kind(
            [*V2, mail(subject, "f1", patch(40, "d"), "q2")], {"v2": 3},
            ("it is to be folded",), b4=False,
        )
        for subject in (
            "[PATCH v2 2/3 fixup] mm: word 2", "[PATCH v2 2/3] squash! mm: word 2",
            "[PATCH v2 2/3] fixup: mm: word 2", "[PATCH v2 follow-up 2/3] mm: word 2",
        )
    },
    "a series of fixups, each below the one before": Kind(
        [mail("[PATCH fix 1/2] fixup! mm: a", "q1", patch(10, "a")),
         mail("[PATCH fix 2/2] fixup! mm: b", "q2", patch(20, "b"), "q1"),
         mail("[PATCH fix v2 1/2] fixup! mm: a", "r1", patch(10, "a2"), "q1", day=12),
         mail("[PATCH fix v2 2/2] fixup! mm: b", "r2", patch(20, "b"), "q2", day=12)],
        {"v1": 2, "v2": 2}, b4=False,
    ),
    "an answer that shows a diff": Kind(
        [*V2, mail("Re: [PATCH v2 2/3] mm: word 2", "f1", patch(40, "d"), "q2", RITA)], {"v2": 3},
        ("shows a diff", f"Signed-off-by: {ANN}"), b4=False,
    ),
    "a partial re-roll": Kind(
        [*V2, mail("[PATCH v3 2/3] mm: word 2", "t2", patch(20, "b3"), "q2", day=14)],
        {"v2": 3, "v3": 3},
    ),
    "a partial re-roll below an answer": Kind(
        [*V2, mail("Re: [PATCH v2 2/3] w", "r1", "> b\n\nNo.\n", "q2", RITA),
         mail("[PATCH v3 2/3] mm: word 2", "t2", patch(20, "b3"), "r1", day=14)],
        {"v2": 3, "v3": 3},
    ),
    "a partial re-roll below the cover letter": Kind(
        [*V1, mail("[PATCH v2 2/3] mm: word 2", "t2", patch(20, "b3"), "p0", day=14)],
        {"v1": 3, "v2": 3}, b4=False,
    ),
    "a partial re-roll below another patch": Kind(
        [*V1, mail("[PATCH v2 2/3] mm: word 2", "t2", patch(20, "b3"), "p1", day=14)],
        {"v1": 3, "v2": 3}, b4=False,
    ),
    "a patch of another title below the cover letter": Kind(
        [*V1, mail("[PATCH v2 2/3] mm: other", "t2", patch(20, "b3"), "p0", day=14)],
        {"v1": 3}, ("v2 is not complete: 1/3, 3/3",), b4=False,
    ),
    "a piece of a version whose rest is not here": Kind(
        [*V1, mail("[PATCH v2 2/3] mm: word 2", "t2", patch(20, "b3"), "lost", day=14).replace(
            b"References: <lost@x>", b"References: <p0@x> <lost@x>")],
        {"v1": 3}, ("v2 is not complete: 1/3, 3/3",), b4=False,
    ),
    "a version in fractions that answers nothing": Kind(
        [*V2, mail("[PATCH v2.1 2/3] mm: word 2", "t2", patch(20, "b3"), day=14)],
        {"v2": 3}, ("`v2.1` is no version that can be read; it is not complete",), b4=False,
    ),
    "a partial re-roll of a partial re-roll": Kind(
        [*V1, mail("[PATCH v2 2/3] mm: word 2", "t2", patch(20, "b3"), "p2", day=14),
         mail("[PATCH v3 3/3] mm: word 3", "u3", patch(30, "c3"), "p3", day=15)],
        {"v1": 3, "v2": 3, "v3": 3},
    ),
    "trailers of what a partial re-roll keeps": Kind(
        [*V1, tag("r1", "p1"), tag("r0", "p0", BOB, "Acked-by"),
         mail("[PATCH v2 2/3] mm: word 2", "t2", patch(20, "b3"), "p2", day=14)],
        {"v1": 3, "v2": 3},
    ),
    "part of the next in another thread": Kind(
        [*V2, mail("[PATCH v3 2/3] mm: word 2", "t2", patch(20, "b3"), "z", day=9)], {"v2": 3},
        ("v3 is not complete: 1/3, 3/3 of it is not there",), b4=False,
    ),
    "an older version in pieces": Kind(
        [V1[0], V1[2], *V2], {"v2": 3}, ("v1 is not complete: 1/3, 3/3",)
    ),
    "trailers of the same patch in another version": Kind(
        [*V1, tag("r1", "p1"), tag("r2", "p2", BOB), *V2], {"v1": 3, "v2": 3}
    ),
    "a request for comments without a number": Kind(
        [*series("RFC PATCH", "r", ("a", "b", "c", "d")), *series("PATCH", "p", "ab", day=12)],
        {"v1": 2}, ("[RFC PATCH 0/4]", "a request for comments"), b4=False,
    ),
    "the real one as an answer to it": Kind(
        [*series("RFC PATCH", "r", "ab"), *series("PATCH", "p", ("a", "c"), "r0", day=12)],
        {"v1": 2}, ("[RFC PATCH 0/2]",), b4=False,
    ),
    "two that claim v1": Kind(
        [mail("[PATCH] mm: word", "p1", patch(10, "a")),
         mail("[PATCH] mm: better word", "p2", patch(10, "b"), "p1", day=11),
         mail("[PATCH v3] mm: better word", "p3", patch(10, "c"), day=12)],
        {"v3": 1}, ("two mails are patch 1 of v1: `mm: word` and `mm: better word`",),
    ),
    "a cover letter apart": Kind(
        [*series("PATCH v2", "q", "ab", cover=False), tag("r1", "c0", name="Acked-by"),
         mail("[PATCH v2 0/2] mm: words", "c0", "All.\n\n 1 file changed, 1 insertion(+)\n")],
        {"v2": 2},
    ),
    "a cover letter that does not say so": Kind(
        [mail("mm: words", "c0", "All of it.\n"), tag("r1", "c0", name="Acked-by"),
         mail("[PATCH v2 1/2] mm: a", "q1", patch(10, "a"), "c0"),
         mail("[PATCH v2 2/2] mm: b", "q2", patch(20, "b"), "c0")],
        {"v2": 2},
    ),
    "one patch without a number below its cover letter": Kind(
        [mail("[PATCH v3 0/1] mm: w", "c0", "All.\n\n 1 file changed, 1 insertion(+)\n"),
         mail("[PATCH] mm: a", "c1", patch(10, "a"), "c0")],
        {"v3": 1},
    ),
    "a fix below a report": Kind(
        [mail("BUG: words", "k0", "It has none.\n", sender=RITA),
         mail("[PATCH] mm: a", "k1", patch(10, "a"), "k0"), tag("r1", "k1", name="Tested-by")],
        {"v1": 1},
    ),
    "the author's line twice": Kind(
        [mail("[PATCH v2] mm: a", "s1", f"From: {BOB}\n\nFrom: {BOB}\n\n{patch(10, 'a')}")],
        {"v2": 1},
    ),
    "two authors' lines": Kind(
        [mail("[PATCH v2] mm: a", "s1", f"From: {BOB}\n\nFrom: {RITA}\n\n{patch(10, 'a')}")],
        {"v2": 1},
    ),
    "a diff by quilt": Kind(
        [mail("[PATCH v2] mm: a", "s1", patch(10, "a", git=False).replace(
            "--- a/mm/memory.c\n+++ b/", "Index: linux/mm/memory.c\n===================\n"
            "--- linux.orig/mm/memory.c\t2026-01-01 00:00:00.000000000 +0000\n+++ linux/"))],
        {"v2": 1},
    ),
    "a number whose bracket was lost": Kind(
        [m.replace(b"[PATCH v2 2/3]", b"PATCH v2 2/3]") for m in V2], {"v2": 3}, b4=False,
    ),
    "what a filter put in front": Kind(
        [m.replace(b"Subject: ", b"Subject: *** SPAM *** ") for m in V2], {"v2": 3}, b4=False,
    ),
    "subjects without brackets": Kind(
        [re.sub(rb"\[(PATCH v2 \d/3)\]", rb"\1:", m) for m in V2], {"v2": 3}, b4=False,
    ),
    "in UTF-16": Kind([in_utf_16(m) for m in V2], {"v2": 3}, b4=False),
    "a tag whose address was made a link": Kind(
        [*V2, mail("Re: [PATCH v2 1/3] mm: word 1", "r1", "> x\n\nReviewed-by: Rita Review "
                   "<rita@example.org <mailto:rita@example.org>>\n", "q1", RITA)],
        {"v2": 3},
    ),
    "a cover letter with a wrong number": Kind(
        [V2[0].replace(b"0/3", b"0/4"), *V2[1:], tag("r1", "q0", name="Acked-by")], {"v2": 3},
    ),
    "a patch sent once more, without a word": Kind(
        [*V2, mail("[PATCH v2 2/3] mm: word 2", "w2", patch(20, "b3"), day=14)], {"v2": 3},
        ("its author sent another of that name later",), b4=False,
    ),
    "a patch sent once more below the cover letter": Kind(
        [*V2, mail("[PATCH v2 2/3] mm: word 2", "w2", patch(20, "b3"), "q0", day=14)], {"v2": 3},
        ("its author sent another of that name later",), b4=False,
    ),
    "a diff by diff -u": Kind(
        [mail("[PATCH v2] mm: a", "s1", patch(10, "a", git=False))], {"v2": 1}
    ),
}  # fmt: skip


def read(toy: toys.Toy, mails: list[bytes], *, strict: bool = False) -> Intake:
    return mailbox.read(
        posted_series.mboxrd(toy.directory / "t.mbox", mails), "t.mbox", strict=strict
    )


def brought(toy: toys.Toy, found: Intake) -> ImportResult:
    return write.bring(toy.series(), toy.base(), found.drafts, toy.cache, None)


@pytest.fixture
def bare(toy: toys.Toy) -> toys.Toy:
    """The toy without its versions."""
    for name in ("v1", "v2"):
        (toy.project / "series" / name).rename(toy.directory / name)
    return toy


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_of_thread(bare: toys.Toy, name: str) -> None:
    kind = KINDS[name]
    found = read(bare, kind.mails)
    made = brought(bare, found).brought
    assert {one.version.name: len(one.version.patches) for one in made} == kind.versions
    told = "\n".join(f"{one.name}: {one.why}" for one in found.not_taken)
    for words in kind.named:
        assert words in told
    if kind.b4:
        newest = f"-{made[-1].version.name}"
        theirs = mail_threads.by_b4(bare, kind.mails, newest)
        assert mail_threads.ours(bare, made[-1].commits[-1].commit) == theirs


@pytest.mark.parametrize("word", ["v2.1", "v2a"])
@pytest.mark.parametrize("whole", [True, False])
def test_a_version_in_fractions_is_the_one_that_its_user_says(
    bare: toys.Toy, word: str, *, whole: bool
) -> None:
    one = [mail(f"[PATCH {word} 2/3] mm: word 2", "t2", patch(20, "b3"), "q2", day=14)]
    mails = [*V2, *(series(f"PATCH {word}", "t", ("a", "b3", "c"), "q0", day=14) if whole else one)]
    (refused,) = brought(bare, read(bare, mails)).refused
    assert refused.error.what == f"its subjects say `{word}`, which is no version's number."
    assert refused.error.hint == "Say it: --as v3"
    path = posted_series.mboxrd(bare.directory / "t.mbox", mails)
    (draft,) = mailbox.read(path, "t.mbox", 3).drafts
    assert [b"+int b3;" in one.diff for one in draft.patches] == [False, True, False]
    assert draft.prefixes == ()
    assert mailbox.read(path, "t.mbox", 2).drafts[0].number == 2


@pytest.mark.parametrize("name", ["a cover letter alone", "a patch of three"])
def test_nothing_is_left_out_where_a_version_is_said_once(bare: toys.Toy, name: str) -> None:
    (mails,) = (kind.mails for said, kind in KINDS.items() if said.startswith(f"{name} that says"))
    assert read(bare, mails).not_taken == ()


def test_a_partial_re_roll_that_answers_nothing_is_called_one(bare: toys.Toy) -> None:
    apart = mail("[PATCH v2 2/3] mm: word 2", "t2", patch(20, "b3"), day=14)
    (left,) = read(bare, [*V1, apart]).not_taken
    assert left.hint.startswith("It looks like a partial re-roll of v1")


@pytest.mark.parametrize("name", ["an inserted patch", "an older version in pieces"])
def test_all_or_nothing(bare: toys.Toy, name: str) -> None:
    from refseries.errors import SeriesError

    with pytest.raises(SeriesError) as caught:
        read(bare, KINDS[name].mails, strict=True)
    assert KINDS[name].named[0] in caught.value.what


@pytest.mark.parametrize(
    "name",
    ["a number whose bracket was lost", "what a filter put in front", "subjects without brackets"],
)
def test_what_git_does_not_read_as_a_prefix_is_in_no_title(bare: toys.Toy, name: str) -> None:
    (one,) = brought(bare, read(bare, KINDS[name].mails)).brought
    log = mail_threads.ours(bare, one.commits[-1].commit)
    assert "mm: word 2\n" in log
    assert "PATCH" not in log
