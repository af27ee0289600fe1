# SPDX-License-Identifier: GPL-2.0-or-later
"""Tags that reviewers gave: those under a patch that they did not see, and those that are gone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from refseries import git
from refseries.mail.write import file_name
from refseries.model import Series, Version
from refseries.posting.export import Mails
from refseries.review.model import COVER, Trailer
from refseries.series import patches, store, trailers
from refseries.series.patches import Patch

# What reviewers of an earlier state of a patch gave, as opposed to who wrote or asked.
_TAG = re.compile(r"(?:Reviewed|Acked|Tested)-by: .+")


def stale(series: Series, version: Version, mails: Mails) -> dict[str, tuple[str, ...]]:
    """Tags of patches that changed since they got them, by the name of the mail."""
    before = store.previous(series, version)
    tagged = [
        (mail, patch, tags)
        for mail, patch in zip(_patch_mails(mails), mails.posting.patches, strict=True)
        if (tags := tuple(_TAG.findall(patch.message)))
    ]
    if before is None or not tagged:
        return {}
    older = {patch.subject: patch for patch in patches.read_all(before.patches)}
    given = {
        f"{trailer.name}: {trailer.value}"
        for review in mails.reviews
        if int(review.version[1:]) < version.number
        for trailer in review.trailers
    }
    found = {}
    for name, patch, tags in tagged:
        old = older.get(patch.subject)
        if old is None or _patch_id(series, old) == _patch_id(series, patch):
            continue
        found[name] = tuple(tag for tag in tags if tag in given or tag in old.message)
    return found


def _patch_mails(mails: Mails) -> list[str]:
    return [file_name(mail) for mail in mails.outgoing if mail.number]


def _patch_id(series: Series, patch: patches.Patch) -> str:
    """git's id of a diff, whatever its line numbers."""
    return git.git(series.root, "patch-id", "--stable", stdin=patch.diff).stdout.split(" ")[0]


def lost(series: Series, version: Version, mails: Mails) -> tuple[str, ...]:
    """What the version before was given and the patches of this one do not have, in words."""
    before = store.previous(series, version)
    given = [
        trailer
        for review in mails.reviews
        if before is not None and review.version == before.name
        for trailer in review.trailers
    ]
    if before is None or not given:
        return ()
    older = {patch.path.name: patch for patch in patches.read_all(before.patches)}
    found = (
        f"{before.name} was given `{trailer.name}: {trailer.value}`, and {where}."
        for trailer in given
        for where in _missing(series, trailer, older.get(trailer.patch), mails.posting.patches)
    )
    return tuple(dict.fromkeys(found))


def _missing(
    series: Series, trailer: Trailer, old: Patch | None, now: tuple[Patch, ...]
) -> Iterator[str]:
    """Where a trailer should stand and does not; for a cover letter, that is each patch."""
    lacking = [patch for patch in now if not _has(patch, trailer)]
    if old is not None:
        same = [patch for patch in now if patch.subject == old.subject]
        if same and same[0] in lacking:
            is_same = _patch_id(series, old) == _patch_id(series, same[0])
            state = "as it was" if is_same else "changed since"
            yield f"`{old.subject}`, which is {state}, does not have it"
        elif not same and len(lacking) == len(now):
            yield f"`{old.subject}` is gone, and no patch has it"
    elif trailer.patch == COVER and lacking:
        names = ", ".join(f"`{patch.subject}`" for patch in lacking)
        yield (
            f"for all patches; without it: {names}"
            if len(lacking) < len(now)
            else "no patch has it"
        )
    elif len(lacking) == len(now):
        yield "no patch has it"


def _has(patch: Patch, trailer: Trailer) -> bool:
    line = trailers.bare(f"{trailer.name}: {trailer.value}")
    return line in map(trailers.bare, patch.message.split("\n"))
