# SPDX-License-Identifier: GPL-2.0-or-later
"""A version out of a mailbox, judged by git am on the same mailbox."""

from __future__ import annotations

import base64
import gzip
import json
import re
import sys
from pathlib import Path

import posted
import pytest
import toy as toys

from refseries import patches, proc, store
from refseries.errors import RefseriesError, SeriesError, StageError
from refseries.intake import bring, source
from refseries.intake.bring import Result
from refseries.intake.ground import Fit

V3: tuple[toys.Change, ...] = (
    (
        toys.ADA,
        "mm: introduce toys\n\nA toy is a page that three can play with.\n",
        {"mm/toy.c": b"int toy_create;\n"},
    ),
    ("Bob Ångström <bob@example.org>", "mm: tell äbout it\n\nÜber.\n", {"mm/toy.h": b"int t;\n"}),
)


def bring_in(toy: toys.Toy, path: Path | str, name: str | None = None) -> Result:
    series, base = toy.series(), toy.base()
    number = int(name[1:]) if name else None
    drafts = source.drafts(base, str(path), toy.project, number)
    return bring.bring(series, base, drafts, toy.cache, name)


def mailbox(toy: toys.Toy, mails: list[bytes], name: str = "thread.mbox") -> Path:
    return posted.mboxrd(toy.directory / name, mails)


def git_am(toy: toys.Toy, mails: list[bytes], count: int) -> str:
    return posted.facts(toy, posted.git_am(toy, mails), count)


def files(toy: toys.Toy) -> set[str]:
    return {str(path.relative_to(toy.project)) for path in toy.project.rglob("*")}


def test_a_version_with_its_cover_letter(toy: toys.Toy) -> None:
    tail = f"base-commit: {toy.base_commit}\nchange-id: 20261110-toys-0123456789ab"
    mails = posted.patches(toy, *V3, number=3, cover=posted.COVER, tail=tail)
    path = mailbox(toy, mails)
    (found,) = bring_in(toy, path).brought
    version = store.version(toy.series(), "v3")
    assert found.version == version
    assert version.message_id == "v3-0@example.org"
    assert version.change_id == "20261110-toys-0123456789ab"
    assert version.date.isoformat() == "2026-11-10T10:00:00+02:00"
    assert found.ground.fit is Fit.NAMED
    assert posted.facts(toy, found.commits[-1].commit, 2) == git_am(toy, mails, 2)
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


AWKWARD: dict[str, toys.Change] = {
    "rename": (
        toys.ADA,
        "x: rename\n",
        {"mm/memory.c": None, "mm/mem.c": toys.KERNEL["mm/memory.c"]},
    ),
    "binary": (toys.ADA, "x: binary\n", {"lib/logo.bin": bytes(range(255, -1, -1)) * 9}),
    "crlf": (toys.ADA, "x: dos\n", {"mm/dos.c": b"int a;\r\nint b;\r\n"}),
    "no newline": (toys.ADA, "x: end\n", {"mm/end.c": b"int a;\nint b;"}),
    "form feed": (toys.ADA, "x: feed\n", {"mm/feed.c": b"int a;\n\x0c\nint b;\x0b\n\x1cint c;\n"}),
    "latin-1": (toys.ADA, "x: old text\n", {"mm/old.c": b"/* M\xfcller */\n"}),
    "name": ("Ünal Ğ <u@example.org>", "x: näme\n\nText: ä\n", {"mm/ä b.c": b"int ae;\n"}),
    "from": (toys.ADA, "x: from\n\nFrom me to you\n>From them\n", {"mm/f.c": b"From x\n"}),
    "quoted from": (toys.ADA, "x: q\n\nFrom: a@b.example\n", {"mm/q.c": b"int q;\n"}),
    "long": (toys.ADA, f"x: {'very ' * 60}long\n", {"mm/l.c": b"x" * 5000 + b"\n"}),
    "blank": (toys.ADA, "x: space\n\nend  \n\n\n\ntwo\n", {"mm/s.c": b" \t\n\n  x  \n"}),
    "empty": (toys.ADA, "x: empty\n", {"mm/empty.c": b""}),
    "large": (toys.ADA, "x: large\n", {"mm/large.c": b"int a_line_of_a_megabyte;\n" * 40_000}),
    "comma": ('"Doe, J." <j@example.org>', "x: comma\n", {"mm/c.c": b"int c;\n"}),
}


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"], ids=["lf", "crlf-mail"])
def test_commits_are_those_of_git_am(toy: toys.Toy, name: str, ending: bytes) -> None:
    mails = posted.patches(toy, AWKWARD[name], V3[1], number=3, cover=posted.COVER)
    mails = [mail.replace(b"\r\n", b"\n").replace(b"\n", ending) for mail in mails]
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    assert posted.facts(toy, found.commits[-1].commit, 2) == git_am(toy, mails, 2)


