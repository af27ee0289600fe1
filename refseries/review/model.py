# SPDX-License-Identifier: GPL-2.0-or-later
"""Tasks as frozen values, as they stand in ``series/feedback/``; ``evidence`` proves one.

The annotations are what a value must look like in a file, where ``records`` reads it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from refseries.model import Identity
from refseries.review.evidence.kind import FullLine, KernelPath, WebLink
from refseries.review.evidence.kinds import AnyEvidence

# \Z: "$" would let a line feed at the end through.
_Line = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]*\Z")]
_Version = Annotated[str, Meta(pattern=r"^v[1-9][0-9]*\Z")]
_SomeVersion = Annotated[str, Meta(pattern=r"^(v[1-9][0-9]*)?\Z")]
_Id = Annotated[str, Meta(pattern=r"^v[1-9][0-9]*(-[a-z0-9]+)+\Z", max_length=64)]
_SomeId = Annotated[str, Meta(pattern=r"^(v[1-9][0-9]*(-[a-z0-9]+)+)?\Z")]
_MessageId = Annotated[str, Meta(pattern=r"^[^<>\s\x00-\x1f\x7f]*\Z", max_length=900)]
_Digest = Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z")]
_Date = Annotated[datetime, Meta(tz=True)]
_PatchName = Annotated[str, Meta(pattern=r"^[^/\x00-\x1f\x7f]*\Z")]
_Fixup = Annotated[str, Meta(pattern=r"^([a-z0-9][a-z0-9_-]*)?\Z")]
_Tag = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9-]*\Z")]


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


class Keyed(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A value that is a table of a file: no key is ignored, and what says nothing not written."""


class Anchor(Keyed, frozen=True):
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

    patch: _PatchName = ""
    file: KernelPath = ""
    line: Annotated[int, Meta(ge=0)] = 0
    text: str = ""


NOWHERE = Anchor()
"""Where a point is on the version as a whole."""

SAME = Identity("", "")
"""Stands in a file, by being left out, for the reviewer of the mail."""


class Remark(Keyed, frozen=True):
    """What somebody answered to a point, as a mail has it; ``message_id`` may be empty."""

    who: Identity
    date: _Date
    text: str
    message_id: _MessageId = ""


class Task(Keyed, frozen=True, kw_only=True):
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

    id: _Id
    kind: Kind
    state: State
    summary: FullLine
    settled_in: _SomeVersion = ""
    fixup: _Fixup = ""
    merged_into: _SomeId = ""
    reviewer: Identity = SAME
    also: tuple[Identity, ...] = ()
    answer: str = ""
    comment: str = ""
    quote: str = ""
    anchor: Anchor = NOWHERE
    evidence: tuple[AnyEvidence, ...] = ()
    discussion: tuple[Remark, ...] = ()

    @property
    def raised_on(self) -> str:
        """The version that it was raised on; its id begins with that."""
        return self.id.partition("-")[0]


class Trailer(Keyed, frozen=True):
    """A tag that a reviewer gave: ``Reviewed-by`` and the like; ``patch`` as in an Anchor."""

    name: _Tag
    value: FullLine
    patch: _PatchName = ""


class ReviewMail(Keyed, frozen=True, kw_only=True, rename={"trailers": "trailer", "tasks": "task"}):
    """What a file of ``series/feedback/`` says of one review mail.

    Attributes:
        version: the version reviewed.
        message_id: without the angle brackets; empty when it is not known (a web archive's page,
            IRC).
        digest: of its text, where it has no date; it is known again by that.
        link: where to read it.
        references: message ids of the mails it answers, the nearest last.
        taken: the words in which it says that a tree took the version; empty where it does not.
        people: whom it was sent to and who did not get the version as far as that is known.
    """

    version: _Version
    reviewer: Identity
    date: _Date
    subject: _Line = ""
    message_id: _MessageId = ""
    digest: _Digest = ""
    link: WebLink = ""
    references: tuple[_MessageId, ...] = ()
    taken: _Line = ""
    people: tuple[Identity, ...] = ()
    trailers: tuple[Trailer, ...] = ()
    tasks: tuple[Task, ...] = ()


class Review(ReviewMail, frozen=True, kw_only=True):
    """One review mail and its tasks; ``name`` is the stem of its file."""

    name: str
