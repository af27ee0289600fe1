# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches in mails that lists, relays and mail programs have changed."""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Callable
from datetime import UTC, datetime

import posted_series
import pytest
import toy as toys
from mail_threads import ANN, RITA, by_b4, mail, ours, patch
from toy_import import AWKWARD, bring_in, git_am, mailbox

from refseries import git
from refseries.errors import SeriesError
from refseries.host import clock
from refseries.importing import mailed_patch, prefixes
from refseries.mail.decode import decode
from refseries.series import patches

VIA = "Ann Author via toys <toys@lists.example.org>"
OTHER = patch(10, "a", signed="Some One <one@example.org>")


def author(raw: bytes) -> str:
    found, _remarks = mailed_patch.read(decode(raw, "mail"))
    return f"{found.author.name} <{found.author.email}>"


@pytest.mark.parametrize(
    "headers",
    [
        f"Reply-To: {ANN}\n", "Reply-To: ann@example.org\n", f"X-Original-From: {ANN}\n",
        f"Reply-To: toys@lists.example.org, {ANN}\n", f"Cc: {ANN}\n",
        "X-Original-Sender: ann@example.org\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("sender", [VIA, '"Ann Author via toys" <toys@lists.example.org>'])
def test_a_list_that_writes_its_own_address(headers: str, sender: str) -> None:
    raw = mail("[PATCH v2] mm: a", "s1", OTHER, sender=sender, headers=headers)
    assert author(raw) == ANN


def test_who_signed_it_off_is_its_author() -> None:
    assert author(mail("[PATCH v2] mm: a", "s1", patch(10, "a"), sender=VIA)) == ANN


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("Ann Author <ann=example.org@lists.example.org>", ""),
        ("Ann Author <ann=40example.org@relay.example.org>", f"Reply-To: {ANN}\n"),
        ("toys@lists.example.org", f"X-Original-From: {ANN}\n"),
        ("Ann Author über toys <toys@lists.example.org>", f"Reply-To: {ANN}\n"),
        ("Ann Author tramite toys <toys@lists.example.org>", f"Cc: {ANN}\n"),
        ('"Ann Author (via toys list)" <toys@lists.example.org>', f"Reply-To: {ANN}\n"),
        ('"Ann Author [via toys]" <toys@lists.example.org>', f"Reply-To: {ANN}\n"),
        ("Ann Author par l'intermédiaire de toys <toys@lists.example.org>", f"Cc: {ANN}\n"),
    ],
)
def test_lists_of_other_kinds_and_languages(sender: str, headers: str) -> None:
    assert author(mail("[PATCH v2] mm: a", "s1", OTHER, sender=sender, headers=headers)) == ANN


def test_what_stands_above_scissors_is_left_out_as_b4_does_it() -> None:
    said = f"Hello,\n\nhere it is.\n\n--- 8< ---\nFrom: {ANN}\nSubject: mm: cut\n\nWhy."
    raw = mail("[PATCH] mm: a", "s1", patch(10, "a", said=said), sender=RITA)
    found, remarks = mailed_patch.read(decode(raw, "mail"))
    assert found.message == f"mm: cut\n\nWhy.\n\nSigned-off-by: {ANN}\n"
    assert f"{found.author.name} <{found.author.email}>" == ANN
    assert remarks == ("mail: what stands above its line of scissors is left out",)


@pytest.mark.parametrize("stuffed", [True, False])
def test_a_mail_that_says_format_flowed(stuffed: bool) -> None:
    """By b4's choice its lines are as they stand there; git takes the stuffed spaces away."""
    body = patch(10, "a")
    if stuffed:
        body = "\n".join(f" {line}" if line[:1] == " " else line for line in body.split("\n"))
    head = "Content-Type: text/plain; charset=UTF-8; format=flowed\n"
    found, _remarks = mailed_patch.read(
        decode(mail("[PATCH] mm: a", "s1", body, headers=head), "m")
    )
    assert b"\n int line_9;\n-int line_10;\n+int a;\n int line_11;\n" in found.diff