def test_all_of_them_in_one_series(toy: toys.Toy) -> None:
    mails = posted.patches(toy, *AWKWARD.values(), number=3)
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    count = len(AWKWARD)
    assert posted.facts(toy, found.commits[-1].commit, count) == git_am(toy, mails, count)


@pytest.mark.parametrize("packing", ["quoted-printable", "base64"])
def test_encoded_bodies_and_another_charset(toy: toys.Toy, packing: str) -> None:
    mails = posted.patches(toy, V3[1], number=3)
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
    assert posted.facts(toy, found.commits[-1].commit, 1) == git_am(toy, mails, 1)


def test_a_wrong_charset_is_refused(toy: toys.Toy) -> None:
    mails = posted.patches(toy, V3[1], number=3)
    wrong = mails[0].replace("Über".encode(), b"\xdcber")
    before = files(toy)
    with pytest.raises(SeriesError, match="not in the encoding that it names"):
        bring_in(toy, mailbox(toy, [wrong]))
    assert files(toy) == before


def test_a_maildir_a_gzipped_mailbox_and_one_mail(toy: toys.Toy) -> None:
    mails = posted.patches(toy, *V3, number=3, cover=posted.COVER)
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
    single.write_bytes(posted.patches(toy, V3[0], number=5)[0])
    (found,) = bring_in(toy, single).brought
    assert found.version.name == "v5"
    assert found.version.cover.read_text() == "# mm: introduce toys\n"


def test_notes_below_the_rule_of_a_patch_are_kept(toy: toys.Toy) -> None:
    mails = posted.patches(toy, *V3, number=3, cover=posted.COVER)
    mails[1] = mails[1].replace(b"\n---\n", b"\n---\nv3: smaller\n\n", 1)
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    assert b"\n---\nv3: smaller\n\n mm/toy.c | 1 +\n" in found.version.patches[0].read_bytes()


def test_notes_of_a_single_patch_are_its_cover_letter(toy: toys.Toy) -> None:
    (mail,) = posted.patches(toy, V3[0], number=3, tail="change-id: 20261110-toys-0123456789ab")
    mail = mail.replace(b"\n---\n", b"\n---\nChanges in v3:\n- smaller\n---\n", 1)
    (found,) = bring_in(toy, mailbox(toy, [mail])).brought
    assert found.version.cover.read_text().endswith("toys\n\nChanges in v3:\n- smaller\n")
    assert found.version.change_id == "20261110-toys-0123456789ab"
    assert b"smaller" not in found.version.patches[0].read_bytes()


def test_several_versions_in_one_thread(toy: toys.Toy) -> None:
    third = posted.patches(toy, *V3, number=3, cover=posted.COVER)
    fourth = posted.patches(
        toy, *V3, AWKWARD["crlf"], number=4, cover=posted.COVER, above="v3-0@example.org", day=15
    )
    talk = posted.reply("v3-1@example.org", "Why?\n\n> [PATCH v3 1/2]\n")
    path = mailbox(toy, [*fourth, talk, *third])
    assert [b.version.name for b in bring_in(toy, path).brought] == ["v3", "v4"]
    with pytest.raises(SeriesError, match="has a v3 already"):
        bring_in(toy, path, "v3")


