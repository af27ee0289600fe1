# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a diff was damaged on its way: lines wrapped, cut off or left out; pure."""

from __future__ import annotations

import re

_HUNK = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
# What may stand right behind a diff: git's signature, a name by hand, the next file.
_SIGNATURE = re.compile(r"-- ?(?:[^\W\d_][\w .'-]{0,60})?\r?$|---|\+\+\+ ")


def torn(diff: str) -> bool:
    """Whether a hunk of ``diff`` has other lines than its head says."""
    old = new = 0
    behind = False  # the line before was the last of a hunk
    for line in diff.split("\n"):
        if old > 0 or new > 0:
            if line[:1] not in (" ", "-", "+", "\\", "", "\r"):
                return True
            old -= line[:1] not in ("+", "\\")
            new -= line[:1] not in ("-", "\\")
            behind = True
        elif hunk := _HUNK.match(line):
            old, new = (int(count) if count is not None else 1 for count in hunk.groups())
        elif behind and line[:1] != "\\":
            if line[:1] in (" ", "-", "+") and line.strip() and not _SIGNATURE.match(line):
                return True
            behind = False
    return old > 0 or new > 0