SVN = (
    "Index: mm/memory.c\n===================================================================\n"
    "--- mm/memory.c\t(revision 100)\n+++ mm/memory.c\t(working copy)\n"
)
BARE = "diff --git mm/memory.c mm/memory.c\n--- mm/memory.c\n+++ mm/memory.c\n"


@pytest.mark.parametrize("head", [SVN, BARE])
def test_a_diff_without_prefixes(head: str) -> None:
    body = patch(10, "a").replace(
        "diff --git a/mm/memory.c b/mm/memory.c\n--- a/mm/memory.c\n+++ b/mm/memory.c\n", head
    )
    found, remarks = mailed_patch.read(decode(mail("[PATCH] mm: a", "s1", body), "mail"))
    assert patches.touched(found) == ("mm/memory.c",)
    assert b"--- a/mm/memory.c" in found.diff
    assert b"+++ b/mm/memory.c" in found.diff
    assert "without a/ and b/" in remarks[0]


def test_prefixes_are_for_the_lines_that_name_files_alone() -> None:
    hunk = b"@@ -1,2 +1,2 @@\n--- mm/x.c\n+++ mm/x.c\n c\n"
    alike = b"--- mm/x.c\n+++ mm/x.c\n"
    assert prefixes.added(alike + hunk) == b"--- a/mm/x.c\n+++ b/mm/x.c\n" + hunk
    for kept in (
        b"--- a/mm/x.c\n+++ b/mm/x.c\n" + hunk,
        b"diff --git a/x b/y\nrename from x\nrename to y\n",
        b"--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+x\n",
        b"--- linux.orig/x\n+++ linux/x\n" + hunk + alike + hunk,
    ):
        assert prefixes.added(kept) == kept
    gone = b"--- mm/y.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-y\n"
    assert prefixes.added(alike + hunk + gone).endswith(b"--- a/mm/y.c" + gone[10:])


def test_a_line_in_the_body_counts_more() -> None:
    body = f"From: Zed Zee <zed@example.org>\n\n{OTHER}"
    raw = mail("[PATCH v2] mm: a", "s1", body, sender=VIA, headers=f"Reply-To: {ANN}\n")
    assert author(raw) == "Zed Zee <zed@example.org>"


@pytest.mark.parametrize("name", ["Ann Author via toys", "Ann Author über toys"])
def test_an_author_whom_nobody_names(name: str) -> None:
    raw = mail("[PATCH v2] mm: a", "s1", OTHER, sender=f"{name} <toys@lists.example.org>")
    found, remarks = mailed_patch.read(decode(raw, "mail"))
    assert found.author.email == "toys@lists.example.org"
    assert remarks == (f"mail: its author is not known: {name} sent it",)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("Date: 10 Nov 26 10:00:00 EST\n", "Tue, 10 Nov 2026 10:00:00 -0500"),
        ("", "Tue, 10 Nov 2026 09:00:00 +0000"),
        ("Date: 2026-11-10 10:00:00 +0100\n", "2026-11-10 10:00:00 +0100"),
        ("Date: Di, 10 Nov 2026 10:00:00 +0100\n", "Di, 10 Nov 2026 10:00:00 +0100"),
    ],
)
def test_a_date_that_git_does_not_read(said: str, read: str) -> None:
    got = "Received: from a by b; Tue, 10 Nov 2026 09:00:00 +0000\n"
    raw = mail("[PATCH v2] mm: a", "s1", OTHER, headers=got)
    raw = re.sub(rb"^Date: .*\n", said.encode(), raw, count=1, flags=re.M)
    found, remarks = mailed_patch.read(decode(raw, "mail"))
    assert found.date == read
    guessed = () if said else ("mail: it says no date, and came on 2026-11-10",)
    assert remarks == guessed


@pytest.mark.parametrize("said", ["", "Date: yesterday, about noon, I think\n"])
def test_a_mail_without_any_date_is_of_today(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 12, 9, tzinfo=UTC))
    raw = mail("[PATCH v2] mm: a", "s1", OTHER)
    raw = re.sub(rb"^Date: .*\n", said.encode(), raw, count=1, flags=re.M)
    found, remarks = mailed_patch.read(decode(raw, "mail"))
    assert found.date == "Thu, 12 Nov 2026 09:00:00 +0000"
    assert remarks == ("mail: it says no date; it has that of today",)


