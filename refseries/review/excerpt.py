# SPDX-License-Identifier: GPL-2.0-or-later
"""What a task is about: the lines that its reviewer saw, out of the mail or out of the patch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unidiff.patch import Hunk

from refseries.errors import SeriesError
from refseries.model import Series, Version
from refseries.review.model import COVER, Anchor, Task
from refseries.series import patches, store

CONTEXT = 4
"""Lines before and after the one that a task is about."""


@dataclass(frozen=True)
class Excerpt:
    """Lines of a patch or a text.

    Attributes:
        lines: as they stand there; those of a diff with their mark in front.
        at: index of the one that the task is about; -1 when it is about none in particular.
        diff: whether these are lines of a diff.
    """

    lines: tuple[str, ...] = ()
    at: int = -1
    diff: bool = True


def excerpt_of(series: Series, task: Task, context: int = CONTEXT) -> Excerpt:
    """What the mail quoted, else the lines around the anchor; empty when there are neither.

    Raises:
        SeriesError: a patch of the version cannot be read.
    """
    if task.quote:
        lines = tuple(task.quote.rstrip("\n").split("\n"))
        diff = any(line[:1] in ("+", "-", "@") for line in lines)
        at = next((n for n, line in enumerate(lines) if task.anchor.text in (line, line[1:])), -1)
        return Excerpt(lines, at if task.anchor.text else -1, diff)
    anchor = task.anchor
    version = next((each for each in series.versions if each.name == task.raised_on), None)
    if version is None or not anchor.line or not anchor.patch:
        return Excerpt()
    if anchor.file:
        return _around_code(version.path / anchor.patch, anchor, context)
    lines = text_of(version, anchor.patch)
    return _cut(lines, anchor.line - 1, context, diff=False)


def text_of(version: Version, patch: str) -> tuple[str, ...]:
    """The lines of the cover letter, or of the commit message of a patch (its subject is line 1).

    Raises:
        SeriesError: the patch cannot be read.
    """
    if patch == COVER:
        text = version.cover.read_text(encoding="utf-8", errors="replace")
    else:
        text = patches.read(version.path / patch).message
    return tuple(text.rstrip("\n").split("\n"))


def _around_code(path: Path, anchor: Anchor, context: int) -> Excerpt:
    for hunk in _hunks(path, anchor.file):
        numbers = [line.target_line_no for line in hunk]
        if anchor.line in numbers:
            lines = [str(line).rstrip("\n") for line in hunk]
            return _cut(lines, numbers.index(anchor.line), context, diff=True)
    return Excerpt()


def _hunks(path: Path, name: str) -> list[Hunk]:
    return [
        hunk for file in patches.files(patches.read(path)) if file.path == name for hunk in file
    ]


def _cut(lines: Sequence[str], at: int, context: int, *, diff: bool) -> Excerpt:
    if not 0 <= at < len(lines):
        return Excerpt()
    start = max(0, at - context)
    return Excerpt(tuple(lines[start : at + context + 1]), at - start, diff)


def anchor_at(series: Series, version: str, patch: str, file: str, line: int) -> Anchor:
    """The anchor for what a person typed.

    Args:
        patch: number, name or a part of the name of a patch of the version, ``cover``, or empty.
        file: path in the kernel tree; empty for the text of patch or cover.
        line: as ``Anchor.line``; 0 for all of it.

    Raises:
        SeriesError: the version has no such patch, that no such file, or that no such line.
    """
    found = store.version(series, version)
    name = _patch_name(found, patch, file)
    text = ""
    if line and name and not file:
        lines = dict(enumerate(text_of(found, name), 1))
        text = _line(lines, line, f"the text of {name}")
    elif file and name:
        hunks = _hunks(found.path / name, file) if name != COVER else []
        if not hunks:
            raise SeriesError(
                f"{name} of {version} does not touch `{file}`.",
                hint="Name a path in the kernel tree as the patch has it.",
            )
        if line:
            numbered = {
                each.target_line_no: each.value.rstrip("\n")
                for hunk in hunks
                for each in hunk
                if each.target_line_no
            }
            text = _line(numbered, line, f"{name}, {file}")
    elif line:
        raise SeriesError("a line of what?", where="--line", hint="Name --file or --patch as well.")
    return Anchor(name, file, line, text)


def _line(lines: dict[int, str], number: int, where: str) -> str:
    if number not in lines:
        first, last = min(lines, default=0), max(lines, default=0)
        raise SeriesError(
            f"line {number} is not in {where}.",
            where="--line",
            hint=f"The first that it shows is {first}, the last {last}.",
        )
    return lines[number]


def _patch_name(version: Version, patch: str, file: str) -> str:
    names = [path.name for path in version.patches]
    if patch == COVER:
        return COVER
    if patch.isdecimal():
        fitting = [name for name in names if re.match(rf"0*{int(patch)}-", name)]
    elif patch:
        fitting = [name for name in names if name == patch] or [n for n in names if patch in n]
    elif file:
        fitting = [name for name in names if _hunks(version.path / name, file)]
    else:
        return ""
    if len(fitting) == 1:
        return fitting[0]
    what = f"`{patch}`" if patch else f"that touches `{file}`"
    raise SeriesError(
        f"{version.name} has {'no' if not fitting else 'more than one'} patch {what}.",
        where="--patch",
        hint=f"It has {', '.join(names)}; `{COVER}` is the cover letter.",
    )
