# SPDX-License-Identifier: GPL-2.0-or-later
"""Which version a mail is about, and which patch of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from refseries.mail import subjects
from refseries.mail.message import Mail
from refseries.model import Series, Version
from refseries.review.model import COVER, Review
from refseries.review.reading import speakers
from refseries.review.reading.quotes import HEAD, LineKind, MailLine, parse
from refseries.review.reading.version_lines import Places
from refseries.review.reading.version_lines import places_of as places_of

_BRACKETS = re.compile(r"\s*\[(?P<inside>[^\[\]]{0,200})\]")
_MOST_ABOVE = 2000  # mails that are looked at for whose answer one is
_LONGEST = 1000  # characters of a subject that are looked at
_LIKE = 0.85  # how much of a title must be the same; people fix a subject now and then
_NEAR = 400  # characters of a title that are compared


@dataclass(frozen=True)
class Subject:
    """A subject taken apart.

    Attributes:
        version: of ``[PATCH v3 2/4]``: 3; 0 when it says none.
        number, total: 2 and 4; -1 and 0 when it says none. 0 is the cover.
        title: without prefixes.
        reply: whether it starts with ``Re:`` or the like.
        patch: whether it says ``PATCH`` or ``RFC``.
    """

    version: int
    number: int
    total: int
    title: str
    reply: bool
    patch: bool


def subject(text: str) -> Subject:
    """Take the subject of a mail apart, as a person reads it.

    A reply may be marked in any language, in front of brackets or behind those of a list.
    ``mail.subjects`` sees what b4 sees, which is less.
    """
    text = text[:_LONGEST]
    reply = patch = False
    version, number, total = 0, -1, 0
    while True:
        if found := subjects.ANSWER.match(text):
            reply = True
        elif found := subjects.GATE.match(text):
            pass
        elif found := _BRACKETS.match(text):
            inside = found["inside"]
            if re.search(r"PATCH|RFC", inside, re.IGNORECASE):
                patch = True
                if v := re.search(r"(?<![a-z])(?:PATCH-?)?v(\d{1,4})\b", inside, re.IGNORECASE):
                    version = int(v.group(1))
                if part := re.search(r"\b(\d{1,4})/(\d{1,4})\b", inside):
                    number, total = int(part.group(1)), int(part.group(2))
        else:
            break
        text = text[found.end() :]
    return Subject(version, number, total, " ".join(text.split()), reply, patch)


def fits(title: str, known: Iterable[str]) -> bool:
    """Whether ``title`` is one of ``known``, or nearly."""
    wanted = _plain(title)
    for candidate in map(_plain, known):
        if wanted == candidate:
            return bool(wanted)
        matcher = SequenceMatcher(None, wanted, candidate, autojunk=False)
        if matcher.real_quick_ratio() >= _LIKE and matcher.ratio() >= _LIKE:
            return True
    return False


def _plain(title: str) -> str:
    return " ".join(re.findall(r"\w+", title[:_NEAR].lower()))


def parents(mail: Mail) -> tuple[str, ...]:
    """The message ids that a mail answers, the nearest first."""
    answered = (mail.in_reply_to, *reversed(mail.references))
    return tuple(dict.fromkeys(one for one in answered if one and one != mail.message_id))


def patch_of(about: Subject, places: Places) -> str:
    """The patch of a version that a subject names: a file, ``cover``, or empty for none."""
    names = list(places.subjects)
    if about.number == 0:
        return COVER
    exact = [name for name, title in places.subjects.items() if fits(about.title, (title,))]
    if len(exact) == 1:
        return exact[0]
    if 0 < about.number <= len(names) == about.total:
        return names[about.number - 1]
    return names[0] if len(names) == 1 and not about.total else ""


def is_patch(mail: Mail, about: Subject, lines: Sequence[MailLine]) -> bool:
    """Whether a mail is a patch or a cover letter.

    A missing ``Re:`` alone does not tell: an archive's page of a review has none.
    """
    if not about.patch or about.reply or any(line.part is LineKind.ATTRIBUTION for line in lines):
        return False
    diff = any(line.depth == 0 and line.text.startswith("diff --git ") for line in lines)
    quotes = any(line.part is LineKind.QUOTE for line in lines)
    return diff or about.number == 0 or (bool(mail.message_id) and not quotes)


class Versions:
    """The versions of a series, and what all mails at hand tell about who answers what.

    Attributes:
        authors: addresses, in lower case, of those whose patches are reviewed.
    """

    def __init__(self, series: Series, reviews: Sequence[Review]) -> None:
        self.authors = {series.identity.email.lower()}
        self._series = series
        self._places: dict[str, Places] = {}
        self._parents: dict[str, tuple[str, ...]] = {}
        self._above: dict[tuple[str, ...], Version | None] = {}
        by_name = {version.name: version for version in series.versions}
        self._posted = {one.message_id: one for one in series.versions if one.message_id}
        self._of_mail = {
            one.message_id: by_name[one.version]
            for one in reviews
            if one.message_id and one.version in by_name
        } | self._posted
        for one in reviews:
            for remark in (remark for task in one.tasks for remark in task.discussion):
                if remark.message_id and one.version in by_name:
                    self._of_mail.setdefault(remark.message_id, by_name[one.version])

    def places(self, version: Version) -> Places:
        """The lines of ``version``, read once.

        Raises:
            SeriesError: a patch cannot be read.
        """
        if version.name not in self._places:
            found = self._places[version.name] = places_of(version)
            if len(found.authors) == 1:  # of several, each may review the others
                self.authors |= found.authors
        return self._places[version.name]

    def survey(self, mail: Mail) -> None:
        """Note who answers whom, which mails are patches, and whose."""
        self._above.clear()
        about = subject(mail.subject)
        version = self.named(about)
        if mail.message_id:
            self._parents.setdefault(mail.message_id, parents(mail))
            if version:
                self._of_mail.setdefault(mail.message_id, version)
        posted = mail.in_reply_to in self._posted
        if not version and not posted:
            return
        lines = parse(mail.body[:HEAD])
        if version and is_patch(mail, about, lines):
            self.authors.add(mail.author.email.lower())
        # Whom the first answer to a version quotes is who posted it.
        if posted:
            self.authors |= {
                who.email.lower() for _at, depth, who in speakers.people_quoted(lines) if depth == 1
            }

    def named(self, about: Subject) -> Version | None:
        """The version that a subject names."""
        for version in self._series.versions:
            if about.patch and version.number == (about.version or 1):
                return version if fits(about.title, self._titles(version)) else None
        return None

    def _titles(self, version: Version) -> tuple[str, ...]:
        """What the mails of a version may be called after."""
        found = self.places(version)
        heading = next((line for line in found.texts[COVER].lines if line.strip()), "")
        return (self._series.title, *found.subjects.values(), heading.lstrip("# "))

    def of(self, about: Subject, answered: Sequence[str]) -> Version | str:
        """The version that a mail reviews, or why there is none.

        Args:
            about: its subject.
            answered: message ids of the mails that it answers, the nearest first.
        """
        found = self._nearest(answered)
        if found and about.version in (0, found.number):
            return found
        if named := self.named(about):
            return named
        if about.version and about.version not in {one.number for one in self._series.versions}:
            return f"is about v{about.version}, which the series does not have."
        return "neither its subject nor what it answers belongs to a version of the series."

    def _nearest(self, answered: Sequence[str]) -> Version | None:
        """The version of the nearest of these mails, or of those that they answer."""
        seen: set[str] = set()
        level = tuple(answered)
        looked_at = 0
        while level and looked_at <= _MOST_ABOVE:
            # What is above a mail is the same whichever answer to it asks.
            if level in self._above and looked_at:
                break
            following: list[str] = []
            for message_id in level:
                if message_id in self._of_mail:
                    return self._remember(answered, self._of_mail[message_id])
                if message_id not in seen:  # threads do have loops
                    seen.add(message_id)
                    following += self._parents.get(message_id, ())
            looked_at += len(level)
            level = tuple(following[:_MOST_ABOVE])
        return self._remember(answered, self._above.get(level))

    def _remember(self, answered: Sequence[str], found: Version | None) -> Version | None:
        self._above[tuple(answered)] = found
        return found
