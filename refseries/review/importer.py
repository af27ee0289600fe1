# SPDX-License-Identifier: GPL-2.0-or-later
"""What each mail of an import becomes: a review, answers to tasks, or left out with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from msgspec.structs import replace

from refseries.mail.message import Mail
from refseries.mail.read import Unreadable
from refseries.model import Series, Version
from refseries.review import editing, keep, people, states
from refseries.review.imported import Imported, LeftOut, Why
from refseries.review.model import Kind, Remark, Review, State, Task, Trailer
from refseries.review.reading import (
    automatic,
    classify,
    discussion,
    lkp,
    program_review,
    quotes,
    reply_tags,
    speakers,
    version_of,
)
from refseries.review.reading import points as reading_points
from refseries.review.reading.anchor import Anchorer, Certainty
from refseries.review.reading.quotes import MailLine

_MAX_REFERENCES = 30


class Importer:
    """One import: what is known, and what was found so far."""

    def __init__(self, series: Series, known: Sequence[Review], forced: Version | None) -> None:
        self.found = Imported()
        self.versions = version_of.Versions(series, known)
        self._series = series
        self._forced = forced
        self._reviews = {one.name: one for one in known}
        self._circle = people.Circle(series, known)

    def survey(self, mail: Mail) -> None:
        """Note what ``mail`` tells about the others."""
        self.versions.survey(mail)
        if not mail.in_reply_to or mail.author.email.lower() in self.versions.authors:
            self._circle.posted(mail)

    def unreadable(self, mail: Unreadable) -> None:
        """Note a mail that cannot be read."""
        self.found.left_out.append(LeftOut(Why.UNREADABLE, mail.source, "", "", mail.why))

    def take(self, mail: Mail) -> None:
        """Make a review of ``mail``, or say why not."""
        about = version_of.subject(mail.subject)
        lines = quotes.parse(mail.body[: quotes.HEAD])
        is_patch = version_of.is_patch(mail, about, lines)
        if keep.too_long(mail) and not is_patch:
            text = f"has more than {quotes.MAX_LINES:,} lines, which are not looked at."
            self._leave_out(mail, Why.UNREADABLE, text)
            return
        if found := automatic.notice(mail):
            self._take_notice(mail, found, about)
            return
        if is_patch:
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
            self._take_answer(mail, version, about)
        else:
            self._take_review(mail, version, about)

    def _take_notice(self, mail: Mail, notice: automatic.Notice, about: version_of.Subject) -> None:
        """Leave out what a program sent; what it says of the version is kept."""
        version = self._forced or self.versions.of(about, version_of.parents(mail))
        if isinstance(version, str) or not notice.taken:
            self._leave_out(mail, Why.AUTOMATIC, notice.why)
        elif name := self._known(mail, version):
            self._leave_out(mail, Why.KNOWN, f"is imported already, as {name}.")
        else:
            self._take_taken(mail, version, notice.taken)

    def _take_taken(self, mail: Mail, version: Version, words: str) -> None:
        one = self._review(mail, version, (), ())
        self._add(replace(one, taken=classify.one_line(words)))
        self._leave_out(mail, Why.TAKEN, f"says that {version.name} was taken.")

    def _leave_out(self, mail: Mail, why: Why, text: str) -> None:
        author = f"{mail.author.name} <{mail.author.email}>"
        self.found.left_out.append(LeftOut(why, mail.source, author, mail.subject, text))

    def _known(self, mail: Mail, version: Version) -> str:
        """The name of the review that was made of this very mail, empty when there is none."""
        message_id = keep.message_id(mail.message_id)
        for one in self._reviews.values():
            if message_id and one.message_id:
                if message_id == one.message_id:
                    return one.name
            elif one.reviewer.key == keep.person(mail.author).key and (
                one.digest == keep.digest(mail) if mail.date is None else one.date == mail.date
            ):
                return one.name
        return ""

    def _lines(self, mail: Mail, version: Version) -> tuple[MailLine, ...]:
        names = speakers.quoted_as((*mail.to, *mail.cc, self._series.identity))
        return quotes.parse(mail.body, self.versions.places(version).continues, names)

    def _read(
        self, mail: Mail, version: Version, lines: tuple[MailLine, ...]
    ) -> reading_points.Reading:
        people = (*mail.to, *mail.cc, self._series.identity)
        authors = self.versions.authors | self.versions.places(version).authors
        company = speakers.company(lines, people, authors)
        return reading_points.read(lines, mail.author, company)

    def _take_report(
        self, mail: Mail, version: Version, report: lkp.RobotReport, about: version_of.Subject
    ) -> None:
        found = self.versions.places(version)
        person = keep.person(mail.author)
        task = Task(
            id=states.next_id(tuple(self._reviews.values()), version.name, person),
            kind=Kind.BUILD,
            state=State.OPEN,
            summary=report.summary,
            reviewer=person,
            anchor=lkp.anchor(report, found, version_of.patch_of(about, found)),
            comment=keep.cut(report.text),
        )
        self.found.certainties[task.id] = Certainty.LINE if task.anchor.file else Certainty.NONE
        self._add(self._review(mail, version, (task,), ()))

    def _take_review(self, mail: Mail, version: Version, about: version_of.Subject) -> None:
        found = self.versions.places(version)
        patch = version_of.patch_of(about, found)
        lines = self._lines(mail, version)
        by_program = automatic.is_robot(mail)
        if by_program:
            lines = quotes.without_tail(lines)
        reading = self._read(mail, version, lines)
        if by_program:
            reading = program_review.as_one(program_review.without_overview(reading))
        anchorer = Anchorer(found, reading.lines, patch)
        person = keep.person(mail.author)
        first = states.next_id(tuple(self._reviews.values()), version.name, person)
        stem, _, number = first.rpartition("-")
        numbers = count(int(number))
        tasks = []
        before = len(self.found.joined)
        points, joined = self._join(mail, version, reading)
        for point in points:
            placed = anchorer.find(point)
            task = Task(
                id=f"{stem}-{next(numbers)}",
                kind=classify.kind(point.comment),
                state=State.OPEN,
                summary=(
                    program_review.summary(reading, point)
                    if by_program
                    else classify.summary(point.comment)
                ),
                reviewer=person,
                anchor=placed.anchor,
                comment=keep.cut(point.comment),
                quote=keep.cut(reading_points.quoted(reading.lines, point)),
                also=tuple(
                    keep.person(one)
                    for one in point.also
                    if one.email.lower() not in self.versions.authors
                ),
            )
            self.found.certainties[task.id] = placed.certainty
            tasks.append(task)
        trailers = reply_tags.tags_given(mail, reading, patch, _names(version))
        if tasks or trailers:
            one = self._review(mail, version, tuple(tasks), trailers)
            self._add(replace(one, taken=classify.one_line(reading.taken)))
        elif reading.taken:
            self._take_taken(mail, version, reading.taken)
        elif joined and len(self.found.joined) == before:
            self._leave_out(mail, Why.KNOWN, f"is part of the discussion of {joined[0]}.")
        elif not joined:
            said = ", ".join(dict.fromkeys(aside.why for aside in reading.asides))
            why = f" ({said})" if said else ""
            self._leave_out(mail, Why.EMPTY, f"asks for nothing{why}, and gives no trailer.")
            if not by_program:
                self._add(self._review(mail, version, (), ()))  # who wrote it takes part

    def _join(
        self, mail: Mail, version: Version, reading: reading_points.Reading
    ) -> tuple[list[reading_points.Point], list[str]]:
        """The points that answer no task, and the ids of the tasks that the others answer."""
        person = keep.person(mail.author)
        by_author = mail.author.email.lower() in self.versions.authors
        rest, ids = list(reading.points), []
        for said in discussion.remarks(reading):
            remark = Remark(
                person,
                mail.date or version.date,
                keep.cut(discussion.text_of(said)),
                keep.message_id(mail.message_id),
            )
            reviews = [one for one in self._reviews.values() if one.version == version.name]
            answered = version_of.parents(mail)
            found = discussion.join(
                said, remark, reading.lines, reviews, answered, self._series, by_author=by_author
            )
            if found is None:
                continue
            ids.append(found.task.id)
            if isinstance(said, reading_points.Point):
                rest.remove(said)
            if not found.known:
                self._add(found.review)
                self.found.joined.append(found.task.id)
            if found.withdrawn:
                self.found.withdrawn.append(found.task.id)
        return rest, ids

    def _take_answer(self, mail: Mail, version: Version, about: version_of.Subject) -> None:
        """Join what an author answers to the tasks; what answers none is left out.

        A tag of his for the patch of another author is as good as anybody's.
        """
        lines = self._lines(mail, version)
        before = len(self.found.joined)
        reading = self._read(mail, version, lines)
        rest, ids = self._join(mail, version, reading)
        patch = version_of.patch_of(about, self.versions.places(version))
        given = reply_tags.tags_given(mail, reading, patch, _names(version))
        if own := reply_tags.vouched(mail, given):
            self._add(self._review(mail, version, (), own))
        elif not ids:
            self._leave_out(mail, Why.AUTHOR, "is by an author of the series, no reviewer.")
        elif len(self.found.joined) == before:
            self._leave_out(mail, Why.KNOWN, f"is part of the discussion of {ids[0]}.")
        elif rest:
            what = "by an author of the series; what answers no task is left out."
            self._leave_out(mail, Why.AUTHOR, f"is {what}")

    def _review(
        self, mail: Mail, version: Version, tasks: tuple[Task, ...], trailers: tuple[Trailer, ...]
    ) -> Review:
        person = keep.person(mail.author)
        answered = [one for one in reversed(version_of.parents(mail)) if keep.message_id(one)]
        return Review(
            name=editing.free_name(self._reviews, f"{version.name}-{states.nick(person)}"),
            version=version.name,
            reviewer=person,
            date=mail.date or version.date,
            tasks=tasks,
            trailers=trailers,
            message_id=keep.message_id(mail.message_id),
            digest=keep.digest(mail) if mail.date is None else "",
            link=keep.link(mail),
            subject=classify.one_line(mail.subject, 1000),
            references=tuple(answered[-_MAX_REFERENCES:]),
            people=self._circle.added(mail),
        )

    def _add(self, one: Review) -> None:
        if one.name not in self._reviews:
            self.found.new += [task.id for task in one.tasks]
        self._reviews[one.name] = one
        self.found.reviews[one.name] = one


def _names(version: Version) -> list[str]:
    return [path.name for path in version.patches]
