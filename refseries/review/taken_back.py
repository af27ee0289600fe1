# SPDX-License-Identifier: GPL-2.0-or-later
"""Tags that their givers took back, in later words or by a tag against the patch; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from refseries.model import Identity
from refseries.review.model import Review

_AGAINST = re.compile(r"(?:[a-z]+-)*(?:nack|nak|reject)(?:ed)?-by", re.I)
_MINE = (
    r"\s(?:(?:all|both)\s)?(?:of\s)?my\s(?:\w+\s){0,2}"
    r"(?:(?:reviewed|acked|tested)(?:-[a-z]+)*-by|r-?b|ack|tags?)\b"
)
# Who says "take my Reviewed-by" gives it.
_TAKEN_BACK = re.compile(
    r"\b(?:withdraw(?:ing|n)?|retract(?:ing)?|revok(?:e|ing)|drop(?:ping)?|remov(?:e|ing)"
    r"|ignor(?:e|ing)|disregard(?:ing)?|scratch"
    rf"|tak(?:e|ing)\sback){_MINE}|\btak(?:e|ing){_MINE}(?:\s\S+){{0,3}}?\sback\b",
    re.I,
)
_NOT = re.compile(
    r"(?:\b(?:not|never|no need to|why|did you|did he)\b|n['’]t)[^.?!\n]{0,20}\Z", re.I
)
_BEFORE = 40
"""Characters in front that say whether it is denied or asked."""


@dataclass(frozen=True)
class TakenBack:
    """That somebody takes back what he gave to a patch before.

    Attributes:
        email: whose tags, in small letters.
        version: the one that he speaks of.
        patch: its patch, as in an Anchor.
    """

    email: str
    version: str
    patch: str
    when: datetime


def find(reviews: Sequence[Review]) -> Iterator[TakenBack]:
    """What was taken back, in the order of ``reviews``.

    Whoever asks to drop his tag has it dropped in doubt: nothing may say that he vouches.
    """
    for review in reviews:
        for trailer in review.trailers:
            if _AGAINST.fullmatch(trailer.name):
                yield _by(review.reviewer, review.version, trailer.patch, review.date)
        for task in review.tasks:
            said = [(task.reviewer, review.date, task.comment or task.summary)]
            said += [(one.who, one.date, one.text) for one in task.discussion]
            for who, when, text in said:
                if is_said_in(text):
                    yield _by(who, review.version, task.anchor.patch, when)


def is_against(tag: str) -> bool:
    """Whether a tag speaks against the patch: ``Nacked-by: …``."""
    return _AGAINST.fullmatch(tag.partition(":")[0]) is not None


def _by(who: Identity, version: str, patch: str, when: datetime) -> TakenBack:
    return TakenBack(who.email.casefold(), version, patch, when)


def is_said_in(text: str) -> bool:
    """Whether ``text`` takes a tag of its writer back."""
    places = (found.start() for found in _TAKEN_BACK.finditer(text))
    return any(not _NOT.search(text[max(0, at - _BEFORE) : at]) for at in places)