def test_one_of_several_versions(toy: toys.Toy) -> None:
    third = posted.patches(toy, *V3, number=3)
    fourth = posted.patches(toy, V3[0], number=4, day=15)
    path = mailbox(toy, [*third, *fourth])
    (found,) = bring_in(toy, path, "v4").brought
    assert found.version.name == "v4"
    # What is there already, as posted, is no reason to refuse the rest.
    result = bring_in(toy, path)
    assert ([b.version.name for b in result.brought], result.known) == (["v3"], ("v4",))
    with pytest.raises(SeriesError, match=r"has no v7.") as caught:
        bring_in(toy, path, "v7")
    assert caught.value.hint == "It has v3, v4."


def test_nothing_is_written_when_one_of_several_cannot_be(toy: toys.Toy) -> None:
    third = posted.patches(toy, *V3, number=3)
    other: toys.Change = (toys.ADA, "mm: more\n", {"mm/memory.c": toys.lines((5, b"int x;"))})
    fourth = posted.patches(toy, other, number=4)
    fourth[0] = fourth[0].replace(b" int line_4;", b" int nothing;")
    before = files(toy)
    with pytest.raises(StageError, match="does not apply") as caught:
        bring_in(toy, mailbox(toy, [*third, *fourth]))
    assert "thread.mbox: mail 3: mm/memory.c: hunk 1 of 1" in caught.value.where
    assert files(toy) == before


def test_an_incomplete_thread(toy: toys.Toy) -> None:
    mails = posted.patches(toy, *V3, AWKWARD["crlf"], number=3, cover=posted.COVER)
    before = files(toy)
    with pytest.raises(SeriesError, match=r"v3 is not complete: 2/3 of it is not there"):
        bring_in(toy, mailbox(toy, [mails[0], mails[1], mails[3]]))
    assert files(toy) == before


def test_a_cut_mailbox(toy: toys.Toy) -> None:
    mails = posted.patches(toy, AWKWARD["large"], number=3)
    path = mailbox(toy, mails)
    path.write_bytes(path.read_bytes()[:-20_000])
    before = files(toy)
    with pytest.raises(RefseriesError) as caught:
        bring_in(toy, path)
    assert caught.value.hint
    assert files(toy) == before


def test_unthreaded_mails_are_put_together_by_their_subjects(toy: toys.Toy) -> None:
    mails = posted.patches(toy, *V3, number=3, cover=posted.COVER)
    loose = [re.sub(rb"^(In-Reply-To|References): .*\n", b"", m, flags=re.M) for m in mails]
    (found,) = bring_in(toy, mailbox(toy, loose)).brought
    assert found.version.cover.read_text().startswith("# mm: introduce toys\n\nToys are")


def test_two_series_in_one_mailbox(toy: toys.Toy) -> None:
    mails = posted.patches(toy, *V3, number=3, cover=posted.COVER)
    other = [
        mail.replace(b"v3-", b"x3-").replace(b"introduce toys", b"introduce tools")
        for mail in posted.patches(toy, *V3, number=3, cover=posted.COVER)
    ]
    with pytest.raises(SeriesError, match="introduce toys` and `mm: introduce tools"):
        bring_in(toy, mailbox(toy, [*mails, *other]))
    # The same once more is a resend, of which the newer counts.
    again = [mail.replace(b"v3-", b"y3-").replace(b"10 Nov", b"12 Nov") for mail in mails]
    (found,) = bring_in(toy, mailbox(toy, [*again, *mails])).brought
    assert found.version.message_id == "y3-0@example.org"


def test_a_patch_that_somebody_puts_into_the_thread_is_no_version(toy: toys.Toy) -> None:
    mails = posted.patches(toy, *V3, number=1, cover=posted.COVER)
    stray = posted.patches(toy, AWKWARD["crlf"], number=1, above="v1-2@example.org")
    stray[0] = stray[0].replace(b"<v1-1@example.org>", b"<stray@example.org>", 1)
    (found,) = bring_in(toy, mailbox(toy, [*mails, *stray]), "v3").brought
    assert len(found.version.patches) == 2


