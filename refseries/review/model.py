# SPDX-License-Identifier: GPL-2.0-or-later
"""Tasks as frozen values; pure. What proves one is in ``evidence``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from refseries.model import Identity
from refseries.review.evidence.kind import Evidence


class Kind(StrEnum):
    """What a reviewer wants: a mistake fixed, something else instead, an answer, …"""

    BUG = "bug"
    CHANGE = "change"
    QUESTION = "question"
    BUILD = "build"
    DOCS = "docs"
    PROCESS = "process"


class State(StrEnum):
    """Where a task stands.

    ``settled`` needs a fixup or a version, ``answered`` and ``declined`` need a text. A task is
    ``obsolete`` when what it is about is gone, or the reviewer withdrew it.
    """

    OPEN = "open"
    STARTED = "started"
    SETTLED = "settled"
    ANSWERED = "answered"
    DECLINED = "declined"
    OBSOLETE = "obsolete"


UNFINISHED = (State.OPEN, State.STARTED)
"""States of a task that something is still to be done about."""

COVER = "cover"
"""Stands for the cover letter where the name of a patch file is asked for."""


@dataclass(frozen=True)
class Anchor:
    """What a task is about, in the version that it was raised on.

    Attributes:
        patch: name of the patch file (``0001-mm-….patch``), ``cover``, or empty for the version as
            a whole.
        file: path in the kernel tree; empty when the point is on the text of patch or cover.
        line: from 1, in ``file`` as the version leaves it, or in the commit message or the cover;
            for a removed line, the line that now stands in its place. 0 when it is about all of it.
        text: the line as the version has it, without the diff's mark; what to look for when the
            patch changes.
    """

    patch: str = ""
    file: str = ""
    line: int = 0
    text: str = ""


@dataclass(frozen=True)
class Remark:
    """What somebody answered to a point, as a mail has it; ``message_id`` may be empty."""

    who: Identity
    date: datetime
    text: str
    message_id: str = ""


@dataclass(frozen=True)
class Task:
    """One thing that one reviewer asked for.

    Attributes:
        id: what a person types: ``v3-jannh-7``.
        summary: one line, in the words of whoever keeps the series.
        comment: what the reviewer wrote, as imported; empty where only a summary is kept.
        quote: the lines of the patch that the comment stood under, as quoted.
        settled_in: the version that settles it; empty unless settled.
        fixup: name of the fixup that settles it (its ``task`` in version.toml); may be empty.
        answer: the text of an answer, the reason of a declined one, or why it is obsolete; at an
            open task, why it was opened again.
        also: further reviewers of the same point.
        discussion: what was answered to it since, the oldest first.
        merged_into: id of the task that asks for the same and stands for this one, which is
            obsolete then.
    """

    id: str
    kind: Kind
    state: State
    summary: str
    raised_on: str
    reviewer: Identity
    anchor: Anchor = Anchor()
    comment: str = ""
    quote: str = ""
    settled_in: str = ""
    fixup: str = ""
    answer: str = ""
    evidence: tuple[Evidence, ...] = ()
    also: tuple[Identity, ...] = ()
    merged_into: str = ""
    discussion: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Trailer:
    """A tag that a reviewer gave: ``Reviewed-by`` and the like; ``patch`` as in an Anchor."""

    name: str
    value: str
    patch: str = ""


@dataclass(frozen=True)
class Review:
    """One review mail and its tasks: one file of ``series/feedback/``.

    Attributes:
        name: the file's stem.
        version: the version reviewed.
        message_id: without the angle brackets; empty when it is not known (a web archive's page,
            IRC).
        link: where to read it.
        references: message ids of the mails it answers, the nearest last.
        taken: the words in which it says that a tree took the version; empty where it does not.
        people: whom it was sent to and who did not get the version as far as that is known.
    """

    name: str
    version: str
    reviewer: Identity
    date: datetime
    tasks: tuple[Task, ...] = ()
    trailers: tuple[Trailer, ...] = ()
    message_id: str = ""
    link: str = ""
    subject: str = ""
    references: tuple[str, ...] = ()
    taken: str = ""
    people: tuple[Identity, ...] = ()
