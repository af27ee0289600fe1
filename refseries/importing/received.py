# SPDX-License-Identifier: GPL-2.0-or-later
"""The versions of a series in received mails: which mail is which patch, and who tagged it.

The mails go by one at a time, and of each only its place is kept, so a mailbox may be far larger
than the memory. ``pick`` then goes through it once more for the mails of one version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from refseries.errors import SeriesError
from refseries.mail.message import Mail
from refseries.mail.subjects import Heading, parse
from refseries.model import Identity

MOST_MAILS = 200_000
"""A mailbox with more is no thread; about 1 KB is kept of each."""

_DIFF = re.compile(r"^(?:diff --git |--- a/|Index: )", re.M)
_DIFFSTAT = re.compile(r"^ \d+ files? changed", re.M)
_TRAILER = re.compile(r"^[ \t]*([A-Za-z][A-Za-z-]{0,40}-by):\s+(\S.{0,400}?)\s*$", re.M)
_ADDRESS = re.compile(r"(?P<name>[^<>]*?)\s*<?(?P<email>[^\s<>@]+@[^\s<>@]+)>?")


@dataclass(frozen=True)
class Tag:
    """A trailer that somebody gave in a reply; ``number`` of its patch, 0 for the whole series."""

    number: int
    line: str


@dataclass(frozen=True)
class Posted:
    """One version as it was posted.

    Attributes:
        sources: of the mail of each patch, in order; ``Mail.source`` finds it again.
        cover: source of the cover letter; None without one.
        message_id: of the first mail.
        tags: trailers given in replies, each once.
        doubtful: trailers in replies whose address is not the sender's; nobody vouches for them.
    """

    version: int
    sources: tuple[str, ...]
    cover: str | None
    message_id: str
    date: datetime | None
    tags: tuple[Tag, ...] = ()
    doubtful: tuple[str, ...] = ()


@dataclass
class _Entry:
    """What is kept of a mail."""

    source: str
    message_id: str
    above: tuple[str, ...]  # what it answers, the nearest first
    author: Identity
    date: datetime | None
    heading: Heading
    place: int | None  # number of its patch, 0 for a cover letter, None for a reply
    trailers: tuple[tuple[str, str], ...] = ()
    version: int = 1


@dataclass
class _Group:
    """Mails that are one version in one thread."""

    version: int
    places: dict[int, _Entry] = field(default_factory=dict)

    @property
    def total(self) -> int:
        counted = [e.heading.total for e in self.places.values()]
        return max([*counted, *self.places, 1])

    @property
    def missing(self) -> list[int]:
        return [number for number in range(1, self.total + 1) if number not in self.places]

    @property
    def first(self) -> _Entry:
        return self.places[min(self.places)]


def gather(mails: Iterable[Mail], source: str) -> tuple[Posted, ...]:
    """Every version in ``mails``, the lowest first.

    Args:
        source: the file or link, for errors.

    Raises:
        SeriesError: there is no patch, a version is not complete, or two series claim its number.
    """
    entries = _entries(mails, source)
    by_id = {entry.message_id: entry for entry in entries if entry.message_id}
    groups: dict[tuple[int, str], _Group] = {}
    for entry in entries:
        if entry.place is None:
            continue
        entry.version = _version(entry, by_id)
        key = (entry.version, _root(entry, by_id))
        group = groups.setdefault(key, _Group(entry.version))
        there = group.places.setdefault(entry.place, entry)
        if there is not entry:
            raise _twice(source, there, entry)
    if not any(number for group in groups.values() for number in group.places):
        raise SeriesError(
            "holds no patch.",
            where=source,
            hint="Give the whole thread, as `b4 mbox` and the archive's mbox link have it.",
        )
    chosen = [_choose(found, source) for found in _by_version(groups.values())]
    given = _given(entries, by_id)
    return tuple(_posted(group, given) for group in chosen)


def pick(mails: Iterable[Mail], posted: Posted) -> tuple[Mail | None, tuple[Mail, ...]]:
    """The cover letter and the patches of ``posted`` out of the mails that it was gathered from."""
    wanted = {*posted.sources, posted.cover}
    found: dict[str | None, Mail] = {}
    for mail in mails:
        if mail.source in wanted:
            found[mail.source] = mail
            if len(found) == len(wanted - {None}):
                break
    return found.get(posted.cover), tuple(found[name] for name in posted.sources)


def _entries(mails: Iterable[Mail], source: str) -> list[_Entry]:
    entries: list[_Entry] = []
    seen: set[str] = set()
    for mail in mails:
        if mail.message_id in seen:
            continue  # a mail that came by two ways
        if mail.message_id:
            seen.add(mail.message_id)
        entries.append(_entry(mail))
        if len(entries) > MOST_MAILS:
            raise SeriesError(
                f"holds more than {MOST_MAILS} mails.",
                where=source,
                hint="Save the thread of the series alone.",
            )
    return entries


def _entry(mail: Mail) -> _Entry:
    heading = parse(mail.subject)
    above = [mail.in_reply_to, *reversed(mail.references)]
    place: int | None = None
    trailers: tuple[tuple[str, str], ...] = ()
    if not heading.reply and _DIFF.search(mail.body):
        place = heading.number
    elif not heading.reply and (heading.number == 0 or _is_bare_cover(heading, mail)):
        place = 0
    if place is None:
        said = mail.body.split("\n-- \n", 1)[0]
        trailers = tuple(dict.fromkeys(_TRAILER.findall(said[:200_000])))[:100]
        trailers = tuple((name, value) for name, value in trailers if value.isprintable())
    return _Entry(
        source=mail.source,
        message_id=mail.message_id,
        above=tuple(dict.fromkeys(name for name in above if name))[:50],
        author=mail.author,
        date=mail.date,
        heading=heading,
        place=place,
        trailers=trailers,
    )


def _is_bare_cover(heading: Heading, mail: Mail) -> bool:
    return heading.patch and not heading.numbered and bool(_DIFFSTAT.search(mail.body))


def _parent(entry: _Entry, by_id: Mapping[str, _Entry]) -> _Entry | None:
    return next((by_id[name] for name in entry.above if name in by_id), None)


def _version(entry: _Entry, by_id: Mapping[str, _Entry]) -> int:
    """What the subject says; a patch without a version has the one of its cover letter."""
    if entry.heading.versioned:
        return entry.heading.version
    parent = _parent(entry, by_id)
    if parent and parent.place == 0 and entry.place and parent.heading.versioned:
        return parent.heading.version
    return 1


def _root(entry: _Entry, by_id: Mapping[str, _Entry]) -> str:
    """The topmost mail that ``entry`` hangs below and that is of its version; known or not."""
    at, seen = entry, {entry.message_id}
    while parent := _parent(at, by_id):
        if parent.heading.numbered and not entry.heading.numbered:
            break  # a patch that somebody put into the talk about a series
        if parent.place is None or parent.message_id in seen:
            break
        if _version(parent, by_id) != _version(entry, by_id):
            break
        seen.add(parent.message_id)
        at = parent
    if not at.above or _parent(at, by_id):
        return at.message_id
    return at.above[0]


def _by_version(groups: Iterable[_Group]) -> list[list[_Group]]:
    found: dict[int, list[_Group]] = {}
    for group in groups:
        found.setdefault(group.version, []).append(group)
    return [
        found[version] for version in sorted(found) if any(any(g.places) for g in found[version])
    ]


def _choose(groups: list[_Group], source: str) -> _Group:
    """The one series among what claims to be one version.

    Raises:
        SeriesError: none of it is complete, or it is more than one series.
    """
    complete = [group for group in groups if not group.missing]
    if not complete:
        return _whole(groups, source)
    most = max(len(group.places) for group in complete)
    largest = [group for group in complete if len(group.places) == most]
    titles = {
        tuple(group.places[n].heading.title for n in sorted(group.places)) for group in largest
    }
    if len(titles) > 1:
        raise _twice(source, largest[0].first, largest[1].first)
    # The same once more: somebody sent it again.
    return max(largest, key=lambda group: (group.first.date is not None, str(group.first.date)))


def _whole(groups: list[_Group], source: str) -> _Group:
    """Mails that are in no thread with each other, put together by their subjects."""
    whole = _Group(groups[0].version)
    for group in groups:
        for place, entry in group.places.items():
            there = whole.places.setdefault(place, entry)
            if there is not entry:
                raise _twice(source, there, entry)
    if missing := whole.missing:
        numbers = ", ".join(f"{number}/{whole.total}" for number in missing[:10])
        more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
        raise SeriesError(
            f"v{whole.version} is not complete: {numbers}{more} of it is not there.",
            where=source,
            hint="Get the whole thread: `b4 mbox MESSAGE-ID`, or the archive's mbox link.",
        )
    return whole


def _twice(source: str, one: _Entry, other: _Entry) -> SeriesError:
    return SeriesError(
        f"two mails are patch {one.place} of v{one.version}: "
        f"`{one.heading.title}` and `{other.heading.title}`.",
        where=source,
        hint=f"Leave one of the two series out; the mails are {one.source} and {other.source}.",
    )


def _given(entries: Iterable[_Entry], by_id: Mapping[str, _Entry]) -> dict[str, list[_Entry]]:
    """The replies that hold trailers, by the patch or cover letter that they stand below."""
    given: dict[str, list[_Entry]] = {}
    for entry in entries:
        if not entry.trailers:
            continue
        at, seen = _parent(entry, by_id), {entry.message_id}
        while at and at.place is None and at.message_id not in seen:
            seen.add(at.message_id)
            at = _parent(at, by_id)
        if at and at.place is not None:
            given.setdefault(at.message_id, []).append(entry)
    return given


def _posted(group: _Group, given: Mapping[str, list[_Entry]]) -> Posted:
    tags: dict[Tag, None] = {}
    doubtful: dict[str, None] = {}
    for number, entry in sorted(group.places.items()):
        for reply in given.get(entry.message_id, ()):
            for name, value in reply.trailers:
                line = f"{name}: {value}"
                if _vouches(reply.author, value):
                    tags[Tag(number, line)] = None
                else:
                    doubtful[line] = None
    numbers = range(1, group.total + 1)
    cover = group.places.get(0)
    return Posted(
        version=group.version,
        sources=tuple(group.places[number].source for number in numbers),
        cover=cover.source if cover else None,
        message_id=group.first.message_id,
        date=group.first.date,
        tags=tuple(tags),
        doubtful=tuple(doubtful),
    )


def _vouches(sender: Identity, value: str) -> bool:
    """Whether a trailer names who sent it, by address or by name, as b4 wants it."""
    found = _ADDRESS.match(value)
    if found is None:
        return False
    same_name = found["name"].strip('" ').casefold() == sender.name.casefold() != ""
    return same_name or found["email"].casefold() == sender.email.casefold()
