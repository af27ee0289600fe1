# SPDX-License-Identifier: GPL-2.0-or-later
"""Who gets the mails of a version; pure."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from refseries.errors import SeriesError
from refseries.mail import address
from refseries.model import Identity, Series, Version
from refseries.review.model import Review
from refseries.series import trailers


@dataclass(frozen=True)
class Recipients:
    """Whom the mails go to; nobody stands there twice."""

    to: tuple[Identity, ...]
    cc: tuple[Identity, ...]


def gather(
    series: Series,
    *,
    to: Sequence[Identity] = (),
    cc: Sequence[Identity] = (),
    others: Iterable[Identity] = (),
    sender: Identity,
) -> Recipients:
    """Those of series.toml and of the options, then ``others`` as copies.

    Args:
        to, cc: further ones that the user named.
        others: maintainers, reviewers, and people in trailers.
        sender: gets no copy of his own mail, and the series' placeholder is nobody.
    """
    seen = {sender.email.lower(), series.identity.email.lower()}
    first = _new((*series.to, *to), seen)
    return Recipients(first, _new((*series.cc, *cc, *others), seen))


def reviewers(reviews: Iterable[Review], version: Version) -> tuple[Identity, ...]:
    """Who reviewed a version before ``version``, in the order of their reviews."""
    return tuple(review.reviewer for review in reviews if int(review.version[1:]) < version.number)


def named(texts: Iterable[str]) -> tuple[Identity, ...]:
    """Whom the trailers of the cover letter and of the patches name; see ``trailers.copied``."""
    people = []
    for who in trailers.copied("\n".join(texts)):
        with contextlib.suppress(SeriesError):  # no address; lint tells of it
            people.append(address.person(who, ""))
    return tuple(people)


def _new(people: Iterable[Identity], seen: set[str]) -> tuple[Identity, ...]:
    found = []
    for person in people:
        key = person.email.lower()
        if key not in seen:
            seen.add(key)
            found.append(person)
    return tuple(found)
