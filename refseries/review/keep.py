# SPDX-License-Identifier: GPL-2.0-or-later
"""What of a mail a file of ours keeps, and in which form; pure."""

from __future__ import annotations

import hashlib
import re

from refseries.mail import address
from refseries.mail.message import Mail
from refseries.model import Identity
from refseries.review.reading import classify, quotes

_LISTS = re.compile(r"@(?:[\w.-]+\.)?(?:kernel\.org|kvack\.org|infradead\.org|linux\.dev)$")
_MAX_ID = 900
_MAX_COMMENT = 50_000


def too_long(mail: Mail) -> bool:
    """Whether a mail has more lines than are looked at; a patch may have as many as it likes."""
    return mail.body.count("\n") > quotes.MAX_LINES


def cut(text: str) -> str:
    """A comment as a file of ours keeps it; what is longer is a log or an attack."""
    if len(text) <= _MAX_COMMENT:
        return text
    return f"{text[:_MAX_COMMENT]}\n[… {len(text) - _MAX_COMMENT} more characters: see the mail]"


def person(identity: Identity) -> Identity:
    """Somebody as a file of ours can name him."""
    name = classify.one_line(identity.name.replace("<", " ").replace(">", " "))
    email = re.sub(r"[<>\s\x00-\x1f\x7f]+", "", identity.email)
    return Identity(name or email or "unknown", email)


def message_id(text: str) -> str:
    """A message id that a file of ours can hold; empty where it cannot."""
    return text if re.fullmatch(rf"[^<>\s\x00-\x1f\x7f]{{1,{_MAX_ID}}}", text) else ""


def digest(mail: Mail) -> str:
    """What a mail without a date is known by, which need not have an id either."""
    text = f"{mail.subject.strip()}\n\n{mail.body.strip()}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def link(mail: Mail) -> str:
    """Where to read a mail, if it went to a list that lore keeps."""
    lists = any(_LISTS.search(one.email) for one in (*mail.to, *mail.cc))
    known = message_id(mail.message_id)
    return address.archived(known) if lists and known else ""
