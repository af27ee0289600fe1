# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails out of files of every kind, streamed, and nothing lost without a word."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from mailfiles import FROM, mails, one, raw, unwanted

from refseries.errors import SeriesError
from refseries.mail.read import STDIN, Unreadable, read
from refseries.model import Identity


def test_one_mail(tmp_path: Path) -> None:
    mail = one(
        tmp_path,
        raw(
            Cc="Carl <carl@example.org>, dora@example.org",
            In_Reply_To="<a@example.org>",
            References="<z@example.org>\n\t<a@example.org> <a@example.org>",
        ),
    )
    assert mail.message_id == "1@example.org"
    assert mail.subject == "Re: [PATCH v2] mm: introduce toys"
    assert mail.author == Identity("Ada", "ada@example.org")
    assert mail.to == (Identity("Bob", "bob@example.org"),)
    assert mail.cc == (Identity("Carl", "carl@example.org"), Identity("dora", "dora@example.org"))
    assert mail.date == datetime(2026, 11, 10, 9, tzinfo=UTC)
    assert mail.in_reply_to == "a@example.org"
    assert mail.references == ("z@example.org", "a@example.org")
    assert mail.body == "Why?\n"
    assert mail.source == str(tmp_path / "mail")
    assert ("To", "Bob <bob@example.org>") in mail.headers


def test_carriage_returns_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "box"
    content = b"\r\n" + FROM + raw("a\n>b\n") + b"\n" + FROM + raw("c\n", 2)
    path.write_bytes(content.replace(b"\n", b"\r\n").replace(b"\r\r", b"\r"))
    first, second = mails(path)
    assert first.body == "a\n>b\n"
    assert second.message_id == "2@example.org"


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_packed_mailbox_is_read_like_any(tmp_path: Path, compress: object) -> None:
    path = tmp_path / "t.mbox.gz"
    path.write_bytes(compress(FROM + raw() + b"\n" + FROM + raw(number=2)))  # type: ignore[operator]
    assert [mail.message_id for mail in mails(path)] == ["1@example.org", "2@example.org"]


@pytest.mark.parametrize(
    ("compress", "program"), [(bz2.compress, "bunzip2"), (lzma.compress, "unxz")]
)
def test_a_mailbox_packed_otherwise_is_named(
    tmp_path: Path, compress: Callable[[bytes], bytes], program: str
) -> None:
    """Beside others, those are read all the same."""
    path = tmp_path / "1.mbox"
    path.write_bytes(compress(FROM + raw()))
    (tmp_path / "2.mbox").write_bytes(FROM + raw())
    lost: list[Unreadable] = []
    hint = f"Unpack it with {program}, and name what comes out."
    with pytest.raises(SeriesError, match="is packed") as error:
        list(read(path, lost.append))
    assert (error.value.where, error.value.hint) == (str(path), hint)
    assert len(list(read(tmp_path, lost.append))) == 1
    assert lost == [Unreadable(str(path), f"is packed. {hint}")]


def test_a_maildir(tmp_path: Path) -> None:
    for folder in ("cur", "new", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / "new" / "200.x").write_bytes(raw(number=2))
    (tmp_path / "cur" / "100.x:2,S").write_bytes(raw(">From a maildir\n"))
    (tmp_path / "tmp" / "300.x").write_bytes(raw(number=3))
    first, second = mails(tmp_path)
    assert (first.message_id, second.message_id) == ("1@example.org", "2@example.org")
    assert first.body == ">From a maildir\n"


def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw())))
    (mail,) = mails(STDIN)
    assert mail.source == "standard input"


PAGE = """\
[PATCH v3] mm: introduce toys

Ada van Löwe ada.loewe at lists.example.org
Mon Aug 17 23:42:58 EDT 2020


    * Previous message (by thread): [PATCH v3] mm: introduce toys
    * Next message (by thread): [PATCH v3] mm: introduce toys
    * Messages sorted by: [ date ] [ thread ] [ subject ] [ author ]

On Fri, Aug 14, 2020 at 11:33 PM Bob <bob at example.org> wrote:
> int toy;

Why?

--
Ada



    * Previous message (by thread): [PATCH v3] mm: introduce toys
    * Messages sorted by: [ date ] [ thread ] [ subject ] [ author ]

More information about the toys mailing list
"""


