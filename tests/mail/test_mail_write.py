# SPDX-License-Identifier: GPL-2.0-or-later
"""Bodies of mails come out as they went in."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime

import pytest

from refseries.mail import write
from refseries.mail.outgoing import Outgoing
from refseries.model import Identity

LONG = b"+" + b"a" * 1200


@pytest.mark.parametrize(
    "body",
    [
        LONG + b"\n",
        LONG + b"\r\n+b\r\n",
        b"+a\rb\n" + LONG + b"\n",
        b"\r" * 1200 + b"\n",
        "+ä\f=\t \n".encode() + LONG + b"\r",
    ],
)
def test_each_byte_of_a_long_line_is_kept(body: bytes) -> None:
    who = Identity("Ada", "ada@example.org")
    mail = Outgoing(
        number=1,
        message_id="1@example.org",
        subject="[PATCH] toy",
        body=body,
        sender=who,
        date=datetime(2026, 11, 18, tzinfo=UTC),
        to=(),
        cc=(),
    )
    made = write.to_bytes(mail)
    assert max(map(len, made.split(b"\n"))) <= 78
    read = email.message_from_bytes(made).get_payload(decode=True)
    assert read == body
