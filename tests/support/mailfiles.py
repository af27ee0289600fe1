# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails in files, to be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from refseries.mail.message import Mail
from refseries.mail.read import Unreadable, read

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
