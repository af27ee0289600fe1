# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of a file between commits: which differ, and which commit each comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from refseries.git.command import on_objects, read_files

if TYPE_CHECKING:
    from unidiff.patch import Hunk

_HEADER = re.compile(r"(?P<commit>[0-9a-f]{40,64}) [0-9]+ (?P<number>[0-9]+)")


@dataclass(frozen=True)
class Block:
    """Lines of an old text, and what stands in their place in the new one; counted from 1.

    One of no lines stands behind the line that it names, as in a diff without context.
    """

    start: int
    count: int
    new_start: int
    new_count: int


@dataclass(frozen=True)
class BlamedLine:
    """A line of a file, and the commit that brought it as it stands."""

    commit: str
    number: int
    text: str


def differing(repo: Path, old: str, new: str, name: str) -> tuple[Block, ...]:
    """What differs in the file ``name`` between two commits, in order; nothing in a binary one."""
    return tuple(
        Block(hunk.source_start, hunk.source_length, hunk.target_start, hunk.target_length)
        for hunk in _hunks(repo, old, new, [name])
    )


def new_numbers(repo: Path, old: str, new: str, name: str) -> frozenset[int]:
    """Numbers of the lines of the file ``name`` in ``new`` that ``old`` does not have."""
    return frozenset(
        number
        for block in differing(repo, old, new, name)
        for number in range(block.new_start, block.new_start + block.new_count)
    )


def added(repo: Path, old: str, new: str, names: Sequence[str]) -> Iterator[str]:
    """The lines that ``new`` has in files of these names and ``old`` has not; none of none."""
    for hunk in _hunks(repo, old, new, names) if names else ():
        yield from (line.value.removesuffix("\n") for line in hunk if line.is_added)


def _hunks(repo: Path, old: str, new: str, names: Sequence[str]) -> Iterator[Hunk]:
    """What differs between two commits in files of these names, without context."""
    from unidiff.patch import PatchSet

    diff = on_objects(
        repo, new, "--literal-pathspecs", "diff-tree", "-p", "-U0", "--no-renames",
        old, new, "--", *names,
    ).stdout  # fmt: skip
    for file in PatchSet(diff):
        yield from file


def blamed(
    repo: Path, base: str, tip: str, name: str, ranges: Sequence[tuple[int, int]] = ()
) -> Iterator[BlamedLine]:
    """The lines of the file ``name`` as ``tip`` has it, each with its commit, by git's blame.

    Args:
        base: git looks no further; lines that are older count as of this commit.
        ranges: first and last line of each part that is wanted; all of the file without any.
    """
    length = _length(repo, tip, name)
    words = [f"-L{first},{min(last, length)}" for first, last in ranges if first <= length]
    if not length or (ranges and not words):
        return
    said = on_objects(
        repo, tip, "blame", "--porcelain", "--no-progress", *words, f"{base}..{tip}", "--", name
    ).stdout
    commit, number = "", 0
    for line in said.split("\n"):
        if line.startswith("\t"):
            yield BlamedLine(commit, number, line[1:])
        elif header := _HEADER.match(line):
            commit, number = header["commit"], int(header["number"])


def _length(repo: Path, commit: str, name: str) -> int:
    """How many lines a file has; 0 where ``commit`` has no such file."""
    text = read_files(repo, commit, [name]).get(name, b"")
    return text.count(b"\n") + (text[-1:] not in (b"", b"\n"))
