# SPDX-License-Identifier: GPL-2.0-or-later
"""The text that a patch brings: its message and the lines that it adds. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from refseries.series import patches


@dataclass(frozen=True)
class AddedLine:
    """One line; ``file`` is empty for one of the message, ``number`` counts from 1."""

    file: str
    number: int
    text: str


def lines(patch: patches.Patch) -> tuple[AddedLine, ...]:
    """The lines of the message, then those that the diff adds."""
    message = [
        AddedLine("", number, text) for number, text in enumerate(patch.message.split("\n"), 1)
    ]
    added = [
        AddedLine(file.path, line.target_line_no or 0, line.value.rstrip("\n"))
        for file in patches.files(patch)
        for hunk in file
        for line in hunk
        if line.is_added
    ]
    return (*message, *added)
