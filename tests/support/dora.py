# SPDX-License-Identifier: GPL-2.0-or-later
"""A reviewer, and what is read out of a mail of hers."""

from __future__ import annotations

from refseries.model import Identity
from refseries.review.reading import points, quotes

DORA = Identity("Dora Keeper-Lane", "dora@example.org")


def comments(body: str) -> list[str]:
    """The points of her mail, each with her words."""
    return [point.comment for point in points.read(quotes.parse(body), DORA).points]
