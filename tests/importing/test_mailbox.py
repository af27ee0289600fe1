# SPDX-License-Identifier: GPL-2.0-or-later
"""A version out of a mailbox, judged by git am on the same mailbox."""

from __future__ import annotations

import base64
import gzip
import re

import posted_series
import pytest
import toy as toys
from toy_import import AWKWARD, V3, bring_in, files, git_am, mailbox

from refseries.errors import RefseriesError, SeriesError, StageError
from refseries.importing.base_match import Fit
from refseries.series import patches, store


def test_a_version_with_its_cover_letter(toy: toys.Toy) -> None:
    tail = f"base-commit: {toy.base_commit}\nchange-id: 20261110-toys-0123456789ab"
    mails = posted_series.patches(toy, *V3, number=3, cover=posted_series.COVER, tail=tail)
    path = mailbox(toy, mails)
    (found,) = bring_in(toy, path).brought
    version = store.version(toy.series(), "v3")
    assert found.version == version
    assert version.message_id == "v3-0@example.org"
    assert version.change_id == "20261110-toys-0123456789ab"
    assert version.date.isoformat() == "2026-11-10T10:00:01+02:00"
    assert found.ground.fit is Fit.NAMED
    assert posted_series.facts(toy, found.commits[-1].commit, 2) == git_am(toy, mails, 2)
    assert version.cover.read_text() == (
        "# mm: introduce toys\n\nToys are what pages play with.\n\n"
        "Changes in v2:\n- a smaller toy\n"
        "- Link to v1: https://lore.example.org/r/v1-0@example.org\n"
    )
    assert [patch.name for patch in version.patches] == [
        "0001-mm-introduce-toys.patch",
        "0002-mm-tell-bout-it.patch",
    ]
    read = patches.read(version.patches[1])
    assert (read.author.name, read.subject) == ("Bob Ångström", "mm: tell äbout it")
    assert (
        version.patches[1].read_text().startswith("From 0000000000000000000000000000000000000000 ")
    )


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"], ids=["lf", "crlf-mail"])
def test_commits_are_those_of_git_am(toy: toys.Toy, name: str, ending: bytes) -> None:
    mails = posted_series.patches(toy, AWKWARD[name], V3[1], number=3, cover=posted_series.COVER)
    mails = [mail.replace(b"\r\n", b"\n").replace(b"\n", ending) for mail in mails]
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    assert posted_series.facts(toy, found.commits[-1].commit, 2) == git_am(toy, mails, 2)


def test_all_of_them_in_one_series(toy: toys.Toy) -> None:
    mails = posted_series.patches(toy, *AWKWARD.values(), number=3)
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    count = len(AWKWARD)
    assert posted_series.facts(toy, found.commits[-1].commit, count) == git_am(toy, mails, count)


@pytest.mark.parametrize("packing", ["quoted-printable", "base64"])
def test_encoded_bodies_and_another_charset(toy: toys.Toy, packing: str) -> None:
    mails = posted_series.patches(toy, V3[1], number=3)
    head, _, body = mails[0].partition(b"\n\n")
    head = re.sub(rb"^(MIME-Version|Content-\S+): .*\n?", b"", head, flags=re.M).rstrip(b"\n")
    text = body.decode().encode("latin-1")
    packed = (
        base64.encodebytes(text)
        if packing == "base64"
        else re.sub(rb"[=\x80-\xff]", lambda m: b"=%02X" % m[0][0], text)
    )
    head += b"\nMIME-Version: 1.0\nContent-Type: text/plain; charset=iso-8859-1\n"
    head += f"Content-Transfer-Encoding: {packing}".encode()
    mails = [head + b"\n\n" + packed]
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    assert "\n\nÜber.\n" in patches.read(found.version.patches[0]).message
    assert posted_series.facts(toy, found.commits[-1].commit, 1) == git_am(toy, mails, 1)


