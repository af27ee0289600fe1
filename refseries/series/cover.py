# SPDX-License-Identifier: GPL-2.0-or-later
"""A version's ``cover.md``: its subject, its text, and the changelog if it has one; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from refseries.errors import SeriesError
from refseries.host import files

CHANGES = re.compile(r"^Changes in v(\d+):?[ \t]*$", re.M)
"""The line that the changelog of a version begins with."""


@dataclass(frozen=True)
class Cover:
    """What an author wrote about a version.

    Attributes:
        title: the first line without its ``# ``; the subject of the letter.
        text: what stands above the first line ``Changes in vN:``.
        changes: that line and everything below it; empty when there is none.
    """

    title: str
    text: str
    changes: str

    def changes_of(self, number: int) -> tuple[str, str]:
        """What it says of the version with that number, and of older ones; either may be empty."""
        heads = list(CHANGES.finditer(self.changes))
        names = [int(head[1]) for head in heads]
        if number not in names:
            return "", self.changes
        if names[0] != number or len(heads) == 1:
            return self.changes, ""
        cut = heads[1].start()
        return self.changes[:cut].rstrip("\n"), self.changes[cut:]


def read(path: Path) -> Cover:
    """Read ``cover.md``.

    Raises:
        SeriesError: it cannot be read, or does not start with a title.
    """
    text = files.read_text(path, "Make it a text file in UTF-8.")
    return parse(text, str(path))


def parse(text: str, source: str) -> Cover:
    """As ``read``, of a text that is there already; ``source`` is for the error."""
    heading, _, rest = text.replace("\r\n", "\n").lstrip("\n").partition("\n")
    title = heading.removeprefix("# ").strip()
    if not heading.startswith("# ") or not title:
        raise SeriesError(
            "does not start with a title.",
            where=f"{source}:1",
            hint="Make its first line `# ` and the subject of the cover letter.",
        )
    changes = CHANGES.search(rest)
    cut = changes.start() if changes else len(rest)
    return Cover(title, rest[:cut].strip("\n"), rest[cut:].strip("\n"))
