# SPDX-License-Identifier: GPL-2.0-or-later
"""Drafts out of git with the tags that reviewers gave to the versions before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from refseries.git import identity
from refseries.importing.draft import ImportDraft
from refseries.model import Series
from refseries.review import given_tags, store
from refseries.review.given_tags import CarryRequest, TagFate


@dataclass(frozen=True)
class TaggedDrafts:
    """Drafts, and what became of the tags, by the ``source`` of the draft."""

    drafts: tuple[ImportDraft, ...]
    fates: Mapping[str, tuple[TagFate, ...]] = field(default_factory=dict)


def carry(
    series: Series, drafts: Sequence[ImportDraft], name: str | None, *, keep: bool = False
) -> TaggedDrafts:
    """Put the tags into what comes out of git; what was posted stays as it went out.

    Args:
        name: ``--as``: the version that a single draft becomes.
        keep: tags hold although a patch changed.

    Raises:
        SeriesError: a review, or a patch of an earlier version, cannot be read.
    """
    fates: dict[str, tuple[TagFate, ...]] = {}
    made = []
    for draft in drafts:
        found = re.fullmatch(r"v([1-9][0-9]*)", name or f"v{draft.number}")
        if draft.posted or found is None:
            made.append(draft)
            continue
        signer = identity.known_sender(series.root)
        request = CarryRequest(int(found[1]), keep=keep, signer=signer)
        carried = given_tags.carry(series, store.load(series), draft.patches, request)
        pairs = zip(draft.patches, carried.messages, strict=True)
        tagged = tuple(replace(patch, message=message) for patch, message in pairs)
        made.append(replace(draft, patches=tagged))
        fates[draft.source] = carried.fates
    return TaggedDrafts(tuple(made), fates)
