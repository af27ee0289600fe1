# SPDX-License-Identifier: GPL-2.0-or-later
"""Mail addresses as people write them in files and options, and where a mail can be read."""

from __future__ import annotations

import re
from urllib.parse import quote

from refseries.errors import SeriesError
from refseries.model import Identity

_ADDRESS = r"[!#$%&'*+./=?^_`{|}~A-Za-z0-9-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
_QUOTED = r'"(?:[^"\\]|\\.)+"'
_MAILBOX = re.compile(
    rf"""(?P<name>(?:[^<>",@]|{_QUOTED})*(?:[^<>",@\s]|{_QUOTED}))"""
    rf"""[ ]*<(?P<of>{_ADDRESS})>|{_ADDRESS}"""
)


def person(text: str, where: str) -> Identity:
    """``Name <address>``, or an address alone, as a person or a list.

    Args:
        where: file and key, or option, that it comes from; for the error.

    Raises:
        SeriesError: it is not one address.
    """
    found = _MAILBOX.fullmatch(text)
    if found is None or not text.isprintable():
        raise SeriesError(
            f"`{text}` is not one mail address.",
            where=where,
            hint="Write it as `name@example.org` or `Name <name@example.org>`.",
        )
    return Identity(_plain(found["name"] or ""), found["of"] or text)


def _plain(name: str) -> str:
    """A name without the quotes around its words, and without what marks those within."""
    return re.sub(_QUOTED, lambda found: re.sub(r"\\(.)", r"\1", found[0][1:-1]), name)


def is_one(text: str) -> bool:
    """Whether ``text`` is a mail address alone, which mail can be sent to."""
    return re.fullmatch(_ADDRESS, text) is not None


def archived(message_id: str) -> str:
    """The link to a mail that went to a list of the kernel's."""
    return f"https://lore.kernel.org/r/{quote(message_id, safe='@+=!$*~')}"
