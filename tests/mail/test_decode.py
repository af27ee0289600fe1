# SPDX-License-Identifier: GPL-2.0-or-later
"""One mail decoded, however odd or hostile it is."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mailfiles import ADA, one, raw

from refseries.errors import RefseriesError
from refseries.mail.decode import decode
from refseries.model import Identity


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


def test_an_address_that_a_list_packed_into_its_own_is_found(tmp_path: Path) -> None:
    packed = {"From": "Ada Löwe via groups.io <ada=example.org@groups.io>"}
    assert one(tmp_path, raw("", 1, **packed)).author == Identity("Ada Löwe", "ada@example.org")


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
