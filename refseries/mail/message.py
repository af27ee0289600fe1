# SPDX-License-Identifier: GPL-2.0-or-later
"""A mail as a frozen value; pure. Everything in it is hostile input."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refseries.model import Identity


@dataclass(frozen=True)
class Mail:
    """One mail, decoded.

    Attributes:
        message_id: without the angle brackets; empty when it has none.
        subject: decoded and unfolded, prefixes and all.
        date: None when it has none that can be read; with an offset otherwise.
        in_reply_to: a message id, or empty.
        references: message ids, the nearest last.
        to, cc: who else got it.
        headers: all headers in order, decoded and unfolded.
        body: its text, decoded, with "\\n" at line ends; of an HTML-only mail, the text in it. For
            format=flowed, unflowed.
        own: its body without the patches that are attached; None where nothing is attached.
        source: where it came from, for messages: ``FILE: mail N``.
        raw: the mail as it stood in its file, without the mailbox's quoting.
    """

    message_id: str
    subject: str
    author: Identity
    date: datetime | None
    body: str
    source: str
    raw: bytes
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    to: tuple[Identity, ...] = ()
    cc: tuple[Identity, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    own: str | None = None

    @property
    def inline(self) -> str:
        """Its body without what is attached to it."""
        return self.body if self.own is None else self.own
