# SPDX-License-Identifier: GPL-2.0-or-later
"""Versions that ``b4 send`` posted, as b4's tracking data of a later one says.

Without it nobody here knows that they were posted: the next letter has no link to them, and no
thread of theirs is fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import tomlkit

from refseries.host.transaction import Change
from refseries.importing import mailbox
from refseries.importing.draft import ImportDraft
from refseries.mail import tracking
from refseries.model import Version


def keep(
    change: Change, versions: Sequence[Version], drafts: Iterable[ImportDraft]
) -> dict[str, str]:
    """Write the message ids of ``versions`` that lack one into their version.toml.

    Args:
        change: what it becomes part of.
        drafts: b4's data of one counts where it is of the same series, by its change id.

    Returns:
        The message id of each version that got one.
    """
    found: dict[str, str] = {}
    for draft in filter(lambda each: each.tracking, drafts):
        posted = tracking.parse(draft.tracking, draft.source).posted
        for version in versions:
            message_id = mailbox.message_id(posted.get(version.name, ""))
            mine = version.change_id in ("", draft.change_id)
            if message_id and mine and version.message_id is None and version.name not in found:
                _write(change, version, message_id)
                found[version.name] = message_id
    return found


def _write(change: Change, version: Version, message_id: str) -> None:
    path = version.path / "version.toml"
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    document["message_id"] = message_id
    change.write(path, tomlkit.dumps(document))
