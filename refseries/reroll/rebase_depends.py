# SPDX-License-Identifier: GPL-2.0-or-later
"""What a version depends on, on its way to another base."""

from __future__ import annotations

from pathlib import Path

from refseries.importing import in_base
from refseries.kernel import depended
from refseries.model import BaseInfo, Series, Version
from refseries.series import apply, depends, patches


def over(
    series: Series, onto: BaseInfo, version: Version, cache: Path
) -> tuple[BaseInfo, tuple[str, ...]]:
    """``onto`` with what ``version`` depends on and it has not yet; and names of what it has.

    Args:
        cache: as for ``apply``.

    Raises:
        SeriesError: a dependency is not in the project.
        StageError: one of them does not apply, and ``onto`` does not have all of it.
    """
    needed: list[str] = []
    merged: list[str] = []
    for each in depends.find(series.root, version.depends):
        taken = in_base.taken(onto, patches.read_all(each.patches))
        there = len(taken) == len(each.patches)
        if there:  # in its history; what can be applied once more was taken back there since
            ground = depended.over(series, onto, needed, cache)
            _, error = apply.commit_files(series, ground, each.patches, each.date, cache)
            there = error is not None
        (merged if there else needed).append(each.name)
    return depended.over(series, onto, needed, cache), tuple(merged)
