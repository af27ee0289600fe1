# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines that a version adds, each with the commit that it comes from, by git's blame."""

from __future__ import annotations

from collections.abc import Iterable

from refseries import git
from refseries.coverage.model import AddedSource
from refseries.coverage.source import is_source
from refseries.git.lines import blamed
from refseries.model import Applied


def sources(applied: Applied, base_tree: str) -> tuple[str, ...]:
    """Files that a version changes and that kernels are built from, sorted.

    Args:
        applied: the version's commits.
        base_tree: git tree id of what they stand on.
    """
    changed = git.changed_paths(applied.repo, base_tree, applied.tree)
    return tuple(sorted(filter(is_source, changed)))


def lines(applied: Applied, files: Iterable[str]) -> tuple[AddedSource, ...]:
    """The lines of ``files`` that the version adds, with the number of their patch.

    Args:
        applied: the version's commits, in the order of its patches.
    """
    numbers = {each.commit: number for number, each in enumerate(applied.commits, 1)}
    return tuple(
        AddedSource(file, line.number, numbers[line.commit], line.text)
        for file in files
        for line in blamed(applied.repo, applied.base, applied.commit, file)
        if line.commit in numbers
    )


def of_fixups(
    applied: Applied, wanted: Iterable[str], files: Iterable[str]
) -> frozenset[tuple[str, int]]:
    """File and number of each line that fixups brought and that is still there.

    Args:
        applied: the commits of a version by its fixups, which end in the same tree.
        wanted: names of fixups.
    """
    names = frozenset(wanted)
    of = {each.commit for each in applied.commits if each.task in names}
    return frozenset(
        (file, line.number)
        for file in files
        for line in blamed(applied.repo, applied.base, applied.commit, file)
        if line.commit in of
    )
