# SPDX-License-Identifier: GPL-2.0-or-later
"""Is what a version touches compiled at all? A green matrix says nothing of a file that is not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from refseries import git
from refseries.errors import StageError
from refseries.git import lines
from refseries.kernel import compiled
from refseries.model import BASE, Target
from refseries.testing import runs
from refseries.testing.model import Matrix

if TYPE_CHECKING:
    from refseries.testing.lab import Lab


@dataclass(frozen=True)
class TouchedFile:
    """A file that a target changes or adds, and that a kernel's build may compile.

    Attributes:
        configs: the names of those that compile it, or read it where it is a header.
        known: the names of those of which that is known: built, and by this refseries.
        asked: the names of all that the target should be built in.
    """

    target: Target
    path: str
    configs: tuple[str, ...]
    known: tuple[str, ...]
    asked: tuple[str, ...]

    @property
    def is_source(self) -> bool:
        """Whether objects are made of it; a header may be there for other architectures alone."""
        return not self.path.endswith(".h")

    @property
    def complaint(self) -> str:
        """That nothing compiles it, as far as is known; empty where something does."""
        if self.configs or not self.known:
            return ""
        missing = [name for name in self.asked if name not in self.known]
        if not missing:
            return f"{self.path}: compiled by no config"
        known, rest = ", ".join(self.known), ", ".join(missing)
        return f"{self.path}: not compiled by {known} ({rest}: not known)"


def of_matrix(lab: Lab, matrix: Matrix) -> tuple[TouchedFile, ...]:
    """What becomes of the files of each target, in its own configs and in those of the series."""
    found: list[TouchedFile] = []
    for target in dict.fromkeys(run.target for run in matrix.runs):
        keys = {run.config: runs.image_of(run) for run in matrix.runs if run.target == target}
        found += files_touched(lab, target, keys)
    return tuple(found)


def files_touched(
    lab: Lab, target: Target, keys: Mapping[str, str] | None = None
) -> tuple[TouchedFile, ...]:
    """What becomes of the files of ``target``; nothing for base, or where it does not apply.

    Args:
        keys: by config, of images that were just built; the others are those of the newest results.
    """
    if target.version == BASE:
        return ()
    try:
        tree = lab.apply(target).tree
    except StageError:
        return ()
    modes = git.changed_modes(lab.base.repo, lab.base.of(target.stands_on).tree, tree)
    paths = compiled.can_be(path for path, mode in modes.items() if int(mode, 8))
    asked = tuple(dict.fromkeys((*lab.series.configs, *(keys or {}))))
    files = {}
    for config in asked:
        key = (keys or {}).get(config) or _newest(lab, target, config, tree)
        if key and (read := compiled.read(lab.images.directory / key)) is not None:
            files[config] = read
    return tuple(
        TouchedFile(target, path, tuple(c for c in files if path in files[c]), tuple(files), asked)
        for path in paths
    )


def lines_added(lab: Lab, target: Target) -> tuple[str, ...]:
    """The lines that ``target`` adds to what a kernel is compiled of.

    Raises:
        StageError: it does not apply.
    """
    new = lab.apply(target).commit
    old = lab.base.of(target.stands_on).commit
    paths = compiled.can_be(git.changed_modes(lab.base.repo, old, new))
    return tuple(lines.added(lab.base.repo, old, new, paths))


def _newest(lab: Lab, target: Target, config: str, tree: str) -> str:
    kept = runs.latest(lab.cache, lab.series.home, target, config)
    return kept.image if kept is not None and kept.tree == tree else ""


def lacks_sources(files: Sequence[TouchedFile]) -> bool:
    """Whether nothing compiles a source of the newest version among ``files``, or of a commit.

    Older versions are history.
    """
    numbered = [(_number(each.target), each) for each in files]
    newest = max((number for number, _ in numbered), default=0)
    return any(
        each.is_source and each.complaint for number, each in numbered if number in (0, newest)
    )


def _number(target: Target) -> int:
    found = re.fullmatch(r"v([1-9][0-9]*)", target.version)
    return int(found[1]) if found else 0


def complaints(files: Sequence[TouchedFile]) -> tuple[str, ...]:
    """A line for each file that nothing compiles, with the targets of which that is so."""
    told: dict[str, list[str]] = {}
    for file in files:
        if file.complaint:
            told.setdefault(file.complaint, []).append(str(file.target))
    return tuple(f"{', '.join(targets)}: {text}" for text, targets in told.items())
