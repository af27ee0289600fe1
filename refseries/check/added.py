# SPDX-License-Identifier: GPL-2.0-or-later
"""The text that a patch brings: its message and the lines that it adds. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from refseries.series import patches


@dataclass(frozen=True)
class Line:
    """One line; ``file`` is empty for one of the message, ``number`` counts from 1."""

    file: str
    number: int
    text: str


def lines(patch: patches.Patch) -> tuple[Line, ...]:
    """The lines of the message, then those that the diff adds."""
    message = [Line("", number, text) for number, text in enumerate(patch.message.split("\n"), 1)]
    added = [
        Line(file.path, line.target_line_no or 0, line.value.rstrip("\n"))
        for file in patches.files(patch)
        for hunk in file
        for line in hunk
        if line.is_added
    ]
    return (*message, *added)
