# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails made into reviews with tasks. Whatever is in a mail, nothing is lost without a word."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import count
from pathlib import Path

from refseries.errors import SeriesError
from refseries.host.scratch import scratch_folder
from refseries.mail import address
from refseries.mail.message import Mail
from refseries.mail.read import STDIN, Unreadable, read
from refseries.model import Identity, Series, Version
from refseries.review import editing, states, store
from refseries.review.model import UNFINISHED, Kind, Review, State, Task, Trailer
from refseries.review.reading import classify, lkp, points, quotes, version_of
from refseries.review.reading.anchor import Anchorer, Certainty
from refseries.review.reading.version_lines import key
from refseries.series import store as series_store

_LISTS = re.compile(r"@(?:[\w.-]+\.)?(?:kernel\.org|kvack\.org|infradead\.org|linux\.dev)$")
_MAX_ID = 900
_MAX_REFERENCES = 30
_WITHDRAWN = re.compile(
    r"\b(?:never ?mind|scratch that|(?:please )?(?:ignore|disregard) (?:this|that|my)"
    r"|I (?:misread|misunderstood|take (?:this|that|it) back|withdraw))\b",
    re.IGNORECASE,
)


class Why(StrEnum):
    """Why a mail makes no new review."""

    KNOWN = "known"
    FOREIGN = "foreign"
    PATCH = "patch"
    AUTHOR = "author"
    EMPTY = "empty"
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
        withdrawn: ids of the tasks that their reviewer took back.
    """

    reviews: dict[str, Review] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    certainties: dict[str, Certainty] = field(default_factory=dict)
    withdrawn: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every mail could be read."""
        return not any(one.why is Why.UNREADABLE for one in self.left_out)


ReadAll = Callable[[Callable[[Unreadable], None]], Iterator[Mail]]
"""Reads all mails, each time it is called; the argument gets those that cannot be read."""


def run(
    series: Series, paths: Sequence[Path], version: str | None = None, *, dry_run: bool = False
) -> Imported:
    """Import the mails of ``paths`` into ``series/feedback/``.

    Args:
        paths: as ``mail.read.read`` takes them.
        version: which one the mails review, whatever they say themselves.
        dry_run: write nothing.

    Raises:
        SeriesError: there is no such file or version, or no mail of them belongs to the series;
            nothing is written then.
    """
    forced = series_store.version(series, version) if version else None
    with scratch_folder() as scratch:
        files = [_spooled(path, Path(scratch)) for path in paths]

        def read_all(lost: Callable[[Unreadable], None]) -> Iterator[Mail]:
            for path in files:
                yield from read(path, lost)

        if dry_run:
            return plan(read_all, series, store.load(series), forced)
        found = Imported()

        def change(reviews: tuple[Review, ...]) -> Iterable[Review]:
            nonlocal found
            found = plan(read_all, series, reviews, forced)
            return found.reviews.values()

        store.update(series, change)
        return found


def _spooled(path: Path, scratch: Path) -> Path:
    """Standard input as a file, as the mails are read twice."""
    if path != STDIN:
        return path
    file = scratch / "standard-input"
    with file.open("wb") as stream:
        shutil.copyfileobj(sys.stdin.buffer, stream)
    return file


def plan(
    read_all: ReadAll, series: Series, known: Sequence[Review], forced: Version | None = None
) -> Imported:
    """What importing the mails would make, without writing anything.

    Raises:
        SeriesError: a mail's file cannot be read, or none of the mails belongs to the series.
    """
    work = _Import(series, known, forced)
    for mail in read_all(lambda _mail: None):
        work.versions.survey(mail)
    mails = 0
    for mail in read_all(work.unreadable):
        mails += 1
        work.take(mail)
    found = work.found
    if all(one.why in (Why.FOREIGN, Why.UNREADABLE) for one in found.left_out) and not (
        found.reviews or found.new or found.withdrawn
    ):
        what = f"none of the {mails} mails reviews a version of `{series.name}`."
        hint = "Say which one it is about with `--version vN`."
        if mails == 1:
            what = f"the mail reviews no version of `{series.name}`."
        elif not mails:
            what, hint = "there is no mail that can be read.", "Save it again, with its headers."
        raise SeriesError(
            what,
            hint=hint,
            detail="\n".join(f"{one.source}: {one.text}" for one in found.left_out[:20]),
        )
    return found


