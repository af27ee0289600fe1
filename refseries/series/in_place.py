# SPDX-License-Identifier: GPL-2.0-or-later
"""The folder of a version in the place of the one that was there."""

from __future__ import annotations

from pathlib import Path

from refseries.host.transaction import Change
from refseries.model import Version


def put_over(change: Change, old: Version, new: Path) -> None:
    """Each file of the folder ``new`` over the one that it replaces; patches that are gone go."""
    wanted = {path.relative_to(new) for path in new.rglob("*") if path.is_file()}
    for patch in (*old.patches, *(fixup.patch for fixup in old.fixups)):
        if patch.relative_to(old.path) not in wanted:
            change.remove(patch)
    for name in sorted(wanted):
        change.write(old.path / name, (new / name).read_bytes())