def test_a_page_of_an_archive(tmp_path: Path) -> None:
    mail = one(tmp_path, PAGE.encode())
    assert mail.subject == "[PATCH v3] mm: introduce toys"
    assert mail.author == Identity("Ada van Löwe", "ada.loewe@lists.example.org")
    assert mail.date == datetime(2020, 8, 17, 23, 42, 58, tzinfo=timezone(timedelta(hours=-4)))
    assert mail.message_id == ""
    assert mail.body.startswith(
        "On Fri, Aug 14, 2020 at 11:33 PM Bob <bob at example.org> wrote:\n"
    )
    assert mail.body.endswith("\nWhy?\n\n--\nAda\n")


def test_a_page_with_a_subject_like_a_header(tmp_path: Path) -> None:
    page = "mm: introduce toys\nAda ada at example.org\nMon Aug  7 03:42:58 CEST 2020\n\nWhy?\n"
    mail = one(tmp_path, page.encode())
    assert mail.subject == "mm: introduce toys"
    assert mail.body == "Why?\n"
    assert mail.date == datetime(2020, 8, 7, 1, 42, 58, tzinfo=UTC)


def test_addresses_of_a_mailbox_by_mailman(tmp_path: Path) -> None:
    path = tmp_path / "2020-August.txt"
    mark = b"From ada at example.org  Mon Aug 17 23:42:58 2020\n"
    content = raw(From="ada at example.org (Ada)", In_Reply_To="<a at example.org>")
    path.write_bytes(mark + content + b"\n" + mark + raw(number=2))
    first, second = mails(path)
    assert first.author == Identity("Ada", "ada@example.org")
    assert second.message_id == "2@example.org"


def test_what_is_no_mail_is_refused(tmp_path: Path) -> None:
    for name, content in (("empty", b""), ("text", b"Hello\n"), ("header", b"X-Y: z\n\nHi\n")):
        path = tmp_path / name
        path.write_bytes(content)
        lost: list[Unreadable] = []
        if name == "header":
            assert list(read(path, lost.append)) == []
            assert lost == [Unreadable(str(path), "is no mail: it has neither sender nor subject.")]
            continue
        with pytest.raises(SeriesError, match="holds no mail") as error:
            list(read(path, lost.append))
        assert error.value.where == str(path)


@pytest.mark.parametrize(
    ("name", "why"), [("no", "cannot be read: No such file"), ("folder", "holds no mail")]
)
def test_what_is_not_there_is_refused(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SeriesError, match=why):
        list(read(tmp_path / name, unwanted))


def test_a_packed_mailbox_that_is_cut_short_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.mbox.gz"
    path.write_bytes(gzip.compress(FROM + raw("x" * 5000))[:-12])
    with pytest.raises(SeriesError, match="cannot be read") as error:
        list(read(path, unwanted))
    assert error.value.where == str(path)


def test_nested_parts_that_no_parser_takes_are_named(tmp_path: Path) -> None:
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000))
    path = tmp_path / "box"
    odd = raw().partition(b"\n\n")[0] + b"\n" + deep.encode()
    path.write_bytes(FROM + odd + b"\n" + FROM + raw(number=2))
    lost: list[Unreadable] = []
    (mail,) = read(path, lost.append)
    assert mail.message_id == "2@example.org"
    assert [entry.source for entry in lost] == [f"{path}: mail 1"]


def test_a_thousand_mails_do_not_take_minutes(tmp_path: Path) -> None:
    path = tmp_path / "box"
    cc = ", ".join(f"Person {n} <p{n}@example.org>" for n in range(30))
    body = "> +\tint toy;\n" * 100 + "\nWhy?\n"
    path.write_bytes(b"".join(FROM + raw(body, n, Cc=cc) + b"\n" for n in range(1000)))
    start = time.process_time()
    assert len(mails(path)) == 1000
    assert time.process_time() - start < 60