def test_trailers_out_of_replies(toy: toys.Toy) -> None:
    mails = posted.patches(toy, *V3, number=3, cover=posted.COVER)
    talk = [
        posted.reply(
            "v3-1@example.org",
            "Fine.\n\nReviewed-by: Rev Iewer <rev@example.org>\n> Acked-by: No <no@example.org>\n"
            "Tested-by: Some Body <else@example.org>\n-- \nSigned-by: Sig <rev@example.org>\n",
        ),
        posted.reply("v3-0@example.org", "Acked-by: REV Iewer <other@example.org>", name="r2"),
        posted.reply("r2@example.org", "Tested-by: T <t@example.org>", "T <t@example.org>", "r3"),
    ]
    path = mailbox(toy, [*mails, *talk])
    (found,) = bring_in(toy, path).brought
    messages = [patches.read(patch).message for patch in found.version.patches]
    for_all = "Acked-by: REV Iewer <other@example.org>\nTested-by: T <t@example.org>\n"
    assert messages[0].endswith(f"\n\nReviewed-by: Rev Iewer <rev@example.org>\n{for_all}")
    assert messages[1].endswith(f"Über.\n\n{for_all}")
    assert found.draft.doubtful == ("Tested-by: Some Body <else@example.org>",)


def test_b4_takes_the_same_trailers(toy: toys.Toy) -> None:
    signed = [(a, f"{m}\nSigned-off-by: {a}\n", f) for a, m, f in V3]
    mails = posted.patches(toy, *signed, number=3, cover=posted.COVER)
    talk = [
        posted.reply("v3-1@example.org", "Reviewed-by: Rev Iewer <rev@example.org>"),
        posted.reply(
            "v3-0@example.org", "Acked-by: Mai N <mai@example.org>", "Mai N <mai@example.org>", "r2"
        ),
    ]
    path = mailbox(toy, [*mails, *talk])
    out = toy.directory / "b4"
    b4 = [sys.executable, "-m", "b4.command", "-n", "--offline-mode", "am", "-m", str(path)]
    proc.run([*b4, "-o", str(out), "-n", "t"], cwd=toy.tree, env={"HOME": str(toy.directory)})
    (made,) = out.glob("*.mbx")
    toy.at_base()
    toy.git("-c", "user.name=t", "-c", "user.email=t@x", "am", "--patch-format=mboxrd", str(made))
    theirs = toy.git("log", "-2", "--format=%B%T")
    (found,) = bring_in(toy, path).brought
    assert toy.git("log", "-2", "--format=%B%T", found.commits[-1].commit) == theirs


def packed(data: object) -> str:
    return base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()


def with_header(mail: bytes, value: str) -> bytes:
    return f"X-B4-Tracking: v=1; b={value}\n".encode() + mail


def test_tracking_is_kept(toy: toys.Toy) -> None:
    data = {
        "series": {"revision": 3, "change-id": "20261110-toys-0123456789ab", "prefixes": ["RFC"]}
    }
    mails = posted.patches(toy, *V3, number=3, cover=posted.COVER)
    (found,) = bring_in(
        toy, mailbox(toy, [with_header(mails[0], packed(data)), *mails[1:]])
    ).brought
    assert json.loads(found.version.tracking) == data
    assert found.version.change_id == "20261110-toys-0123456789ab"


@pytest.mark.parametrize(
    "value",
    [
        base64.b64encode(gzip.compress(b"[" * 50_000_000)).decode(),  # a bomb of 50 MB
        base64.b64encode(gzip.compress(b"[" * 200_000)).decode(),
        packed({"series": {"revision": "3", "change-id": "x"}}),
        packed({"series": {"revision": 3, "change-id": "../../x"}}),
        packed([]),
        "!!!",
        packed({})[:-12],
    ],
    ids=["bomb", "deep", "type", "path", "list", "base64", "cut"],
)
def test_hostile_tracking(toy: toys.Toy, value: str) -> None:
    mails = posted.patches(toy, V3[0], number=3, cover=posted.COVER)
    before = files(toy)
    with pytest.raises(SeriesError, match="tracking data cannot be read"):
        bring_in(toy, mailbox(toy, [with_header(mails[0], value), mails[1]]))
    assert files(toy) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"mm/toy.c", b"../../evil.c"),
        (b"mm/toy.c", b".git/hooks/post-checkout"),
        (b"new file mode 100644", b"new file mode 120000"),
    ],
)
def test_a_patch_that_reaches_out_of_the_tree(toy: toys.Toy, old: bytes, new: bytes) -> None:
    mails = posted.patches(toy, V3[0], number=3)
    before = files(toy)
    with pytest.raises(SeriesError):
        bring_in(toy, mailbox(toy, [mails[0].replace(old, new)]))
    assert files(toy) == before