@pytest.mark.parametrize(
    "said", ["Thu, 1 Jan 1970 00:00:00 +0000", "Mon, 1 Jan 1973 10:00:00 +0100"]
)
def test_an_old_date_is_one(toy: toys.Toy, said: str) -> None:
    raw = mail("[PATCH v3] mm: a", "s1", patch(10, "a"))
    raw = re.sub(rb"^Date: .*\n", f"Date: {said}\n".encode(), raw, count=1, flags=re.M)
    made = bring_in(toy, mailbox(toy, [raw]))
    assert toy.git("log", "-1", "--format=%aD", made.brought[0].commits[-1].commit) == said


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
@pytest.mark.parametrize("claim", ["", "utf-8", "us-ascii", "x-unknown"])
def test_bytes_beside_what_the_mail_says(claim: str, encoding: str) -> None:
    head = f"Content-Type: text/plain; charset={claim}\n" if claim else ""
    text = mail("[PATCH v2] mm: a", "s1", patch(10, "a", said="Für Äpfel."), headers=head).decode()
    found, _remarks = mailed_patch.read(decode(text.encode(encoding), "mail"))
    assert found.message.startswith("mm: a\n\nFür Äpfel.\n")


def packed(toy: toys.Toy, change: toys.Change, ending: bytes) -> bytes:
    """A mail in base64, whose lines end so."""
    (raw,) = posted_series.patches(toy, change, number=3)
    head, _, body = raw.partition(b"\n\n")
    kept = [line for line in head.split(b"\n") if not line.startswith((b"MIME", b"Content-"))]
    kept += [b"MIME-Version: 1.0", b"Content-Type: text/plain; charset=UTF-8"]
    kept += [b"Content-Transfer-Encoding: base64", b"", b""]
    return b"\n".join(kept) + base64.encodebytes(body.replace(b"\n", ending))


