# SPDX-License-Identifier: GPL-2.0-or-later
"""What the mails of one version are made of; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from refseries.model import Identity
from refseries.series.patches import Patch


@dataclass(frozen=True)
class Posting:
    """One version of the series on its way to a list.

    Attributes:
        number: of the version.
        title, text: the cover letter's subject and what it says.
        changes: what is new, headed ``Changes in vN:``; empty for the first version.
        basis: lines that say what the patches apply to: ``base-commit: …`` or a sentence.
        diffstat: of all patches together.
        change_id: ``DATE-NAME-HEX``, the same for all versions.
        sender: writes, and signs off.
        stand_in: an author who stands for whoever sends.
        date: of the first mail; each later one is a second younger.
        cover: whether there is a cover letter; otherwise its text goes below the ``---`` of the
            first patch.
        joined: of the copies, those for nothing but having joined the review of an earlier version.
        prefixes: words beside PATCH, such as RFC.
        in_reply_to: a message id, without the angle brackets.
        history: message id of each version that was posted, by its name.
        range_diff: against an earlier version, with its heading.
        unpaired: patches that it does not compare with the ones that they were rewritten into, and
            what would.
        results: how its tests came out, in words; empty where nobody asks for it.
        fetch: the command by which others get the same commits; empty where they cannot.
        unnamed: why the cover letter does not say how to fetch it, or says so wrongly.
    """

    number: int
    title: str
    text: str
    changes: str
    patches: tuple[Patch, ...]
    basis: str
    diffstat: str
    change_id: str
    sender: Identity
    stand_in: Identity
    date: datetime
    cover: bool
    to: tuple[Identity, ...] = ()
    cc: tuple[Identity, ...] = ()
    joined: tuple[Identity, ...] = ()
    prefixes: tuple[str, ...] = ()
    in_reply_to: str = ""
    history: Mapping[str, str] = field(default_factory=dict)
    range_diff: str = ""
    unpaired: tuple[str, ...] = ()
    results: str = ""
    fetch: str = ""
    unnamed: tuple[str, ...] = ()
