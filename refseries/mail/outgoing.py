# SPDX-License-Identifier: GPL-2.0-or-later
"""A mail of ours before it is bytes; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refseries.model import Identity


@dataclass(frozen=True)
class Letter:
    """The text of one mail. ``number`` is that of its patch, 0 for the cover letter."""

    number: int
    subject: str
    body: bytes


@dataclass(frozen=True)
class Outgoing:
    """One mail with its place in the thread; ids are without the angle brackets.

    Attributes:
        headers: further ones, as they go on the wire.
    """

    number: int
    message_id: str
    subject: str
    body: bytes
    sender: Identity
    date: datetime
    to: tuple[Identity, ...]
    cc: tuple[Identity, ...]
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
