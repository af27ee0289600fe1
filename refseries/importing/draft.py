# SPDX-License-Identifier: GPL-2.0-or-later
"""A version on its way into the series."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from refseries.importing.received import NotTaken
from refseries.series.patches import Patch


@dataclass(frozen=True)
class ImportDraft:
    """What a source says of one version, before anything is checked against the base.

    Attributes:
        number: of the version; None where the source has none (a plain range of commits).
        source: what the user named, for messages.
        title, said: of the cover letter; empty where there is none.
        date: the committer's date of the first patch.
        base_commit: what the author says the patches were made on; empty when he does not say.
        tracking: b4's data, as JSON.
        tree: the git tree that the last patch must come to; empty where that is not known.
        recipients: whom b4 would send it to, as its cover letter has it.
        addressed: who got the first mail (To and Cc).
        prefixes: the tree that it is for, as its subjects say beside PATCH.
        notes: keep what stands between a patch's ``---`` and its diff.
        tags: trailers out of replies that were put into the messages.
        doubtful: trailers in replies that were not: the address is not the sender's.
        remarks: what is unusual about it, a sentence each.
        posted: it is mail that went out, and stays as it is.
        odd: what its subjects say instead of a version.
        prerequisites: what its author says that it depends on, as ``tracking.prerequisites``.
    """

    number: int | None
    source: str
    title: str
    said: str
    patches: tuple[Patch, ...]
    date: datetime
    message_id: str = ""
    change_id: str = ""
    base_commit: str = ""
    tracking: str = ""
    tree: str = ""
    recipients: tuple[str, ...] = ()
    addressed: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    notes: bool = True
    tags: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    posted: bool = True
    odd: str = ""
    prerequisites: tuple[str, ...] = ()


@dataclass(frozen=True)
class Intake:
    """What a source holds: versions, the lowest first, and what is in none of them."""

    drafts: tuple[ImportDraft, ...]
    not_taken: tuple[NotTaken, ...] = ()
