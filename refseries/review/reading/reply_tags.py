# SPDX-License-Identifier: GPL-2.0-or-later
"""The tags that a reply gives, as a review keeps them; pure."""

from __future__ import annotations

from collections.abc import Iterable

from refseries.importing import reply_trailers
from refseries.mail.message import Mail
from refseries.review.model import Trailer
from refseries.review.reading import classify
from refseries.review.reading.points import Reading
from refseries.series import trailers


def tags_given(mail: Mail, reading: Reading, patch: str) -> tuple[Trailer, ...]:
    """What ``mail`` gives to ``patch``; what stands in a patch that it shows is part of that."""
    given = reply_trailers.trailers_given(mail)
    own = {trailers.bare(line) for line in (*given.lines, *given.unvouched)}
    shown = {trailers.bare(line) for line in given.others} - own
    return tuple(
        Trailer(name, classify.one_line(value), patch)
        for name, value in ((name, reply_trailers.plain(said)) for name, said in reading.trailers)
        if trailers.bare(f"{name}: {value}") not in shown
    )


def vouched(mail: Mail, given: Iterable[Trailer]) -> tuple[Trailer, ...]:
    """Those of ``given`` that name who wrote ``mail``."""
    return tuple(one for one in given if reply_trailers.vouches(mail.author, one.value))
