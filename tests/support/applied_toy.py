# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of apply share: applying, and git am as the measure."""

from __future__ import annotations

from pathlib import Path

import toy as toys
from toy import Toy

from refseries.model import Applied
from refseries.series import apply, naming, store


def applied(
    toy: Toy, version: str = "v1", *, branch: str | None = None, by_task: bool = False
) -> Applied:
    series = toy.series()
    target = naming.target(series, version)
    return apply.apply(series, toy.base(), target, toy.cache, branch=branch, by_task=by_task)


def am(toy: Toy, patches: list[Path], dates: list[int], *options: str) -> list[str]:
    """Ids of the commits that git am makes of ``patches`` over the base, as the series' committer.

    Args:
        dates: the committer's, in seconds of the epoch.
    """
    toy.at_base()
    commits = []
    for patch, date in zip(patches, dates, strict=True):
        committer = {
            "GIT_COMMITTER_NAME": toys.IDENTITY.name,
            "GIT_COMMITTER_EMAIL": toys.IDENTITY.email,
            "GIT_COMMITTER_DATE": f"{date} +0000",
        }
        toy.git("am", "--quiet", *options, str(patch), env=committer)
        commits.append(toy.git("rev-parse", "HEAD"))
    return commits


def dates(toy: Toy, version: str, count: int) -> list[int]:
    start = int(store.version(toy.series(), version).date.timestamp())
    return [start + number for number in range(count)]


def objects(toy: Toy) -> set[str]:
    git_dir = toy.tree / ".git"
    return {str(path.relative_to(git_dir)) for path in git_dir.rglob("*") if path.is_file()}
