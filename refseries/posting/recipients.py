# SPDX-License-Identifier: GPL-2.0-or-later
"""Who gets the mails of a version; pure. Nothing else says so: export, send and diff ask here."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from refseries.errors import SeriesError
from refseries.mail import address
from refseries.model import Identity, Series, Version, number_of
from refseries.review.model import Review
from refseries.review.reading import automatic
from refseries.series import trailers
from refseries.series.patches import Patch


class SuppressCc(StrEnum):
    """Who gets no copy: the categories of ``git send-email --suppress-cc``.

    Two of them change nothing: a sender never gets a copy of his own mail (``self``), and of a
    patch's mail header nobody is taken (``cc``).
    """

    AUTHOR = "author"
    SELF = "self"
    CC = "cc"
    BODYCC = "bodycc"
    SOB = "sob"
    MISC_BY = "misc-by"
    CCCMD = "cccmd"
    BODY = "body"
    ALL = "all"


_BODY = frozenset({SuppressCc.BODYCC, SuppressCc.SOB, SuppressCc.MISC_BY})


@dataclass(frozen=True)
class Recipients:
    """Whom the mails go to; nobody stands there twice.

    Attributes:
        joined: of the copies, those that somebody gets for nothing but an earlier version: he took
            part in its review, or was named when it was sent.
    """

    to: tuple[Identity, ...]
    cc: tuple[Identity, ...]
    joined: tuple[Identity, ...] = ()


@dataclass(frozen=True)
class RecipientSources:
    """Where the recipients of a version come from.

    Attributes:
        version: who took part in the review of an earlier one gets a copy, or to whom it was sent.
        text: of the cover letter.
        reviews: of the series.
        to, cc: further ones that the user named.
        maintainers: whom get_maintainer.pl names.
        sender: gets no copy; None where nobody sends.
        suppress: who gets none either.
    """

    version: Version
    text: str
    patches: Sequence[Patch]
    reviews: Sequence[Review] = ()
    to: tuple[Identity, ...] = ()
    cc: tuple[Identity, ...] = ()
    maintainers: tuple[Identity, ...] = ()
    sender: Identity | None = None
    suppress: Collection[SuppressCc] = field(default=frozenset())


def recipients_of(series: Series, sources: RecipientSources) -> Recipients:
    """Those of series.toml and of the options, then maintainers, who joined, authors and trailers.

    The series' placeholder for an author is nobody.
    """
    none = set(sources.suppress)
    if SuppressCc.BODY in none:
        none |= _BODY
    if SuppressCc.ALL in none:
        none |= set(SuppressCc)
    joined = () if SuppressCc.ALL in none else tuple(_joined(series, sources))
    authors = () if SuppressCc.AUTHOR in none else [patch.author for patch in sources.patches]
    others = (
        *(() if SuppressCc.CCCMD in none else sources.maintainers),
        *authors,
        *named((sources.text, *(patch.message for patch in sources.patches)), none),
    )
    seen = {series.identity.email.lower(), ""}
    if sources.sender:
        seen.add(sources.sender.email.lower())
    to = _new((*series.to, *sources.to), seen)
    first = (*series.cc, *sources.cc)
    known = {person.email.lower() for person in (*first, *others)}
    cc = _new((*first, *others, *joined), seen)
    return Recipients(to, cc, tuple(person for person in cc if person.email.lower() not in known))


def named(
    texts: Iterable[str], suppress: Collection[SuppressCc] = frozenset()
) -> tuple[Identity, ...]:
    """Whom the trailers of the cover letter and of the patches name; see ``trailers.copied``."""
    people: dict[str, Identity] = {}
    for name, who in trailers.copied_by("\n".join(texts)):
        if _category(name) in suppress:
            continue
        with contextlib.suppress(SeriesError):  # no address; lint tells of it
            people.setdefault(who, address.person(who, ""))
    return tuple(people.values())


def _category(name: str) -> SuppressCc:
    if name in ("to", "cc"):
        return SuppressCc.BODYCC
    return SuppressCc.SOB if name == "signed-off-by" else SuppressCc.MISC_BY


def _joined(series: Series, sources: RecipientSources) -> Iterator[Identity]:
    """Who took part in the review of an earlier version, in the order of the mails.

    Then those to whom the user sent one.
    """
    number = sources.version.number
    for review in sources.reviews:
        if number_of(review.version) >= number:
            continue
        if not _only_said_taken(review):
            yield review.reviewer
        for task in review.tasks:
            yield from (task.reviewer, *task.also, *(remark.who for remark in task.discussion))
        yield from review.people
    for version in series.before(number):
        yield from version.sent_to


def _only_said_taken(review: Review) -> bool:
    """Whether it is by a program that told of a tree that took the version, and of nothing else."""
    told = review.taken and not review.tasks and not review.trailers
    return bool(told) and automatic.is_program(review.reviewer)


def _new(people: Iterable[Identity], seen: set[str]) -> tuple[Identity, ...]:
    found = []
    for person in people:
        key = person.email.lower()
        if key not in seen:
            seen.add(key)
            found.append(person)
    return tuple(found)
