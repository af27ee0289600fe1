# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails out of files of every kind, streamed, and nothing lost without a word."""

from __future__ import annotations

import contextlib
import gzip
import io
import sys
import time
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refseries.errors import RefseriesError, SeriesError
from refseries.mail import box
from refseries.mail.decode import decode
from refseries.mail.message import Mail
from refseries.mail.read import STDIN, Unreadable, read
from refseries.model import Identity

ADA = "Ada Löwe <ada@example.org>"
FROM = b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"


def raw(body: str = "Why?\n", number: int = 1, **headers: str) -> bytes:
    """A mail; ``In_Reply_To=…`` gives it a header."""
    lines = {
        "From": "Ada <ada@example.org>",
        "To": "Bob <bob@example.org>",
        "Subject": "Re: [PATCH v2] mm: introduce toys",
        "Date": "Tue, 10 Nov 2026 10:00:00 +0100",
        "Message-ID": f"<{number}@example.org>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return "".join([*(f"{n}: {v}\n" for n, v in lines.items() if v), "\n", body]).encode()


def unwanted(mail: Unreadable) -> None:
    pytest.fail(f"{mail.source} {mail.why}")


def mails(path: Path) -> list[Mail]:
    lost: list[Unreadable] = []
    found = list(read(path, lost.append))
    assert lost == []
    return found


def one(directory: Path, content: bytes) -> Mail:
    path = directory / "mail"
    path.write_bytes(content)
    (mail,) = mails(path)
    return mail


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


def test_an_mbox_is_taken_apart_at_its_separators_alone(tmp_path: Path) -> None:
    body = (
        "From here on it is wrong.\n"
        ">From the mailbox\n"
        ">>From the mail itself\n"
        "From time to time on Mon Nov 10 10:00:00 2026\n"
        "it fails.\n"
        "\n"
        f"From {'ab' * 20} Mon Sep 17 00:00:00 2001\n"
        "From: Bob <bob@example.org>\n"
        "Subject: [PATCH] pasted\n"
    )
    path = tmp_path / "box"
    path.write_bytes(FROM + raw(body) + b"\n" + FROM + raw("Second\n", 2) + b"\n")
    first, second = mails(path)
    assert first.body == body.replace(">From", "From")
    assert first.raw == raw(body.replace(">From", "From"))
    assert second.body == "Second\n"
    assert [mail.source for mail in (first, second)] == [f"{path}: mail 1", f"{path}: mail 2"]


def test_a_mailbox_of_patches_by_git_is_taken_apart_too(tmp_path: Path) -> None:
    mark = f"From {'ab' * 20} Mon Sep 17 00:00:00 2001\n".encode()
    path = tmp_path / "patches"
    path.write_bytes(mark + raw("1\n") + b"\n" + mark + raw("2\n", 2))
    assert [mail.body for mail in mails(path)] == ["1\n", "2\n"]


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


def test_headers_are_unfolded_and_decoded(tmp_path: Path) -> None:
    mail = one(
        tmp_path,
        raw(
            From="=?utf-8?q?L=C3=B6we=2C_Ada?= <ada@example.org>",
            Subject="=?iso-8859-1?q?Gr=FC=DFe?=\n =?utf-8?b?w6QK?= and [PATCH v2\n\t1/3] x",
            To='"Löwe, Ada" <ada@example.org>,\n "Bob" <bob@example.org>',
        ),
    )
    assert mail.author == Identity("Löwe, Ada", "ada@example.org")
    assert mail.subject == "Grüßeä  and [PATCH v2 1/3] x"
    assert mail.to == (Identity("Löwe, Ada", "ada@example.org"), Identity("Bob", "bob@example.org"))


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Original-From": "ada@example.org"},
        {"Reply-To": "Toys <toys@example.org>, Ada Löwe <ada@example.org>"},
    ],
)
def test_whom_a_list_put_its_address_in_place_of(tmp_path: Path, headers: dict[str, str]) -> None:
    via = {"From": "Ada Löwe via toys <toys@example.org>"}
    assert one(tmp_path, raw("", 1, **via, **headers)).author == Identity(
        "Ada Löwe", "ada@example.org"
    )
    assert one(tmp_path, raw("", 1, **via)).author.email == "toys@example.org"


def test_the_first_of_two_headers_counts(tmp_path: Path) -> None:
    mail = one(tmp_path, b"Message-ID: <first@example.org>\n" + raw())
    assert mail.message_id == "first@example.org"


@pytest.mark.parametrize(
    ("headers", "when"),
    [
        ({"Date": "Tue, 10 Nov 2026 10:00:00 -0000"}, datetime(2026, 11, 10, 10, tzinfo=UTC)),
        ({"Date": "Tue, 99 Nov 2026 10:00:00 +0000"}, None),
        ({"Date": "Tue, 10 Nov 2026 10:00:00 +9999999"}, None),
        ({"Date": "yesterday"}, None),
        ({"Date": ""}, None),
        (
            {"Date": "", "Received": "by x; Tue, 10 Nov 2026 10:00:00 +0000"},
            datetime(2026, 11, 10, 10, tzinfo=UTC),
        ),
    ],
)
def test_odd_dates(tmp_path: Path, headers: dict[str, str], when: datetime | None) -> None:
    assert one(tmp_path, raw("", 1, **headers)).date == when


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
    ("name", "why"), [("no", "cannot be read: No such file"), ("folder", "no maildir")]
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


