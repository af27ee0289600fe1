# SPDX-License-Identifier: GPL-2.0-or-later
"""What most commands start with: the series, the settings and the base kernel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from refseries import base, settings, store
from refseries.cli import screen
from refseries.model import BaseInfo, Series


@dataclass(frozen=True)
class Context:
    """A series and the settings to work on it with."""

    series: Series
    settings: settings.Settings


def load(
    directory: Path | None,
    *,
    tree: Path | None = None,
    base_ref: str | None = None,
    jobs: int | None = None,
) -> Context:
    """Find and read the series at or above ``directory`` (default: here), settle the settings.

    Raises:
        SeriesError: there is no series, or a file or setting is wrong.
    """
    start = (directory or Path()).expanduser().resolve()
    series = store.load(store.find_root(start))
    resolved = settings.resolve(
        series_tree=series.base.tree, tree=tree, base_ref=base_ref, jobs=jobs
    )
    return Context(series, resolved)


def find_base(context: Context, quiet: bool) -> BaseInfo:
    """The base kernel, with progress; says so when it is not the one the series was made on."""
    with screen.progress(quiet) as progress:
        info = base.find(
            context.series.base, context.settings, context.series.identity, progress=progress
        )
    if not quiet and (difference := base.differs(context.series.base, info)):
        screen.err().print(f"Note: {difference}", style="yellow")
    return info