@pytest.mark.parametrize(
    "subject",
    ["--output=/tmp/evil", "-o evil", "../../../evil", "a/b\\c", "$(touch evil)", "x" * 400],
)
def test_odd_subjects_are_names_of_files_and_no_options(toy: toys.Toy, subject: str) -> None:
    mails = posted.patches(toy, (toys.ADA, f"{subject}\n", {"mm/x.c": b"int x;\n"}), number=3)
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    (patch,) = found.version.patches
    assert patch.parent == toy.project / "series/v3"
    assert patches.read(patch).subject == subject
    assert not list(toy.directory.rglob("evil*"))


def test_names_cannot_add_headers(toy: toys.Toy) -> None:
    name = "=?utf-8?q?Evil=0ASubject=3A_owned?="
    mails = posted.patches(toy, V3[0], number=3)
    mail = re.sub(rb"^From: .*", f"From: {name} <e@example.org>".encode(), mails[0], flags=re.M)
    (found,) = bring_in(toy, mailbox(toy, [mail])).brought
    read = patches.read(found.version.patches[0])
    assert read.subject == "mm: introduce toys"
    assert "\n" not in read.author.name


def test_the_base_is_guessed_when_it_does_not_apply(toy: toys.Toy) -> None:
    toy.git("checkout", "--quiet", "master")
    toy.commit((toys.ADA, "next\n", {"mm/memory.c": toys.lines((5, b"int other;"))}))
    toy.git("tag", "v6.13")
    toy.commit((toys.ADA, "mm: on next\n", {"mm/memory.c": toys.lines((5, b"int mine;"))}))
    raw = toy.export("v6.13", toy.directory / "out")[0].read_bytes().partition(b"\n")[2]
    path = mailbox(toy, [b"Message-ID: <n@example.org>\n" + raw])
    with pytest.raises(StageError) as caught:
        bring_in(toy, path, "v3")
    assert caught.value.hint.endswith("It was made on v6.13: --base-ref v6.13")


def test_the_base_is_told_from_the_files(toy: toys.Toy) -> None:
    changed: toys.Change = (toys.ADA, "mm: x\n", {"mm/memory.c": toys.lines((5, b"int x;"))})
    mails = posted.patches(toy, changed, number=3)
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    assert found.ground.fit is Fit.SAME_FILES
    mails = [re.sub(rb"^index [0-9a-f]{7}", b"index 1234567", m, flags=re.M) for m in mails]
    (found,) = bring_in(toy, mailbox(toy, mails), "v4").brought
    assert found.ground.fit is Fit.OTHER


def test_200_megabytes_in_bounded_memory(toy: toys.Toy) -> None:
    mails = posted.patches(toy, *V3, number=3, cover=posted.COVER)
    path = mailbox(toy, mails)
    with path.open("ab") as stream:
        for number in range(2000):
            mail = posted.reply("v3-1@example.org", "y" * 70 + "\n", name=f"n{number}")
            stream.write(
                b"From mboxrd@z Thu Jan  1 00:00:00 1970\n" + mail + b"x" * 99 * 1000 + b"\n\n"
            )
    assert path.stat().st_size > 190_000_000
    code = (
        "import sys\nfrom pathlib import Path\nfrom refseries.intake import mailbox\n"
        "(d,) = mailbox.drafts(Path(sys.argv[1]), 'x')\nassert len(d.patches) == 2\n"
        "print(Path('/proc/self/status').read_text())"
    )
    done = proc.run([sys.executable, "-c", code, str(path)])
    # getrusage would count what this process has as well: a child begins as its copy.
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", done.stdout, re.M)
    assert peak is not None
    assert int(peak[1]) < 150 * 1024
