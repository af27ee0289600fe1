# SPDX-License-Identifier: GPL-2.0-or-later
"""What programs that review patches say more than once, or in pieces; pure."""

from __future__ import annotations

from dataclasses import replace

from refseries.review.reading import automatic, classify
from refseries.review.reading.listed import ITEM
from refseries.review.reading.points import Aside, Point, Reading
from refseries.review.reading.quotes import LineKind


def without_overview(reading: Reading) -> Reading:
    """The same without the list, above all quotes, of the remarks that a program makes below."""
    first, *rest = reading.points or (None,)
    if first is None or first.first != first.last:
        return reading
    listed = sum(ITEM.match(line) is not None for line in first.comment.split("\n"))
    if not 0 < listed <= len(rest):
        return reading
    aside = Aside("lists what stands below", first.comment, first.first, first.last)
    return replace(reading, points=tuple(rest), asides=(*reading.asides, aside))


def as_one(reading: Reading) -> Reading:
    """The same with one point of all, for a program's report; remarks on a diff stay apart."""
    points = reading.points
    if len(points) < 2 or _is_on_diff(reading):
        return reading
    comment = "\n\n".join(point.comment for point in points)
    return replace(reading, points=(Point(comment, points[0].first, points[0].last),))


def summary(reading: Reading, point: Point) -> str:
    """What a program reports in ``point``: the line that names a fault, or as a person's."""
    found = "" if _is_on_diff(reading) else automatic.finding(point.comment)
    return classify.summary(found or point.comment)


def _is_on_diff(reading: Reading) -> bool:
    return any(
        line.part is LineKind.QUOTE and line.text.startswith(("diff --git ", "@@ ", "+"))
        for line in reading.lines
    )