def test_a_mail_too_large_is_named_and_the_next_one_read(tmp_path: Path) -> None:
    stream = io.BytesIO(raw("x" * 300 + "\n") + FROM + raw(number=2))
    large, small = box.split(FROM, stream, limit=250)
    assert large is None
    assert small == raw(number=2)


def test_nested_parts_that_no_parser_takes_are_named(tmp_path: Path) -> None:
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000))
    path = tmp_path / "box"
    odd = raw().partition(b"\n\n")[0] + b"\n" + deep.encode()
    path.write_bytes(FROM + odd + b"\n" + FROM + raw(number=2))
    lost: list[Unreadable] = []
    (mail,) = read(path, lost.append)
    assert mail.message_id == "2@example.org"
    assert [entry.source for entry in lost] == [f"{path}: mail 1"]


def test_a_large_mailbox_is_never_held_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "box"
    body = f"> +{' x' * 5000}\n" * 7
    with path.open("wb") as stream:
        for number in range(250):
            stream.write(FROM + raw(body, number) + b"\n")
    size = path.stat().st_size
    assert size > 15_000_000
    tracemalloc.start()
    try:
        assert [mail.message_id for mail in read(path, unwanted)][-1] == "249@example.org"
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size / 4


def test_a_thousand_mails_do_not_take_minutes(tmp_path: Path) -> None:
    path = tmp_path / "box"
    cc = ", ".join(f"Person {n} <p{n}@example.org>" for n in range(30))
    body = "> +\tint toy;\n" * 100 + "\nWhy?\n"
    path.write_bytes(b"".join(FROM + raw(body, n, Cc=cc) + b"\n" for n in range(1000)))
    start = time.process_time()
    assert len(mails(path)) == 1000
    assert time.process_time() - start < 60


@pytest.mark.parametrize(
    "value", ["=?utf-8?q?a?= " * 30000, "<" * 300000, "a at " * 60000, "(" * 900, '"' * 300000]
)
def test_a_hostile_header_does_not_take_minutes(value: str) -> None:
    start = time.process_time()
    decode(raw(Subject=value, To=value, References=value), "hostile")
    assert time.process_time() - start < 60


@settings(max_examples=150)
@given(st.binary(max_size=400))
def test_reading_raises_our_own_errors_alone(content: bytes) -> None:
    for start in (b"", raw().partition(b"\n\n")[0] + b"\n"):
        try:
            mail = decode(start + content, "drawn")
        except RefseriesError:
            continue
        mail.body.encode()
        for name, value in mail.headers:
            f"{name}{value}{mail.author}{mail.to}".encode()
            assert "\n" not in value


_HEADERS = st.sampled_from(
    ["From", "To", "Subject", "Date", "Content-Type", "Content-Transfer-Encoding", "Message-ID"]
)
_VALUES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "multipart/mixed; boundary=b",
            "multipart/mixed",
            "message/rfc822",
            "text/html; charset=utf-7",
            "text/plain; charset=hex; format=flowed; delsp=yes",
            "text/plain; charset*=utf-8''%ff",
            "base64",
            "quoted-printable",
            "uuencode",
            "=?utf-8?b?x?=",
            "=?x?q?=ff?=",
        ]
    ),
)


@settings(max_examples=150)
@given(st.lists(st.tuples(_HEADERS, _VALUES), max_size=8), st.text(max_size=200))
def test_odd_headers_raise_our_own_errors_alone(headers: list[tuple[str, str]], body: str) -> None:
    text = "".join(f"{name}: {value}\n" for name, value in headers)
    with contextlib.suppress(RefseriesError):
        decode(f"{text}\n{body}\n--b\n\n{body}\n".encode(), "drawn").body.encode()


@settings(max_examples=100)
@given(
    st.lists(
        st.lists(
            st.one_of(
                st.text(
                    st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=9
                ),
                st.sampled_from(
                    ["From x", "From ", ">From ", "From a Mon Nov 10 10:00:00 2026", ""]
                ),
            ).filter(lambda line: "\n" not in line),
            max_size=6,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_an_mboxrd_gives_back_what_was_put_in(bodies: list[list[str]]) -> None:
    texts = ["".join(f"{line}\n" for line in body) for body in bodies]
    quoted = [
        b"".join(
            b">" + line if line.lstrip(b">").startswith(b"From ") else line
            for line in text.encode().splitlines(keepends=True)
        )
        for text in texts
    ]
    head = b"From: Ada <ada@example.org>\n\n"
    whole = b"".join(FROM + head + text + b"\n" for text in quoted)
    first, _, rest = whole.partition(b"\n")
    assert list(box.split(first + b"\n", io.BytesIO(rest))) == [head + t.encode() for t in texts]


def test_a_mail_as_python_makes_it(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"] = ADA
    message["Subject"] = "Grüße"
    message.set_content("Größe?\n" * 3)
    message.add_attachment("+int a;\n", subtype="x-patch", filename="a.patch")
    message.add_attachment(b"\0\1", maintype="application", subtype="gzip", filename="config.gz")
    mail = one(tmp_path, message.as_bytes())
    assert mail.author == Identity("Ada Löwe", "ada@example.org")
    assert mail.subject == "Grüße"
    assert mail.body == "Größe?\n" * 3 + "+int a;\n"