class _Import:
    """One import: what is known, and what was found so far."""

    def __init__(self, series: Series, known: Sequence[Review], forced: Version | None) -> None:
        self.found = Imported()
        self.versions = version_of.Versions(series, known)
        self._forced = forced
        self._reviews = {one.name: one for one in known}

    def unreadable(self, mail: Unreadable) -> None:
        """Note a mail that cannot be read."""
        self.found.left_out.append(LeftOut(Why.UNREADABLE, mail.source, "", "", mail.why))

    def take(self, mail: Mail) -> None:
        """Make a review of ``mail``, or say why not."""
        about = version_of.subject(mail.subject)
        lines = quotes.parse(mail.body)
        if version_of.is_patch(mail, about, lines):
            self._leave_out(mail, Why.PATCH, "is a patch or a cover letter, no review.")
            return
        report = lkp.read(mail)
        answered = version_of.parents(mail)
        if report:
            about = version_of.subject(report.subject or mail.subject)
            answered = (report.answers, *answered)
        version = self._forced or self.versions.of(about, answered)
        if isinstance(version, str):
            self._leave_out(mail, Why.FOREIGN, version)
        elif name := self._known(mail, version):
            self._leave_out(mail, Why.KNOWN, f"is imported already, as {name}.")
        elif report:
            self._take_report(mail, version, report, about)
        elif mail.author.email.lower() in self.versions.authors:
            self._leave_out(mail, Why.AUTHOR, "is by an author of the series, no reviewer.")
        else:
            self._take_review(mail, version, about)

    def _leave_out(self, mail: Mail, why: Why, text: str) -> None:
        author = f"{mail.author.name} <{mail.author.email}>"
        self.found.left_out.append(LeftOut(why, mail.source, author, mail.subject, text))

    def _known(self, mail: Mail, version: Version) -> str:
        """The name of the review that was made of this very mail, empty when there is none."""
        message_id = _message_id(mail.message_id)
        for one in self._reviews.values():
            if message_id and one.message_id:
                if message_id == one.message_id:
                    return one.name
            elif (
                one.reviewer.email.lower() == _person(mail.author).email.lower()
                and one.date == (mail.date or version.date)
                and (mail.date is not None or self._says_the_same(mail, one))
            ):
                return one.name
        return ""

    def _says_the_same(self, mail: Mail, other: Review) -> bool:
        reading = points.read(quotes.parse(mail.body), mail.author)
        return [point.comment for point in reading.points] == [t.comment for t in other.tasks]

    def _take_report(
        self, mail: Mail, version: Version, report: lkp.Report, about: version_of.Subject
    ) -> None:
        found = self.versions.places(version)
        task = Task(
            id=states.next_id(tuple(self._reviews.values()), version.name, _person(mail.author)),
            kind=Kind.BUILD,
            state=State.OPEN,
            summary=report.summary,
            raised_on=version.name,
            reviewer=_person(mail.author),
            anchor=lkp.anchor(report, found, version_of.patch_of(about, found)),
            comment=report.text,
        )
        self.found.certainties[task.id] = Certainty.LINE if task.anchor.file else Certainty.NONE
        self._add(self._review(mail, version, (task,), ()))

    def _take_review(self, mail: Mail, version: Version, about: version_of.Subject) -> None:
        found = self.versions.places(version)
        patch = version_of.patch_of(about, found)
        reading = points.read(quotes.parse(mail.body, found.continues), mail.author)
        anchorer = Anchorer(found, reading.lines, patch)
        person = _person(mail.author)
        first = states.next_id(tuple(self._reviews.values()), version.name, person)
        stem, _, number = first.rpartition("-")
        numbers = count(int(number))
        tasks = []
        for point in reading.points:
            if self._withdraws(mail, reading, point):
                continue
            placed = anchorer.find(point)
            task = Task(
                id=f"{stem}-{next(numbers)}",
                kind=classify.kind(point.comment),
                state=State.OPEN,
                summary=classify.summary(point.comment),
                raised_on=version.name,
                reviewer=person,
                anchor=placed.anchor,
                comment=point.comment,
                quote=points.quoted(reading.lines, point),
                also=tuple(
                    _person(one)
                    for one in point.also
                    if one.email.lower() not in self.versions.authors
                ),
            )
            self.found.certainties[task.id] = placed.certainty
            tasks.append(task)
        trailers = tuple(
            Trailer(name, classify.one_line(value), patch) for name, value in reading.trailers
        )
        if tasks or trailers:
            self._add(self._review(mail, version, tuple(tasks), trailers))
        elif not self.found.withdrawn:
            self._leave_out(mail, Why.EMPTY, "asks for nothing, and gives no trailer.")

    def _withdraws(self, mail: Mail, reading: points.Reading, point: points.Point) -> bool:
        """Mark the task that ``point`` takes back, if it takes back one of the same reviewer."""
        if not _WITHDRAWN.search(point.comment):
            return False
        said = [
            key(line.text)
            for line in reading.lines[point.first : point.last]
            if line.depth == 1 and len(key(line.text)) >= len("GFP_USER")
        ]
        for one in self._reviews.values():
            for task in one.tasks:
                own = task.reviewer.email.lower() == mail.author.email.lower()
                if own and said and said[-1] in key(task.comment):
                    if task.state in UNFINISHED:
                        why = f"Withdrawn by the reviewer: {classify.summary(point.comment)}"
                        tasks = tuple(
                            states.obsolete(t, why) if t.id == task.id else t for t in one.tasks
                        )
                        self._add(replace(one, tasks=tasks))
                    self.found.withdrawn.append(task.id)
                    return True
        return False

    def _review(
        self, mail: Mail, version: Version, tasks: tuple[Task, ...], trailers: tuple[Trailer, ...]
    ) -> Review:
        person = _person(mail.author)
        answered = [one for one in reversed(version_of.parents(mail)) if _message_id(one)]
        return Review(
            name=editing.free_name(self._reviews, f"{version.name}-{states.nick(person)}"),
            version=version.name,
            reviewer=person,
            date=mail.date or version.date,
            tasks=tasks,
            trailers=trailers,
            message_id=_message_id(mail.message_id),
            link=_link(mail),
            subject=classify.one_line(mail.subject, 1000),
            references=tuple(answered[-_MAX_REFERENCES:]),
        )

    def _add(self, one: Review) -> None:
        if one.name not in self._reviews:
            self.found.new += [task.id for task in one.tasks]
        self._reviews[one.name] = one
        self.found.reviews[one.name] = one


def _person(identity: Identity) -> Identity:
    """Somebody as a file of ours can name him."""
    name = classify.one_line(identity.name.replace("<", " ").replace(">", " "))
    email = re.sub(r"[<>\s\x00-\x1f\x7f]+", "", identity.email)
    return Identity(name or email or "unknown", email)


def _message_id(text: str) -> str:
    return text if re.fullmatch(rf"[^<>\s\x00-\x1f\x7f]{{1,{_MAX_ID}}}", text) else ""


def _link(mail: Mail) -> str:
    """Where to read a mail, if it went to a list that lore keeps."""
    lists = any(_LISTS.search(person.email) for person in (*mail.to, *mail.cc))
    message_id = _message_id(mail.message_id)
    return address.archived(message_id) if lists and message_id else ""
