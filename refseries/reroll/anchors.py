# SPDX-License-Identifier: GPL-2.0-or-later
"""Open tasks in a new version: whether what they are about is untouched, touched or gone."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from refseries import git
from refseries.reroll.plan import Fate
from refseries.review.model import Task

UNTOUCHED, TOUCHED, VANISHED = "untouched", "touched", "vanished"

_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.M)
_BLAMED = re.compile(r"^(?P<commit>[0-9a-f]{40,64}) ")


@dataclass(frozen=True)
class Block:
    """Lines of an old text, and what stands in their place in the new one; counted from 1."""

    start: int
    count: int
    new_start: int
    new_count: int


def map_line(line: int, blocks: Sequence[Block], length: int) -> tuple[str, int]:
    """What became of a line, and its number now.

    Args:
        blocks: what differs, in order. One that only adds stands behind its ``start``.
        length: lines of the new text.

    Returns:
        For a line that was rewritten, the first one of what stands in its place; 0 when nothing
        does.
    """
    shift = 0
    for block in blocks:
        # A block of no lines stands behind the line that it names, as in a diff without context.
        first = block.start if block.count else block.start + 1
        if line < first:
            break
        if line < first + block.count:
            if not block.new_count:
                return VANISHED, 0
            inside = min(line - first, block.new_count - 1)
            return TOUCHED, block.new_start + inside
        shift += block.new_count - block.count
    now = line + shift
    return (UNTOUCHED, now) if 1 <= now <= length else (VANISHED, 0)


def in_text(task: Task, patch: str, old: str, new: str) -> Fate:
    """The fate of a point on a commit message or a cover letter.

    Args:
        patch: where the text stands now: a patch file, or ``cover``.
    """
    if task.anchor.line == 0:
        return Fate(task.id, UNTOUCHED if old == new else TOUCHED, patch)
    before, after = old.splitlines(), new.splitlines()
    became, line = map_line(task.anchor.line, tuple(_blocks(before, after)), len(after))
    if became == VANISHED:
        return Fate(task.id, VANISHED)
    return Fate(task.id, became, patch, line=line, text=after[line - 1])


def _blocks(before: Sequence[str], after: Sequence[str]) -> Iterator[Block]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            behind = 1 if end > start else 0
            yield Block(start + behind, end - start, new_start + 1, new_end - new_start)


@dataclass(frozen=True)
class History:
    """The new version's commits over the base, each with the name of its patch."""

    repo: Path
    base: str
    commits: tuple[str, ...]
    names: tuple[str, ...]


def in_file(task: Task, old: str, history: History) -> Fate:
    """The fate of a point on a line of a file.

    Args:
        old: the last commit of the version that it was raised on.
    """
    anchor, new = task.anchor, history.commits[-1]
    text = _read(history.repo, new, anchor.file)
    if text is None:
        return Fate(task.id, VANISHED)
    if anchor.line == 0:
        same = text == _read(history.repo, old, anchor.file)
        patch = _patch_of_file(history, anchor.file)
        return Fate(task.id, UNTOUCHED if same else TOUCHED, patch, anchor.file)
    words = (
        "--literal-pathspecs",
        "diff-tree",
        "-p",
        "-U0",
        "--no-renames",
        old,
        new,
        "--",
        anchor.file,
    )
    diff = git.on_objects(history.repo, new, *words).stdout
    blocks = tuple(
        Block(int(a), int(b or 1), int(c), int(d or 1)) for a, b, c, d in _HUNK.findall(diff)
    )
    lines = text.splitlines()
    became, line = map_line(anchor.line, blocks, len(lines))
    if became == VANISHED:
        return Fate(task.id, VANISHED)
    patch = _patch_of_line(history, anchor.file, line) or _patch_of_file(history, anchor.file)
    return Fate(task.id, became, patch, anchor.file, line, lines[line - 1])


def _read(repo: Path, commit: str, name: str) -> str | None:
    shown = git.git(repo, "cat-file", "blob", f"{commit}:{name}", check=False)
    return None if shown.returncode else shown.stdout


def _patch_of_line(history: History, name: str, line: int) -> str:
    new = history.commits[-1]
    blame = git.on_objects(
        history.repo, new, "blame", "--porcelain", "--no-progress", f"-L{line},{line}",
        f"{history.base}..{new}", "--", name, check=False,
    ).stdout  # fmt: skip
    found = _BLAMED.match(blame)
    names = dict(zip(history.commits, history.names, strict=True))
    return names.get(found["commit"], "") if found else ""


def _patch_of_file(history: History, name: str) -> str:
    """The first patch that touches the file; empty when none does."""
    for commit, patch in zip(history.commits, history.names, strict=True):
        if name in git.changed_paths(history.repo, f"{commit}^", commit):
            return patch
    return ""
