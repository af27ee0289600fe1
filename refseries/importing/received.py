# SPDX-License-Identifier: GPL-2.0-or-later
"""The versions of a series in received mails: which mail is which patch, and who tagged it.

The mails go by one at a time, and of each only its place is kept, so a mailbox may be far larger
than the memory. ``pick`` then goes through it once more for the mails of the versions wanted. Where
b4 makes a choice, it is the same here; whatever is in no version is named with the reason.
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from refseries.errors import SeriesError
from refseries.host.text import counted
from refseries.importing import posting_choice, tag_scope, thread_mail
from refseries.importing.posting_choice import Claimant
from refseries.importing.thread_mail import ThreadMail
from refseries.importing.thread_tree import ThreadTree
from refseries.mail import subjects
from refseries.mail.message import Mail
from refseries.series import trailers

MOST_MAILS = 25_000
"""A mailbox with more is no thread; about 1 KB is kept of each."""

MOST_PATCHES = 4000
"""Of all versions together; each costs git several processes."""

_MOST_ABOVE = (
    20  # answers between a trailer and a mail that says by nothing that it is a cover letter
)
_NONE = -1  # version of a patch that is in none


class LeftKind(StrEnum):
    """What is not taken: a whole version, or a piece of a thread."""

    VERSION = "version"
    PATCH = "patch"
    COVER = "cover letter"
    TRAILER = "trailer"
    MAIL = "mail"


@dataclass(frozen=True)
class NotTaken:
    """Something in the mails that is in no version.

    Attributes:
        name: ``v3``, the subject of a mail, or a trailer.
        sources: the mails.
        version: of a version, or of a patch that claims to be of one; 0 where none can be read.
        hint: what to do about it; empty where nothing is to be done.
    """

    kind: LeftKind
    name: str
    why: str
    sources: tuple[str, ...] = ()
    version: int = 0
    hint: str = ""


@dataclass(frozen=True)
class Tag:
    """A trailer that somebody gave in a reply; ``number`` of its patch, 0 for the whole series.

    ``given_to``: another posting of the same patch, where it was given to that.
    """

    number: int
    line: str
    given_to: str = ""


@dataclass(frozen=True)
class Posted:
    """One version as it was posted.

    Attributes:
        version: 0 where its subjects cannot be read.
        sources: of the mail of each patch, in order; ``Mail.source`` finds it again.
        cover: source of the cover letter; None without one.
        message_id: of the first mail.
        tags: trailers given in replies, each once.
        doubtful: trailers in replies whose address is not the sender's; nobody vouches for them.
        remarks: what is unusual about it.
        borrowed: numbers of the mails that are the version's before; 0 is the cover letter.
        odd: what its subjects say instead of a version, such as ``v2.1``.
    """

    version: int
    sources: tuple[str, ...]
    cover: str | None
    message_id: str
    date: datetime | None
    tags: tuple[Tag, ...] = ()
    doubtful: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    borrowed: tuple[int, ...] = ()
    odd: str = ""


@dataclass(frozen=True)
class Thread:
    """All that is in the mails: the versions that are whole, the lowest first, and the rest.

    One whose number cannot be read is the last.
    """

    posted: tuple[Posted, ...]
    not_taken: tuple[NotTaken, ...]


def gather(mails: Iterable[Mail], source: str, asked: str = "") -> Thread:
    """Sort ``mails`` by versions.

    Args:
        source: the file or link, for errors.
        asked: the id of a mail; of series that say they are one version, the one that holds it
            is taken.

    Raises:
        SeriesError: there is no patch, or ``look`` raises one.
    """
    thread = look(mails, source, asked)
    if not thread.posted and not any(one.kind is LeftKind.VERSION for one in thread.not_taken):
        raise SeriesError(
            "holds no patch.",
            where=source,
            hint="Give the whole thread, as `b4 mbox` and the archive's mbox link have it.",
            detail="\n".join(f"{one.name}: {one.why}" for one in thread.not_taken[:20]),
        )
    return thread


def look(mails: Iterable[Mail], source: str, asked: str = "") -> Thread:
    """As ``gather``, also of mails that hold no patch.

    Raises:
        SeriesError: there are more than ``MOST_MAILS``, or ``MOST_PATCHES``, or none is ``asked``.
    """
    left: list[NotTaken] = []
    kept = _keep(mails, source, left)
    if asked and not any(mail.message_id == asked for mail in kept):
        raise SeriesError(
            f"holds no mail <{asked}>.",
            where=source,
            hint="Copy the id from the header Message-ID of one of its mails.",
        )
    tree = ThreadTree(kept)
    by_version = _by_version(kept, tree, left)
    if sum(bool(mail.place) for found in by_version.values() for mail in found) > MOST_PATCHES:
        raise _too_many(source, f"{MOST_PATCHES} patches")
    claims: dict[int, Claimant] = {}
    numbers = {number for number, found in by_version.items() if any(m.place for m in found)}
    # What says v2.1 comes last: it may be v2 with a patch anew.
    for number, found in sorted(by_version.items(), key=lambda one: (not one[0], one[0])):
        if number not in numbers:
            continue
        before = claims.get(number - 1 if number else subjects.near(found[0].heading.unread))
        claim, others = posting_choice.choose(found, tree, before, numbers, asked)
        if number > 2 and number - 1 not in numbers and 0 not in claim.places:
            claim.hint = f"v{number - 1}, which it may be a part of anew, is not here. {claim.hint}"
        left += _rest(claim, others)
        if claim.whole:
            claims[number] = claim
    left += _covers_alone(by_version, numbers, claims)
    given = _given(kept, tree)
    posted = tuple(_posted(claim, kept, given) for claim in claims.values())
    left += _of_answers(kept, given, claims.values())
    return Thread(posted, tuple(left))


def pick(mails: Iterable[Mail], posted: Sequence[Posted]) -> dict[str, Mail]:
    """The mails of ``posted`` by their sources, out of those that they were gathered from."""
    wanted = {name for one in posted for name in (*one.sources, one.cover) if name is not None}
    found: dict[str, Mail] = {}
    for mail in mails:
        if mail.source in wanted:
            found[mail.source] = mail
            if len(found) == len(wanted):
                break
    return found


def _keep(mails: Iterable[Mail], source: str, left: list[NotTaken]) -> list[ThreadMail]:
    kept: list[ThreadMail] = []
    seen: dict[str, ThreadMail] = {}
    for count, mail in enumerate(mails, 1):
        if count > MOST_MAILS:
            raise _too_many(source, f"{MOST_MAILS} mails")
        one = thread_mail.thread_mail_of(mail)
        first = seen.setdefault(one.message_id, one) if one.message_id else one
        if first is one:
            kept.append(one)
        elif first.digest != one.digest:  # the same is a mail that came by two ways
            why = f"its Message-ID is that of {first.source}, which says something else"
            left.append(NotTaken(LeftKind.MAIL, one.heading.text, why, (one.source,)))
    return kept


def _too_many(source: str, what: str) -> SeriesError:
    return SeriesError(
        f"holds more than {what}.", where=source, hint="Save the thread of the series alone."
    )


def _by_version(
    kept: Iterable[ThreadMail], tree: ThreadTree, left: list[NotTaken]
) -> dict[int, list[ThreadMail]]:
    found: dict[int, list[ThreadMail]] = {}
    for mail in kept:
        if mail.place is None:
            continue
        if why := tree.stray(mail):
            mail.version = _NONE
            left.append(NotTaken(LeftKind.PATCH, mail.heading.text, why, (mail.source,)))
            continue
        mail.version = tree.version(mail)
        found.setdefault(mail.version, []).append(mail)
    return found


def _rest(claim: Claimant, others: Iterable[Claimant]) -> list[NotTaken]:
    """What says that it is the version of ``claim`` and is not in it, or all of it."""
    left = [] if claim.whole else [_not_whole(claim)]
    for passed in claim.passed:
        kind = LeftKind.PATCH if passed.mail.place else LeftKind.COVER
        if passed.mail in claim.again:  # nothing is lost with it
            kind = LeftKind.MAIL
        said = passed.mail.heading.text
        left.append(NotTaken(kind, said, passed.why, (passed.mail.source,), claim.version))
    return [*left, *(_beaten(other, claim) for other in others)]


def _named(claim: Claimant) -> str:
    return f"v{claim.version}" if claim.version else f"`{claim.first.heading.text}`"


def _not_whole(claim: Claimant) -> NotTaken:
    """A version that is not all there."""
    why, hint = claim.problem
    if not claim.version:
        why = f"`{claim.first.heading.unread}` is no version that can be read; {why}"
    mails = dict.fromkeys((*claim.clash, *claim.places.values()))
    sources = tuple(mail.source for mail in mails if mail.version == claim.version)
    return NotTaken(LeftKind.VERSION, _named(claim), why, sources, claim.version, hint)


def _beaten(other: Claimant, claim: Claimant) -> NotTaken:
    """What says that it is the version which ``claim`` is taken for."""
    first, why = other.first, f"it says that it is {_named(claim)}, too"
    if not all(map(posting_choice.says_version, other.patches)):
        why = f"it follows up on {_named(claim)}, and does not say that it is a version"
        return _left(other, claim, why)
    taken = f"{why}; `{claim.first.heading.text}` is taken for that"
    if other.clash or (other.missing and claim.whole):
        why = f"{taken}; {other.problem[0].rstrip('.')}"
    elif first.heading.rfc and not claim.first.heading.rfc:
        why = f"{taken}, as this is a request for comments"
    elif claim.whole:
        why = taken
    if other.whole and first.message_id:
        why += f"; `import SOURCE --mail {shlex.quote(f'<{first.message_id}>')}` takes this"
    return _left(other, claim, why)


def _left(other: Claimant, claim: Claimant, why: str) -> NotTaken:
    kind = LeftKind.PATCH if other.patches else LeftKind.COVER
    passed_over = (passed.mail for passed in other.passed)
    mails = dict.fromkeys((*other.places.values(), *other.clash, *passed_over))
    sources = tuple(mail.source for mail in mails)
    return NotTaken(kind, other.first.heading.text, why, sources, claim.version)


def _covers_alone(
    by_version: dict[int, list[ThreadMail]], numbers: set[int], claims: dict[int, Claimant]
) -> list[NotTaken]:
    used = {mail for claim in claims.values() for mail in claim.places.values()}
    return [
        NotTaken(
            LeftKind.COVER, mail.heading.text, "no patch of it is here", (mail.source,), number
        )
        for number, found in by_version.items()
        for mail in found
        if number not in numbers and mail not in used
    ]


def _given(kept: Iterable[ThreadMail], tree: ThreadTree) -> dict[ThreadMail, list[ThreadMail]]:
    """The replies that hold trailers, by the patch or cover letter that they stand below."""
    given: dict[ThreadMail, list[ThreadMail]] = {}
    for mail in kept:
        if mail.given.lines or mail.given.unvouched:
            above = tree.nearest(mail) or _naked_cover(mail, tree)
            if above:
                given.setdefault(above, []).append(mail)
    return given


def _naked_cover(mail: ThreadMail, tree: ThreadTree) -> ThreadMail | None:
    """The mail at the top of a thread, which may be a cover letter that does not say so."""
    return next(iter([*itertools.islice(tree.chain(mail), _MOST_ABOVE)][-1:]), None)


def _posted(
    claim: Claimant, kept: Iterable[ThreadMail], given: dict[ThreadMail, list[ThreadMail]]
) -> Posted:
    tags: dict[tuple[int, str], Tag] = {}
    doubtful: dict[str, None] = {}
    own = set(claim.places.values())
    same: dict[str, list[ThreadMail]] = {}
    for mail in given:
        if mail.diff and mail not in own:
            same.setdefault(mail.diff, []).append(mail)
    for number, mail in sorted(claim.places.items()):
        again = [one for one in claim.again if one.place == 0 and number == 0]
        for posting in (mail, *same.get(mail.diff, ()), *again):
            given_to = "" if posting is mail else _name(posting, claim)
            for reply in given.get(posting, ()):
                above = dict(reply.given.above)
                for line in reply.given.lines:
                    said = above.get(line, "")
                    some = None if number else tag_scope.patches_of(line, said, claim.total)
                    for each in some or (number,):
                        tags.setdefault((each, trailers.bare(line)), Tag(each, line, given_to))
                if posting is mail:
                    doubtful.update(dict.fromkeys(reply.given.unvouched))
    cover = claim.places.get(0)
    return Posted(
        version=claim.version,
        sources=tuple(claim.places[number].source for number in range(1, claim.total + 1)),
        cover=cover.source if cover else None,
        message_id=claim.first.message_id,
        date=claim.first.date,
        tags=tuple(tags.values()),
        doubtful=tuple(doubtful),
        remarks=tuple(claim.remarks),
        borrowed=claim.borrowed,
        odd="" if claim.version else claim.first.heading.unread,
    )


def _name(posting: ThreadMail, claim: Claimant) -> str:
    """What another posting of a patch is called."""
    if posting.version not in (claim.version, 0, _NONE):
        return f"v{posting.version}"
    return f"the posting of {posting.date:%Y-%m-%d}" if posting.date else posting.source


def _of_answers(
    kept: Iterable[ThreadMail],
    given: dict[ThreadMail, list[ThreadMail]],
    claims: Iterable[Claimant],
) -> list[NotTaken]:
    """What is in mails that are neither patch nor cover letter, and is not taken."""
    taken = {mail for claim in claims for mail in claim.places.values()}
    places = taken | {mail for claim in claims for mail in claim.again}
    diffs = {mail.diff for mail in taken if mail.diff}
    heard = {
        reply
        for mail, replies in given.items()
        if mail in taken or mail.diff in diffs or (mail in places and not mail.place)
        for reply in replies
    }
    left: list[NotTaken] = []
    silent: list[str] = []
    for mail in kept:
        if mail.place is not None or mail in places:
            continue
        found = [(line, "it stands in a patch that the mail shows") for line in mail.given.others]
        found += [(line, "it is not written as a trailer is") for line in mail.given.almost]
        if mail not in heard:
            lines = (*mail.given.lines, *mail.given.unvouched)
            found += [(line, "what it answers is not taken, or not here") for line in lines]
        left += [NotTaken(LeftKind.TRAILER, line, why, (mail.source,)) for line, why in found]
        if mail.empty:
            why = "its subject says that it is a patch, and it holds no diff that git reads"
            left.append(NotTaken(LeftKind.PATCH, mail.heading.text, why, (mail.source,)))
        elif mail.shows_diff:
            why = "it is an answer that shows a diff"
            left.append(NotTaken(LeftKind.MAIL, mail.heading.text, why, (mail.source,)))
        elif not found and mail not in heard:
            silent.append(mail.source)
    if silent:
        why = "no patch, cover letter or trailer in it"
        left.append(NotTaken(LeftKind.MAIL, counted(len(silent), "mail"), why, tuple(silent)))
    return left