@pytest.mark.parametrize("claim", ["utf-8", "us-ascii", "x-unknown"])
def test_bytes_that_are_not_in_the_encoding_named(toy: toys.Toy, claim: str) -> None:
    mails = posted_series.patches(toy, V3[1], number=3)
    wrong = mails[0].replace("Über".encode(), b"\xdcber")
    wrong = wrong.replace(b"charset=UTF-8", f"charset={claim}".encode())
    (found,) = bring_in(toy, mailbox(toy, [wrong])).brought
    assert "\n\nÜber.\n" in patches.read(found.version.patches[0]).message
    (remark,) = found.draft.remarks
    assert remark.endswith("it is not in the encoding that it names, and was read as Latin-1")


def test_a_maildir_a_gzipped_mailbox_and_one_mail(toy: toys.Toy) -> None:
    mails = posted_series.patches(toy, *V3, number=3, cover=posted_series.COVER)
    maildir = toy.directory / "maildir"
    for at, mail in enumerate(mails):
        (maildir / "new").mkdir(parents=True, exist_ok=True)
        (maildir / "new" / f"{at}.x").write_bytes(mail)
    packed = toy.directory / "t.mbox.gz"
    packed.write_bytes(gzip.compress(mailbox(toy, mails).read_bytes()))
    trees = [
        bring_in(toy, path, name).brought[0].commits[-1].tree
        for path, name in ((maildir, "v3"), (packed, "v4"))
    ]
    assert len(set(trees)) == 1
    single = toy.directory / "one.eml"
    single.write_bytes(posted_series.patches(toy, V3[0], number=5)[0])
    (found,) = bring_in(toy, single).brought
    assert found.version.name == "v5"
    assert found.version.cover.read_text() == "# mm: introduce toys\n"


def test_notes_below_the_rule_of_a_patch_are_kept(toy: toys.Toy) -> None:
    mails = posted_series.patches(toy, *V3, number=3, cover=posted_series.COVER)
    mails[1] = mails[1].replace(b"\n---\n", b"\n---\nv3: smaller\n\n", 1)
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    assert b"\n---\nv3: smaller\n\n mm/toy.c | 1 +\n" in found.version.patches[0].read_bytes()


def test_notes_of_a_single_patch_are_its_cover_letter(toy: toys.Toy) -> None:
    (mail,) = posted_series.patches(
        toy, V3[0], number=3, tail="change-id: 20261110-toys-0123456789ab"
    )
    mail = mail.replace(b"\n---\n", b"\n---\nChanges in v3:\n- smaller\n---\n", 1)
    (found,) = bring_in(toy, mailbox(toy, [mail])).brought
    assert found.version.cover.read_text().endswith("toys\n\nChanges in v3:\n- smaller\n")
    assert found.version.change_id == "20261110-toys-0123456789ab"
    assert b"smaller" not in found.version.patches[0].read_bytes()


def test_several_versions_in_one_thread(toy: toys.Toy) -> None:
    third = posted_series.patches(toy, *V3, number=3, cover=posted_series.COVER)
    fourth = posted_series.patches(
        toy,
        *V3,
        AWKWARD["crlf"],
        number=4,
        cover=posted_series.COVER,
        above="v3-0@example.org",
        day=15,
    )
    talk = posted_series.reply("v3-1@example.org", "Why?\n\n> [PATCH v3 1/2]\n")
    path = mailbox(toy, [*fourth, talk, *third])
    assert [b.version.name for b in bring_in(toy, path).brought] == ["v3", "v4"]
    with pytest.raises(SeriesError, match="has a v3 already"):
        bring_in(toy, path, "v3")


def test_one_of_several_versions(toy: toys.Toy) -> None:
    third = posted_series.patches(toy, *V3, number=3)
    fourth = posted_series.patches(toy, V3[0], number=4, day=15)
    path = mailbox(toy, [*third, *fourth])
    (found,) = bring_in(toy, path, "v4").brought
    assert found.version.name == "v4"
    # What is there already, as posted, is no reason to refuse the rest.
    result = bring_in(toy, path)
    assert ([b.version.name for b in result.brought], result.known) == (["v3"], ("v4",))
    with pytest.raises(SeriesError, match=r"has no v7.") as caught:
        bring_in(toy, path, "v7")
    assert caught.value.hint == "It has v3, v4."


