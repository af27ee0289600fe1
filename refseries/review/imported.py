# SPDX-License-Identifier: GPL-2.0-or-later
"""What an import of mails came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from refseries.review.model import Review
from refseries.review.reading.anchor import Certainty


class Why(StrEnum):
    """Why a mail makes no new review."""

    KNOWN = "known"
    FOREIGN = "foreign"
    PATCH = "patch"
    AUTHOR = "author"
    EMPTY = "empty"
    AUTOMATIC = "automatic"
    TAKEN = "taken"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class LeftOut:
    """A mail that makes no new review. ``source`` says where it stands, ``text`` why."""

    why: Why
    source: str
    author: str
    subject: str
    text: str


@dataclass
class Imported:
    """What the mails came to.

    Attributes:
        reviews: new ones, and old ones in which a task was withdrawn.
        new: ids of the new tasks.
        certainties: task id, and how sure its anchor is.
        joined: ids of the tasks that got an answer, once for each.
        withdrawn: ids of the tasks that their reviewer took back.
    """

    reviews: dict[str, Review] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    certainties: dict[str, Certainty] = field(default_factory=dict)
    joined: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every mail could be read."""
        return not any(one.why is Why.UNREADABLE for one in self.left_out)