@pytest.mark.parametrize(
    ("claim", "encoding"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("us-ascii", "utf-8"), ("iso-8859-1", "utf-8"),
        ("utf-16le", "utf-16-le"), ("utf-16", "utf-16-be"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("way", ["8bit", "base64", "quoted-printable"])
def test_a_byte_order_mark_is_no_part_of_the_message(claim: str, encoding: str, way: str) -> None:
    text = patch(10, "a", said=f"From: {RITA}\n\nGröße.")
    head = f"Content-Type: text/plain; charset={claim}\nContent-Transfer-Encoding: {way}\n"
    raw = mail("[PATCH v2] mm: a", "s1", "", headers=head).rstrip()
    coded = f"\ufeff{text}".encode(encoding)
    if way != "8bit":
        to = base64.encodebytes if way == "base64" else quopri.encodestring
        coded = to(coded)
    elif encoding != "utf-8":
        return
    found, _remarks = mailed_patch.read(decode(raw + b"\n\n" + coded, "mail"))
    assert found.message == f"mm: a\n\nGröße.\n\nSigned-off-by: {ANN}\n"
    assert f"{found.author.name} <{found.author.email}>" == RITA


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("crlf", b"\n"), ("no newline", b"\n"), ("no newline", b"\r\n"),
        ("latin-1", b"\r\n"), ("form feed", b"\r\n"),
    ],
)  # fmt: skip
def test_line_ends_in_base64(toy: toys.Toy, name: str, ending: bytes) -> None:
    (found,) = bring_in(toy, mailbox(toy, [packed(toy, AWKWARD[name], ending)])).brought
    ((path, content),) = AWKWARD[name][2].items()
    made = git.git(toy.tree, "cat-file", "blob", f"{found.commits[-1].commit}:{path}")
    # b4 and git am take the carriage returns of a file with DOS line ends, too.
    assert content is not None
    assert made.out == content.replace(b"\r\n", b"\n")


def test_a_folder_of_git_format_patch(toy: toys.Toy) -> None:
    toy.at_base()
    for at, new in ((10, b"int a;"), (20, b"int b;")):
        toy.commit((toys.ADA, f"mm: line {at}\n", {"mm/memory.c": toys.lines((at, new))}))
    folder = toy.directory / "outgoing"
    toy.export(f"v{toys.RELEASE}", folder, "--cover-letter", "--subject-prefix=PATCH v5")
    (folder / "notes~").write_text("From: nobody\n")
    (found,) = bring_in(toy, folder).brought
    assert (found.version.name, len(found.commits)) == ("v5", 2)
    with pytest.raises(SeriesError, match="notes~"):
        bring_in(toy, folder, strict=True)


def test_a_subject_that_git_would_take_minutes_for() -> None:
    raw = mail("[a]" * 10_000, "s1", patch(10, "a"))
    with pytest.raises(SeriesError, match="subject is longer"):
        mailed_patch.read(decode(raw, "mail"))
    body = f"Subject: {'[a]' * 10_000}\n\n{patch(10, 'a')}"
    with pytest.raises(SeriesError, match="subject is longer"):
        mailed_patch.read(decode(mail("[PATCH] x", "s1", body), "mail"))


BOTH: toys.Change = (
    toys.ADA,
    "mm: two files\n\nWhy.\n",
    {"mm/damon/core.c": b"int damon_two;\n", "mm/memory.c": toys.lines((10, b"int ten;"))},
)


def without_git(diff: str, head: str = "") -> str:
    """A diff as ``diff -u`` makes it, or quilt with a ``head``."""
    return re.sub(r"diff --git a/(\S+).*\nindex .*\n", head, diff)


INDEX = "Index: \\1\n" + 67 * "=" + "\n"
KINDS: dict[str, Callable[[str], str]] = {
    "git": lambda diff: diff,
    "plain": without_git,
    "quilt": lambda diff: without_git(diff, INDEX),
}


@pytest.mark.parametrize(
    ("upper", "lower"),
    [("plain", "git"), ("quilt", "git"), ("git", "plain"), ("plain", "plain"), ("git", "quilt")],
)
@pytest.mark.parametrize("rule", ["\n---\n", "\n"], ids=["below a line", "without one"])
def test_diffs_of_several_kinds_in_one_mail(
    toy: toys.Toy, upper: str, lower: str, rule: str
) -> None:
    (raw,) = posted_series.patches(toy, BOTH, number=3)
    head, first, second = re.split(r"^(?=diff --git )", raw.decode(), flags=re.M)
    head = head.replace("\n---\n", rule)
    mails = [(head + KINDS[upper](first) + KINDS[lower](second)).encode()]
    path = mailbox(toy, mails)
    (found,) = bring_in(toy, path).brought
    assert posted_series.facts(toy, found.commits[-1].commit, 1) == git_am(toy, mails, 1)
    assert set(git.changed_paths(toy.tree, toy.base_commit, found.commits[-1].commit)) == {*BOTH[2]}


@pytest.mark.parametrize("shown", ["--- a/x.c\n+++ b/x.c\n\n", "--- old\n+++ new\nnothing\n"])
def test_what_only_begins_like_a_diff_is_none(toy: toys.Toy, shown: str) -> None:
    (raw,) = posted_series.patches(toy, BOTH, number=3)
    mails = [raw.replace(b"\n---\n", b"\n---\nNotes:\n\n" + shown.encode() + b"\n", 1)]
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    assert posted_series.facts(toy, found.commits[-1].commit, 1) == git_am(toy, mails, 1)


def attached(*patches: str) -> str:
    """The body of a mail with text and patches attached to it, as git format-patch makes them."""
    parts = "".join(
        '--b\nContent-Type: text/x-patch; name="1.patch"\nContent-Disposition: attachment\n\n'
        f"From {'1' * 40} Mon Sep 17 00:00:00 2001\nFrom: {ANN}\n"
        f"Date: Tue, 10 Nov 2026 10:00:00 +0000\nSubject: [PATCH] {one}\n"
        for one in patches
    )
    return f"--b\nContent-Type: text/plain\n\nHi,\n\nhere it is.\n{parts}--b--\n"


PARTS = 'MIME-Version: 1.0\nContent-Type: multipart/{}; boundary="b"\n'


def test_a_patch_that_is_attached_as_a_mail_is_that_mail() -> None:
    """As b4 has it; what stands above it is for people."""
    one, other = (f"mm: w{n}\n\n{patch(n * 10, 'a')}" for n in (1, 2))
    headers = PARTS.format("mixed")
    raw = mail("[PATCH] for you", "s1", attached(one), sender=RITA, headers=headers)
    found, remarks = mailed_patch.read(decode(raw, "mail"))
    assert (found.message, remarks) == (f"mm: w1\n\nWhy it is so.\n\nSigned-off-by: {ANN}\n", ())
    assert f"{found.author.name} <{found.author.email}>" == ANN
    raw = mail("[PATCH] for you", "s1", attached(one, other), sender=RITA, headers=headers)
    found, remarks = mailed_patch.read(decode(raw, "mail"))
    assert found.subject == "mm: w2"
    assert remarks == ("mail: of the 2 patches that are attached to it the last was taken",)


@pytest.mark.parametrize("kind", ["attachment", "inline"])
@pytest.mark.parametrize("git", [True, False])
def test_what_stands_above_an_attached_patch_is_no_part_of_its_message(
    toy: toys.Toy, kind: str, git: bool
) -> None:
    """As b4 has it; a diff that is attached without a message has that of the mail."""
    part = (
        f"Content-Type: text/x-patch\nContent-Disposition: {kind}; filename=a.patch\n\n"
        f"{patch(10, 'a', git=git)}"
    )
    body = f"--b\nContent-Type: text/plain\n\nHi, here it is.\n\n--b\n{part}--b--\n"
    mails = [mail("[PATCH v3] mm: a", "s1", body, headers=PARTS.format("mixed"))]
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    assert ours(toy, found.commits[-1].commit) == by_b4(toy, mails)
    bare = part.replace(f"Why it is so.\n\nSigned-off-by: {ANN}\n---\n", "")
    raw = mails[0].replace(part.encode(), bare.encode())
    raw = raw.replace(b"Hi, here it is.", f"Why.\n\nSigned-off-by: {ANN}".encode())
    message = mailed_patch.read(decode(raw, "mail"))[0].message
    assert message.startswith(f"mm: a\n\nWhy.\n\nSigned-off-by: {ANN}\n")


def test_the_same_in_html_is_no_second_diff() -> None:
    text = patch(10, "a")
    page = f"<pre>{text.replace('<', '&lt;')}</pre>"
    body = f"--b\nContent-Type: text/plain\n\n{text}--b\nContent-Type: text/html\n\n{page}\n--b--\n"
    raw = mail("[PATCH] mm: a", "s1", body, headers=PARTS.format("alternative"))
    found, _remarks = mailed_patch.read(decode(raw, "mail"))
    assert found.diff.count(b"diff --git") == 1
    assert found.message.endswith(f"\nSigned-off-by: {ANN}\n")


def test_a_patch_that_is_signed_in_its_text() -> None:
    text = re.sub(r"^-", "- -", patch(10, "a"), flags=re.M)
    signed = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{text}"
    raw = mail("[PATCH v2] mm: a", "s1", f"{signed}-----BEGIN PGP SIGNATURE-----\n\niQEz\n")
    found, _remarks = mailed_patch.read(decode(raw, "mail"))
    plain, _remarks = mailed_patch.read(
        decode(mail("[PATCH v2] mm: a", "s1", patch(10, "a")), "mail")
    )
    assert (found.message, found.diff.rstrip()) == (plain.message, plain.diff.rstrip())


def test_a_subject_of_brackets_alone_has_its_title_in_the_text() -> None:
    raw = mail("[PATCH v2]", "s1", patch(10, "a", said="mm: use\nother words\n\nThey are better."))
    found, _remarks = mailed_patch.read(decode(raw, "mail"))
    assert found.subject == "mm: use other words"  # as git am has it
    assert found.message.startswith("mm: use other words\n\nThey are better.\n\nSigned-off-by: ")
