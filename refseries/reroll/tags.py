# SPDX-License-Identifier: GPL-2.0-or-later
"""The commits of a drafted version with the tags that reviewers gave to the ones before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from refseries.host.scratch import scratch_folder
from refseries.model import BaseInfo, Series
from refseries.reroll import fold
from refseries.reroll.fold import Folded, PatchText
from refseries.review import given_tags
from refseries.review.given_tags import CarryRequest, TagFate
from refseries.review.model import Review
from refseries.series import format_patch, patches

_Tagged = tuple[tuple[PatchText, ...], Folded, tuple[TagFate, ...]]


def carry(
    series: Series,
    base: BaseInfo,
    reviews: Sequence[Review],
    texts: Sequence[PatchText],
    folded: Folded,
    request: CarryRequest,
) -> _Tagged:
    """Texts and commits with the tags, and what became of each tag.

    Raises:
        SeriesError: a patch cannot be written, or one of an earlier version cannot be read.
    """
    with scratch_folder() as scratch:
        tip = folded.commits[-1]
        made = format_patch.write(base.repo, base.commit, tip, scratch, request.number)
        carried = given_tags.carry(series, reviews, patches.read_all(made), request)
    messages = zip(texts, carried.messages, strict=True)
    tagged = tuple(replace(text, message=message) for text, message in messages)
    if tagged != tuple(texts):
        folded = fold.reword(base, folded, tagged, series.identity)
    return tagged, folded, carried.fates
