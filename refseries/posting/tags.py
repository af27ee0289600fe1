# SPDX-License-Identifier: GPL-2.0-or-later
"""Tags that reviewers gave, of a version on its way out: those that are gone, those under a patch
that its reviewers did not see, and the patches that nobody reviewed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from refseries.mail.write import file_name
from refseries.model import Series, Version
from refseries.posting.export import Mails
from refseries.review import taken_back
from refseries.review.given_tags import TAKEN_BACK, CarryRequest, TagFate, TagOutcome, carry
from refseries.review.model import COVER
from refseries.series import store, trailers
from refseries.series.patches import Patch

_REVIEWED = re.compile(r"[a-z-]*(?:reviewed|acked)[a-z-]*-by:", re.I)


@dataclass(frozen=True)
class TagFacts:
    """What is to be said of the tags of a version.

    Attributes:
        lost: what the version before was given and this one does not have, in words. What speaks
            against a patch, or was taken back, is no loss.
        stale: tags that were given to an earlier state of a patch, by the name of its mail.
        unreviewed: subjects of patches without Reviewed-by and Acked-by, where there was a
            version that somebody could have reviewed.
    """

    lost: tuple[str, ...] = ()
    stale: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unreviewed: tuple[str, ...] = ()


def facts(series: Series, version: Version, mails: Mails) -> TagFacts:
    """Look at the patches of ``mails``, by the same rules as the tags are carried by.

    Raises:
        SeriesError: a patch of an earlier version cannot be read.
    """
    own = mails.posting.patches
    before = store.previous(series, version)
    fates = carry(series, mails.reviews, own, CarryRequest(version.number)).fates
    missing = [
        fate
        for fate in fates
        if fate.outcome is TagOutcome.ADDED
        or (fate.outcome is TagOutcome.DROPPED and before and fate.version == before.name)
        if not taken_back.is_against(fate.tag) and fate.why != TAKEN_BACK
    ]
    names = (file_name(mail) for mail in mails.outgoing if mail.number)
    stale = {
        name: tags
        for name, patch in zip(names, own, strict=True)
        if (tags := tuple(_stale(fates, patch)))
    }
    nobody_saw_it = before is None and not mails.reviews
    return TagFacts(_lost(missing, own), stale, () if nobody_saw_it else unreviewed(own))


def unreviewed(own: Iterable[Patch]) -> tuple[str, ...]:
    """The subjects of the patches that have neither Reviewed-by nor Acked-by."""
    return tuple(
        patch.subject
        for patch in own
        if not any(map(_REVIEWED.match, trailers.vouching(patch.message)))
    )


def _stale(fates: Iterable[TagFate], patch: Patch) -> list[str]:
    return [
        fate.tag
        for fate in fates
        if fate.outcome is TagOutcome.STALE and fate.patch == patch.subject
    ]


def _lost(missing: Iterable[TagFate], own: tuple[Patch, ...]) -> tuple[str, ...]:
    """A sentence for each tag and reason, with the patches that do not have it."""
    told: dict[tuple[str, str], list[str]] = {}
    for fate in missing:
        head = f"{fate.version} was given `{fate.tag}`"
        if fate.given_to not in ("", COVER, fate.patch):
            head += f" at `{fate.given_to}`"
        why = fate.why or "the patch is as it was"
        told.setdefault((head, why), []).append(fate.patch)
    return tuple(
        f"{head}, and {_which(them, len(own))}: {why}." for (head, why), them in told.items()
    )


def _which(subjects: list[str], count: int) -> str:
    if len(subjects) == count or not subjects[0]:
        return "no patch has it"
    verb = "does" if len(subjects) == 1 else "do"
    return f"{', '.join(f'`{subject}`' for subject in subjects)} {verb} not have it"
