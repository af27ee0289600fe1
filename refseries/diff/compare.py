# SPDX-License-Identifier: GPL-2.0-or-later
"""Two states compared: the patches, the files, the texts, the recipients."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path

from refseries import git
from refseries.diff.side import Side
from refseries.git import rangediff, releases, replay
from refseries.git.rangediff import PatchPair, Unpaired
from refseries.model import BaseInfo

_NUMSTAT = re.compile(r"(?P<added>\d+|-)\t(?P<removed>\d+|-)\t(?P<path>.*)")


@dataclass(frozen=True)
class FileChange:
    """How many lines differ in a file; None for a binary one."""

    path: str
    added: int | None
    removed: int | None


@dataclass(frozen=True)
class Moved:
    """The two sides stand on different bases.

    Attributes:
        old, new: what each is called, by its nearest tag.
        files: how many files are different by that alone; the difference does not list them.
        apart: whether what the bases did to the other files is taken out, too: the difference is
            then that from the old patches, put onto the new base, to the new ones. Where they do
            not go there by a three-way merge, it has both.
    """

    old: str
    new: str
    files: int
    apart: bool = False


@dataclass(frozen=True)
class Difference:
    """Everything that is different on ``new``.

    Attributes:
        moved: how the bases differ; None where they are one.
        pairs: the range-diff.
        files: of the difference of the two trees; ``diffstat`` is the same for people.
        cover: a unified diff of the cover letters; empty when they are equal or not there.
        recipients_added, recipients_removed: ``Name <address>`` or an address.
        unpaired: patches that are gone and new, and that git would compare if it were asked to.
    """

    old: Side
    new: Side
    pairs: tuple[PatchPair, ...]
    files: tuple[FileChange, ...]
    diffstat: str
    cover: str
    recipients_added: tuple[str, ...]
    recipients_removed: tuple[str, ...]
    moved: Moved | None = None
    unpaired: Unpaired | None = None

    def __bool__(self) -> bool:
        """True when anything differs."""
        same = all(
            pair.status is rangediff.PairStatus.UNCHANGED and pair.old == pair.new
            for pair in self.pairs
        )
        texts = (self.cover, *self.recipients_added, *self.recipients_removed)
        return not same or bool(self.files) or any(texts) or self.moved is not None


def between(
    base: BaseInfo, old: Side, new: Side, creation_factor: int = rangediff.CREATION_FACTOR
) -> Difference:
    """What is different on ``new``.

    Args:
        creation_factor: as for ``rangediff.between``.

    Raises:
        StageError: git failed.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="git") as pool:
        trees = pool.submit(_trees, base.repo, old, new)
        pairs = rangediff.between(base.repo, old.commits, new.commits, creation_factor)
        apart = rangediff.unpaired(base.repo, old.commits, new.commits, pairs, creation_factor)
    files, stat, moved = trees.result()
    return Difference(
        old=old,
        new=new,
        pairs=pairs,
        files=files,
        diffstat=stat,
        cover=_text_diff(old, new),
        recipients_added=_joined(old, new),
        recipients_removed=_joined(new, old),
        moved=moved,
        unpaired=apart,
    )


def _joined(old: Side, new: Side) -> tuple[str, ...]:
    """Who gets the mail of ``new``, and not that of ``old``.

    Commits name but some of those whom a version goes to: who is not among them may get it still.
    """
    return () if old.in_part and not new.in_part else _without(new.recipients, old.recipients)


def _without(these: Sequence[str], those: Sequence[str]) -> tuple[str, ...]:
    """Those of ``these`` whose address is not among ``those``, each once."""
    known = {_address(entry) for entry in those}
    new = {_address(entry): entry for entry in reversed(these)}
    return tuple(entry for address, entry in reversed(new.items()) if address not in known)


def _address(entry: str) -> str:
    return (parseaddr(entry)[1] or entry).lower()


def _text_diff(old: Side, new: Side) -> str:
    if not old.cover or not new.cover:
        return ""
    before, after = (side.cover.split("\n") for side in (old, new))
    lines = list(difflib.unified_diff(before, after, old.name, new.name, lineterm=""))
    return "".join(f"{line}\n" for line in lines[2:])  # the two names stand above it anyway


def _trees(repo: Path, old: Side, new: Side) -> tuple[tuple[FileChange, ...], str, Moved | None]:
    """The difference of the trees, as far as it is not that of their bases alone."""
    if old.commits.base == new.commits.base:
        return *_files(repo, old.tree, new.tree, ()), None
    before, after = (_called(repo, side.commits.base) for side in (old, new))
    moved_there = replay.merged(repo, new.commits.base, old.commits.base, old.tree)
    if moved_there is not None:
        files = _files(repo, moved_there, new.tree, ())
        listed = {file.path for file in files[0]}
        alone = set(git.changed_paths(repo, old.tree, moved_there)) - listed
        return *files, Moved(before, after, len(alone), apart=True)
    ours = {
        path
        for side in (old, new)
        for path in git.changed_paths(repo, side.commits.base, side.tree)
    }
    bases = git.changed_paths(repo, old.commits.base, new.commits.base)
    moved = Moved(before, after, len(set(bases) - ours))
    files = _files(repo, old.tree, new.tree, sorted(ours)) if ours else ((), "")
    return *files, moved


def _called(repo: Path, commit: str) -> str:
    words = ("describe", "--tags", "--always", "--abbrev=12", *releases.MATCH, commit)
    return git.git(repo, *words).stdout.strip()


def _files(
    repo: Path, old: str, new: str, names: Sequence[str]
) -> tuple[tuple[FileChange, ...], str]:
    """What is different in the files of these names; in all without any."""
    if old == new:
        return (), ""
    shown = git.on_objects(
        repo, new, "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames",
        "--numstat", "--stat=72", old, new, "--", *(f":(top,literal){name}" for name in names),
        config={"core.quotePath": "false"},
    ).stdout.split("\n")  # fmt: skip
    files, stat = [], []
    for line in shown:
        if found := _NUMSTAT.fullmatch(line):
            added, removed = (None if n == "-" else int(n) for n in found.group(1, 2))
            files.append(FileChange(found["path"], added, removed))
        elif line:
            stat.append(f"{line}\n")
    return tuple(files), "".join(stat)
