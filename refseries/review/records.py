# SPDX-License-Identifier: GPL-2.0-or-later
"""The form of a file of ``series/feedback/``: its keys, and what a value must look like."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec

from refseries.host import toml
from refseries.model import Identity
from refseries.review.evidence.kind import FullLine, KernelPath, Link
from refseries.review.evidence.kinds import AnyEvidence
from refseries.review.model import Anchor, Kind, Remark, Review, State, Task, Trailer

SCHEMA = 1

# \Z: "$" would let a line feed at the end through.
_Line = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f]*\Z")]
_Version = Annotated[str, msgspec.Meta(pattern=r"^v[1-9][0-9]*\Z")]
_SomeVersion = Annotated[str, msgspec.Meta(pattern=r"^(v[1-9][0-9]*)?\Z")]
_Id = Annotated[str, msgspec.Meta(pattern=r"^v[1-9][0-9]*(-[a-z0-9]+)+\Z", max_length=64)]
_SomeId = Annotated[str, msgspec.Meta(pattern=r"^(v[1-9][0-9]*(-[a-z0-9]+)+)?\Z")]
_Name = Annotated[str, msgspec.Meta(pattern=r"^[^<>\x00-\x1f\x7f]+\Z")]
_Email = Annotated[str, msgspec.Meta(pattern=r"^[^<>\s\x00-\x1f\x7f]*\Z")]
_MessageId = Annotated[str, msgspec.Meta(pattern=r"^[^<>\s\x00-\x1f\x7f]*\Z", max_length=900)]
_Date = Annotated[datetime, msgspec.Meta(tz=True)]
_FileName = Annotated[str, msgspec.Meta(pattern=r"^[^/\x00-\x1f\x7f]*\Z")]
_Tag = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9-]*\Z")]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Common to our tables: no key is ignored, and one that says nothing is not written."""


class _Person(_Table, frozen=True):
    name: _Name
    email: _Email = ""


class _Anchor(_Table, frozen=True):
    patch: _FileName = ""
    file: KernelPath = ""
    line: Annotated[int, msgspec.Meta(ge=0)] = 0
    text: str = ""


class _Remark(_Table, frozen=True):
    who: _Person
    date: _Date
    text: str
    message_id: _MessageId = ""


class _Task(_Table, frozen=True):
    id: _Id
    kind: Kind
    state: State
    summary: FullLine
    settled_in: _SomeVersion = ""
    fixup: Annotated[str, msgspec.Meta(pattern=r"^([a-z0-9][a-z0-9_-]*)?\Z")] = ""
    merged_into: _SomeId = ""
    reviewer: _Person | None = None
    also: tuple[_Person, ...] = ()
    answer: str = ""
    comment: str = ""
    quote: str = ""
    anchor: _Anchor | None = None
    evidence: tuple[AnyEvidence, ...] = ()
    discussion: tuple[_Remark, ...] = ()


class _Trailer(_Table, frozen=True):
    name: _Tag
    value: FullLine
    patch: _FileName = ""


class ReviewFile(_Table, frozen=True):
    """One file. A task's ``reviewer`` is written only where it is not the review's."""

    schema: int
    version: _Version
    reviewer: _Person
    date: _Date
    subject: _Line = ""
    message_id: _MessageId = ""
    link: Link = ""
    references: tuple[_MessageId, ...] = ()
    taken: _Line = ""
    people: tuple[_Person, ...] = ()
    trailer: tuple[_Trailer, ...] = ()
    task: tuple[_Task, ...] = ()


def parse(path: Path, text: str) -> Review:
    """The review in a file's text; its name is the file's stem.

    Raises:
        SeriesError: a key is missing, unknown or of a wrong form; names file, line and key.
    """
    data = toml.parse(path, text, ReviewFile, SCHEMA)
    reviewer = _identity(data.reviewer)
    return Review(
        name=path.stem,
        version=data.version,
        reviewer=reviewer,
        date=data.date,
        tasks=tuple(_task(record, data.version, reviewer) for record in data.task),
        trailers=tuple(Trailer(t.name, t.value, t.patch) for t in data.trailer),
        message_id=data.message_id,
        link=data.link,
        subject=data.subject,
        references=data.references,
        taken=data.taken,
        people=tuple(_identity(person) for person in data.people),
    )


def _task(record: _Task, version: str, reviewer: Identity) -> Task:
    return Task(
        id=record.id,
        kind=record.kind,
        state=record.state,
        summary=record.summary,
        raised_on=version,
        reviewer=_identity(record.reviewer) if record.reviewer else reviewer,
        anchor=Anchor(**msgspec.structs.asdict(record.anchor)) if record.anchor else Anchor(),
        comment=record.comment,
        quote=record.quote,
        settled_in=record.settled_in,
        fixup=record.fixup,
        merged_into=record.merged_into,
        answer=record.answer,
        evidence=record.evidence,
        also=tuple(_identity(person) for person in record.also),
        discussion=tuple(
            Remark(_identity(one.who), one.date, one.text, one.message_id)
            for one in record.discussion
        ),
    )


def _identity(person: _Person) -> Identity:
    return Identity(person.name, person.email)


def plain(review: Review) -> dict[str, Any]:
    """What the file of ``review`` holds, as dictionaries, tuples and plain values, in order."""
    record = ReviewFile(
        schema=SCHEMA,
        version=review.version,
        reviewer=_person(review.reviewer),
        date=review.date,
        subject=review.subject,
        message_id=review.message_id,
        link=review.link,
        references=review.references,
        taken=review.taken,
        people=tuple(_person(identity) for identity in review.people),
        trailer=tuple(_Trailer(t.name, t.value, t.patch) for t in review.trailers),
        task=tuple(_task_record(task, review) for task in review.tasks),
    )
    data: dict[str, Any] = msgspec.to_builtins(record, builtin_types=(datetime,))
    return data


def _task_record(task: Task, review: Review) -> _Task:
    return _Task(
        id=task.id,
        kind=task.kind,
        state=task.state,
        summary=task.summary,
        settled_in=task.settled_in,
        fixup=task.fixup,
        merged_into=task.merged_into,
        reviewer=None if task.reviewer == review.reviewer else _person(task.reviewer),
        also=tuple(_person(identity) for identity in task.also),
        answer=task.answer,
        comment=task.comment,
        quote=task.quote,
        anchor=None if task.anchor == Anchor() else _Anchor(**vars(task.anchor)),
        evidence=cast("tuple[AnyEvidence, ...]", task.evidence),
        discussion=tuple(
            _Remark(_person(one.who), one.date, one.text, one.message_id) for one in task.discussion
        ),
    )


def _person(identity: Identity) -> _Person:
    return _Person(identity.name, identity.email)
