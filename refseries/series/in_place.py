# SPDX-License-Identifier: GPL-2.0-or-later
"""The folder of a version put where it belongs, in the place of one that may be there."""

from __future__ import annotations

from pathlib import Path

from refseries.host.transaction import Change
from refseries.model import Version


def put(change: Change, made: Path, place: Path, old: Version | None) -> None:
    """The folder ``made`` at ``place``, where ``old`` may stand: its patches that are gone go."""
    if old is None or old.path != place:
        change.move(made, place)
        return
    wanted = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    for patch in (*old.patches, *(fixup.patch for fixup in old.fixups)):
        if patch.relative_to(place) not in wanted:
            change.remove(patch)
    for name in sorted(wanted):
        change.write(place / name, (made / name).read_bytes())
