# SPDX-License-Identifier: GPL-2.0-or-later
"""Who says what in a mail that quotes several people; pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from refseries.model import Identity
from refseries.review.reading.quotes import LineKind, MailLine

_ATTRIBUTED = re.compile(r"(?P<name>[^<>,:]{1,80}?)\s*<(?P<address>[^<>\s]+(?:@| at )[^<>]+)>")
_WHEN = re.compile(r".*\b(?:AM|PM|\d{1,2}:\d\d(?::\d\d)?|[+-]\d{4}|\d{4})\b[,\s]*")
_SPEAKERS = 50  # attributions above a comment that are looked at
_LONGEST_NAME = 500  # characters of a line in which somebody's name and address are looked for
_ATTRIBUTIONS = 20  # lines of a mail that say whom it quotes, and are looked at for names


@dataclass(frozen=True)
class Company:
    """Who takes part in a mail, by the words of their names, in lower case.

    Attributes:
        names: who gets it, and whom it quotes.
        authors: those whose patch it is about.
    """

    names: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()


def quoted_as(people: Iterable[Identity]) -> frozenset[str]:
    """What programs put in front of a quote of one of ``people``: his name, or the first of it."""
    names = [" ".join(who.name.split()) for who in people if "@" not in who.name]
    first = (name.split()[0] for name in names if " " in name)
    return frozenset(one for one in (*names, *first) if len(one) > 1 and one[:1].isupper())


def company(
    lines: Sequence[MailLine], people: Iterable[Identity], authors: Container[str]
) -> Company:
    """Who takes part in the mail of ``lines``.

    Args:
        people: who got it, and the author of the series.
        authors: the addresses of those whose patches are reviewed, in lower case.
    """
    people = tuple(people)
    said = [line.text[:_LONGEST_NAME] for line in lines if line.part is LineKind.ATTRIBUTION]
    return Company(
        names=_words(*(who.name for who in people), *said[:_ATTRIBUTIONS]),
        authors=_words(*(who.name for who in people if who.email.lower() in authors)),
    )


def _words(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for word in re.findall(r"\w+", text.casefold()))


def answered(
    lines: Sequence[MailLine],
    start: int,
    end: int,
    said: Sequence[tuple[int, int, Identity]],
    reviewer: Identity,
) -> tuple[Identity, ...]:
    """Whom the reviewer answers, when that is no patch but what others said about one.

    Args:
        start, end: the lines of the quote that he wrote below; ``end`` is excluded.
        said: as ``people_quoted`` tells.
        reviewer: who wrote the mail.
    """
    quoted = [line for line in lines[start:end] if line.text.strip()]
    depths = {line.depth for line in quoted}
    last = bisect_left(said, end, key=lambda one: one[0])
    people = {depth: person for _at, depth, person in said[max(0, last - _SPEAKERS) : last]}
    found = (people.get(depth) for depth in sorted(depths)[:-1])
    return tuple(person for person in found if person and person.key != reviewer.key)


def people_quoted(lines: Sequence[MailLine]) -> list[tuple[int, int, Identity]]:
    """Who is quoted, as far as attributions say: from which line on, at which depth, who."""
    people = []
    for number, line in enumerate(lines):
        if "<" not in line.text or line.part not in (LineKind.ATTRIBUTION, LineKind.QUOTE):
            continue
        following = (one.depth for one in lines[number + 1 : number + 5] if one.depth > line.depth)
        above = lines[number - 1].text if number and lines[number - 1].depth == line.depth else ""
        if len(line.text) + len(above) > _LONGEST_NAME:
            continue
        found = _ATTRIBUTED.search(line.text) or _ATTRIBUTED.search(f"{above} {line.text}")
        if next(following, 0) != line.depth + 1 or found is None:
            continue
        name = _WHEN.sub("", found["name"]).strip(" \"'*")
        address = found["address"].replace(" at ", "@")
        if name and not re.search(r"[\x00-\x1f\x7f\s]", address):
            people.append((number, line.depth + 1, Identity(name, address)))
    return people
