# SPDX-License-Identifier: GPL-2.0-or-later
"""A base with the patches of other series over it, which a version depends on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from refseries.errors import StageError
from refseries.model import BaseInfo, Series
from refseries.series import apply, depends


def over(series: Series, ground: BaseInfo, wanted: Sequence[str], cache: Path) -> BaseInfo:
    """``ground`` with the dependencies that are called ``wanted``; itself without any.

    Args:
        cache: as for ``apply``.

    Raises:
        SeriesError: one of them is not in the project.
        StageError: one of them does not apply.
    """
    found = depends.find(series.root, wanted)
    base = ground
    for each in found:
        commits, error = apply.commit_files(series, base, each.patches, each.date, cache)
        if error is not None:
            raise StageError(
                f"{each.name}, which the series depends on, does not apply: {error.what}",
                where=error.where,
                hint=f"Bring the state of it that was made for Linux {ground.release}, or write "
                "into `depends` what goes below it.",
                detail=error.detail,
            )
        base = replace(base, commit=commits[-1].commit, tree=commits[-1].tree)
    if not found:
        return ground
    below = replace(ground, own=(), lacking=())
    return replace(
        base, own=(), lacking=(), under=below, depends=tuple(each.name for each in found)
    )