def test_one_of_several_that_cannot_be_applied(toy: toys.Toy) -> None:
    third = posted_series.patches(toy, *V3, number=3)
    other: toys.Change = (toys.ADA, "mm: more\n", {"mm/memory.c": toys.lines((5, b"int x;"))})
    fourth = posted_series.patches(toy, other, number=4)
    fourth[0] = fourth[0].replace(b" int line_4;", b" int nothing;")
    path = mailbox(toy, [*third, *fourth])
    before = files(toy)
    with pytest.raises(StageError, match="does not apply") as caught:
        bring_in(toy, path, strict=True)
    assert "thread.mbox: mail 3: mm/memory.c: hunk 1 of 1" in caught.value.where
    assert files(toy) == before
    result = bring_in(toy, path)
    assert [brought.version.name for brought in result.brought] == ["v3"]
    (refused,) = result.refused
    assert (refused.name, refused.error.what) == ("v4", caught.value.what)


def test_an_incomplete_thread(toy: toys.Toy) -> None:
    mails = posted_series.patches(toy, *V3, AWKWARD["crlf"], number=3, cover=posted_series.COVER)
    before = files(toy)
    with pytest.raises(SeriesError, match=r"v3 is not complete: 2/3 of it is not there"):
        bring_in(toy, mailbox(toy, [mails[0], mails[1], mails[3]]))
    assert files(toy) == before


def test_a_cut_mailbox(toy: toys.Toy) -> None:
    mails = posted_series.patches(toy, AWKWARD["large"], number=3)
    path = mailbox(toy, mails)
    path.write_bytes(path.read_bytes()[:-20_000])
    before = files(toy)
    with pytest.raises(RefseriesError) as caught:
        bring_in(toy, path)
    assert caught.value.hint
    assert files(toy) == before


def test_unthreaded_mails_are_put_together_by_their_subjects(toy: toys.Toy) -> None:
    mails = posted_series.patches(toy, *V3, number=3, cover=posted_series.COVER)
    loose = [re.sub(rb"^(In-Reply-To|References): .*\n", b"", m, flags=re.M) for m in mails]
    (found,) = bring_in(toy, mailbox(toy, loose)).brought
    assert found.version.cover.read_text().startswith("# mm: introduce toys\n\nToys are")


def test_two_series_in_one_mailbox(toy: toys.Toy) -> None:
    mails = posted_series.patches(toy, *V3, number=3, cover=posted_series.COVER)
    other = [
        mail.replace(b"v3-", b"x3-").replace(b"introduce toys", b"introduce tools")
        for mail in posted_series.patches(toy, *V3, number=3, cover=posted_series.COVER)
    ]
    with pytest.raises(SeriesError, match="introduce toys` and `mm: introduce tools"):
        bring_in(toy, mailbox(toy, [*mails, *other]))
    # The same once more is a resend, of which the newer counts.
    again = [mail.replace(b"v3-", b"y3-").replace(b"10 Nov", b"12 Nov") for mail in mails]
    (found,) = bring_in(toy, mailbox(toy, [*again, *mails])).brought
    assert found.version.message_id == "y3-0@example.org"


def test_a_patch_that_somebody_puts_into_the_thread_is_no_version(toy: toys.Toy) -> None:
    mails = posted_series.patches(toy, *V3, number=1, cover=posted_series.COVER)
    stray = posted_series.patches(toy, AWKWARD["crlf"], number=1, above="v1-2@example.org")
    stray[0] = stray[0].replace(b"<v1-1@example.org>", b"<stray@example.org>", 1)
    (found,) = bring_in(toy, mailbox(toy, [*mails, *stray]), "v3").brought
    assert len(found.version.patches) == 2


def test_a_patch_has_as_many_lines_as_it_has(toy: toys.Toy) -> None:
    change: toys.Change = (toys.ADA, "mm: a table\n\nWhy.\n", {"mm/table.c": b"int a;\n" * 250_000})
    mails = posted_series.patches(toy, change, number=3)
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    assert posted_series.facts(toy, found.commits[-1].commit, 1) == git_am(toy, mails, 1)
