# SPDX-License-Identifier: GPL-2.0-or-later
"""Plain text for a mail: prose flowed, code and quotes left as they are; pure."""

from __future__ import annotations

import re
import textwrap

WIDTH = 72

# A line that begins like this is code, a quote, a diff, a table or an item of a list.
_FIXED = re.compile(r"[ \t>|#+*@-]|\d+[.)] |\[\d+\]|[A-Z][A-Za-z-]+-by: |https?://\S+$")


def flow(text: str) -> str:
    """``text`` with each paragraph of prose filled to ``WIDTH`` columns.

    A paragraph with any line that looks like code, a quote, a diff or a list stays as it is, and
    so does what stands between lines of three backquotes.
    """
    done = []
    fenced = False
    for paragraph in re.split(r"\n[ \t]*\n", text.strip("\n")):
        lines = paragraph.split("\n")
        fences = sum(line.startswith("```") for line in lines)
        if fenced or fences or any(_FIXED.match(line) for line in lines):
            done.append("\n".join(line.rstrip() for line in lines))
        else:
            done.append(fill(paragraph))
        fenced ^= fences % 2 == 1
    return "\n\n".join(done)


def fill(text: str) -> str:
    """One paragraph of prose, filled; words are never broken."""
    return textwrap.fill(
        " ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False
    )


def quote(text: str, mark: str = "> ") -> str:
    """``text`` as somebody else's, every line marked, none wrapped."""
    return "\n".join(f"{mark}{line}".rstrip() for line in text.rstrip("\n").split("\n"))
