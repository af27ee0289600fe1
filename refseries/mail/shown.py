# SPDX-License-Identifier: GPL-2.0-or-later
"""Diffs that a text shows, so that no program takes them for its patch; pure.

git am hands all that stands below a message's ``---`` to git apply, which takes whatever looks like
a diff there: with ``diff --git`` or without, and a lone hunk for a fault.
"""

from __future__ import annotations

import re

# What begins a diff for git: patchbreak() in mailinfo.c, find_header() in apply.c.
_START = re.compile(r"diff -|Index: |--- \S|\+\+\+ \S|@@ -\d|GIT binary patch")
# What may go on with it.
_MORE = re.compile(
    r"[ +\\-]|@@|diff -|index |Index: |=+$|(?:new|deleted) file mode |(?:old|new) mode "
    r"|(?:dis)?similarity index |(?:rename|copy) (?:from|to) |Binary files "
)


def inert(text: str) -> str:
    """``text`` with the diffs that it shows indented by two blanks; any other is as it was."""
    lines = text.split("\n")
    shown: set[int] = set()
    inside = False
    for number, line in enumerate(lines):
        if not line and inside:  # an empty line of a file, or the end of the diff
            following = lines[number + 1] if number + 1 < len(lines) else ""
            inside = bool(following and _MORE.match(following))
            continue
        inside = bool(_START.match(line) or (inside and _MORE.match(line)))
        if inside:
            shown.add(number)
    return "\n".join(f"  {line}" if at in shown else line for at, line in enumerate(lines))


def starts(text: str) -> int | None:
    """The line (from 1) at which ``text`` shows a diff that git takes for one; None without."""
    found = (at for at, line in enumerate(text.split("\n"), 1) if _START.match(line))
    return next(found, None)
