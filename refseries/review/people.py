# SPDX-License-Identifier: GPL-2.0-or-later
"""Who takes part in the review of a series: who got its mails, and whom a reply added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from refseries.mail import address
from refseries.mail.message import Mail
from refseries.model import Identity, Series
from refseries.review import keep
from refseries.review.model import Review

_MOST = 50  # people whom one mail adds


class Circle:
    """Everybody who is known to get the mails of a series, as mails go by."""

    def __init__(self, series: Series, known: Sequence[Review]) -> None:
        self._in = {series.identity.email.lower(), ""}
        self._note((*series.to, *series.cc))
        for review in known:
            self._note((review.reviewer, *review.people))

    def posted(self, mail: Mail) -> None:
        """Note who got a patch or a cover letter."""
        self._note((mail.author, *mail.to, *mail.cc))

    def added(self, mail: Mail) -> tuple[Identity, ...]:
        """Whom the reply ``mail`` went to who is not known yet; they are from now on."""
        self._note((mail.author,))
        found = tuple(_new((*mail.to, *mail.cc), self._in))[:_MOST]
        self._note(found)
        return found

    def _note(self, people: Iterable[Identity]) -> None:
        self._in |= {person.email.lower() for person in people}


def _new(people: Iterable[Identity], known: set[str]) -> Iterator[Identity]:
    seen = set(known)
    for person in map(keep.person, people):
        key = person.email.lower()
        if key not in seen and address.is_one(person.email):
            seen.add(key)
            yield person
