# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a patch does what another one does, for whoever reviewed that one; pure.

Two patches are the same in substance when they add and remove the same lines of the same files at
the same places. Line numbers, context, white space and the commit message do not count. A place is
the same while the nearest line with a word above the change, or the one below it, is: one may
come from an earlier patch that changed; a change whose neighbours are both others was moved.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from refseries.errors import SeriesError
from refseries.series import patches
from refseries.series.patches import Patch

MOST_SHOWN = 40
"""Lines of a difference that are told; of more, how many there are."""

_BINARY = re.compile(rb"^(?:GIT binary patch|Binary files .* differ)$", re.M)
_INDEX = re.compile(r"(?:index|(?:dis)?similarity) ")
_WORD = re.compile(r"\w")


@dataclass(frozen=True)
class _Block:
    """Changed lines that stand together, marked + or -, and their neighbours; empty at an end."""

    lines: tuple[str, ...]
    above: str
    below: str

    def is_same(self, other: _Block) -> bool:
        mine, theirs = (self.above, self.below), (other.above, other.below)
        near = mine == theirs or any(
            one == two != "" for one, two in zip(mine, theirs, strict=True)
        )
        return near and [*map(_plain, self.lines)] == [*map(_plain, other.lines)]


@dataclass(frozen=True)
class _FileChange:
    """What a patch does to a file. ``head``: its names, modes and the like."""

    head: tuple[str, ...]
    blocks: tuple[_Block, ...]

    @property
    def text(self) -> tuple[str, ...]:
        names = 2 if len(self.head) > 2 else 0  # git says them in a line of its own
        head = self.head[: len(self.head) - names]
        return (*head, *itertools.chain.from_iterable(block.lines for block in self.blocks))


def is_same(one: Patch, other: Patch) -> bool:
    """Whether two patches are the same in substance; one that cannot be read is not."""
    if one.diff == other.diff:
        return True
    if _BINARY.search(one.diff) or _BINARY.search(other.diff):
        return False
    try:
        mine, theirs = _changes(one), _changes(other)
    except SeriesError:
        return False
    return len(mine) == len(theirs) and all(
        a.head == b.head
        and len(a.blocks) == len(b.blocks)
        and all(x.is_same(y) for x, y in zip(a.blocks, b.blocks, strict=True))
        for a, b in zip(mine, theirs, strict=True)
    )


def changed_lines(patch: Patch) -> Counter[tuple[str, str]]:
    """Each line with a word that a patch changes, with its file; none where it is unreadable."""
    try:
        return Counter(
            (change.head[-1], _plain(line))
            for change in _changes(patch)
            for line in itertools.chain.from_iterable(block.lines for block in change.blocks)
            if _WORD.search(line)
        )
    except SeriesError:
        return Counter()


def likeness(one: Counter[tuple[str, str]], other: Counter[tuple[str, str]]) -> float:
    """Which part of them two patches share, of ``changed_lines`` of both: from 0 to 1."""
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def difference(old: Patch, new: Patch) -> tuple[str, ...]:
    """How ``new`` differs from ``old``, as lines of a diff of the two without context."""
    try:
        before, after = _text(old), _text(new)
    except SeriesError:
        return ("one of the two diffs cannot be read",)
    found = [
        line
        for line in difflib.unified_diff(before, after, n=0, lineterm="")
        if not line.startswith(("--- ", "+++ ", "@@ "))
    ]
    if not found:
        binary = _BINARY.search(old.diff) or _BINARY.search(new.diff)
        return ("a binary file differs",) if binary else ("the same lines, at another place",)
    more = len(found) - MOST_SHOWN
    return (*found[:MOST_SHOWN], *([f"… and {more} more lines"] if more > 0 else []))


def _text(patch: Patch) -> list[str]:
    return [line for change in _changes(patch) for line in change.text]


def _changes(patch: Patch) -> list[_FileChange]:
    """Raises SeriesError when the diff cannot be parsed."""
    found = []
    for file in patches.files(patch):
        info = str(file.patch_info or "").splitlines()
        head = (*(line for line in info if not _INDEX.match(line)), file.source_file)
        blocks = tuple(
            block
            for hunk in file
            for block in _blocks([(line.line_type, line.value.rstrip("\n")) for line in hunk])
        )
        found.append(_FileChange((*head, file.target_file), blocks))
    return sorted(found, key=lambda change: change.head)


def _blocks(lines: Sequence[tuple[str, str]]) -> Iterator[_Block]:
    """The blocks of a hunk, given as pairs of mark and text."""
    at = 0
    for changed, group in itertools.groupby(lines, key=lambda line: line[0] in "+-"):
        own = tuple(group)
        if changed:
            above, below = reversed(lines[:at]), lines[at + len(own) :]
            yield _Block(tuple(f"{mark}{text}" for mark, text in own), _near(above), _near(below))
        at += len(own)


def _near(lines: Iterator[tuple[str, str]] | Sequence[tuple[str, str]]) -> str:
    """The first line of context that says something."""
    return next((_plain(text) for mark, text in lines if mark == " " and _WORD.search(text)), "")


def _plain(line: str) -> str:
    mark = line[:1] if line[:1] in ("+", "-") else ""
    return mark + " ".join(line[len(mark) :].split())
