# SPDX-License-Identifier: GPL-2.0-or-later
"""Open tasks in a new version: whether what they are about is untouched, touched or gone."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from refseries import git
from refseries.git.lines import Block, blamed, differing
from refseries.reroll.plan import Fate
from refseries.review.model import Task

UNTOUCHED, TOUCHED, VANISHED = "untouched", "touched", "vanished"


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
    blocks = differing(history.repo, old, new, anchor.file)
    lines = text.removesuffix("\n").split("\n")  # as git counts them
    became, line = map_line(anchor.line, blocks, len(lines))
    if became == VANISHED:
        return Fate(task.id, VANISHED)
    patch = _patch_of_line(history, anchor.file, line) or _patch_of_file(history, anchor.file)
    return Fate(task.id, became, patch, anchor.file, line, lines[line - 1])


def _read(repo: Path, commit: str, name: str) -> str | None:
    shown = git.git(repo, "cat-file", "blob", f"{commit}:{name}", check=False)
    return None if shown.returncode else shown.stdout


def _patch_of_line(history: History, name: str, line: int) -> str:
    names = dict(zip(history.commits, history.names, strict=True))
    found = blamed(history.repo, history.base, history.commits[-1], name, [(line, line)])
    return next((names.get(each.commit, "") for each in found), "")


def _patch_of_file(history: History, name: str) -> str:
    """The first patch that touches the file; empty when none does."""
    for commit, patch in zip(history.commits, history.names, strict=True):
        if name in git.changed_paths(history.repo, f"{commit}^", commit):
            return patch
    return ""
