# SPDX-License-Identifier: GPL-2.0-or-later
"""The tags that a reply gives, as a review keeps them; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from refseries.importing import reply_trailers, tag_scope
from refseries.mail.message import Mail
from refseries.review.model import COVER, Trailer
from refseries.review.reading import classify
from refseries.review.reading.points import Reading
from refseries.review.reading.quotes import LineKind
from refseries.series import trailers


def tags_given(
    mail: Mail, reading: Reading, patch: str, names: Sequence[str]
) -> tuple[Trailer, ...]:
    """What ``mail`` gives to ``patch``; what stands in a patch that it shows is part of that.

    Args:
        names: of all patches of the version. Below the cover letter, it may be given to some.
    """
    given = reply_trailers.trailers_given(mail)
    own = {trailers.bare(line) for line in (*given.lines, *given.unvouched)}
    shown = {trailers.bare(line) for line in given.others} - own
    return tuple(
        Trailer(name, classify.one_line(value), where)
        for name, value in ((name, reply_trailers.plain(said)) for name, said in reading.trailers)
        if trailers.bare(f"{name}: {value}") not in shown
        for where in _given_to(reading, name, value, patch, names)
    )


def _given_to(
    reading: Reading, name: str, value: str, patch: str, names: Sequence[str]
) -> Sequence[str]:
    numbers = None
    if patch == COVER:
        theirs = (LineKind.OWN, LineKind.BLANK)
        lines = (line.text if line.part in theirs else None for line in reading.lines)
        tag = f"{name}: {value}"
        numbers = tag_scope.patches_of(tag, tag_scope.line_above(lines, tag), len(names))
    return [names[number - 1] for number in numbers] if numbers else [patch]


def vouched(mail: Mail, given: Iterable[Trailer]) -> tuple[Trailer, ...]:
    """Those of ``given`` that name who wrote ``mail``."""
    return tuple(one for one in given if reply_trailers.vouches(mail.author, one.value))
