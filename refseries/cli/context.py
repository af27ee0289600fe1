# SPDX-License-Identifier: GPL-2.0-or-later
"""What most commands start with: the series, the settings and the base kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from refseries.cli import screen
from refseries.cli.options import SeriesOptions
from refseries.host import settings
from refseries.host.homes import expanded
from refseries.kernel import base
from refseries.kernel.model import Config
from refseries.model import BaseInfo, Series
from refseries.series import home, store

if TYPE_CHECKING:
    from refseries.testing.lab import Lab


@dataclass(frozen=True)
class Context:
    """A series, the settings to work on it with, and the options that it was found by."""

    series: Series
    settings: settings.Settings
    options: SeriesOptions


def load(options: SeriesOptions) -> Context:
    """Find and read the series at or above ``--series`` (default: here), settle the settings.

    Raises:
        SeriesError: there is no series, or a file or setting is wrong.
    """
    start = settings.in_utf8(expanded(options.directory or Path()).resolve())
    series = store.load(store.find_root(start))
    resolved = settings.resolve(
        series_tree=series.base.tree,
        series_ref=series.base.ref,
        tree=options.tree,
        base_ref=options.base_ref,
        jobs=options.jobs,
    )
    return Context(home.settled(series, resolved.cache), resolved, options)


def find_base(context: Context, quiet: bool) -> BaseInfo:
    """The base kernel, with progress; says so when it is not the one the series was made on."""
    with screen.progress(quiet) as progress:
        info = base.find(
            context.series.base, context.settings, context.series.identity, say=progress
        )
    if not quiet and (difference := base.differs(context.series.base, info)):
        screen.note(difference)
    return base.of_series(context.series, info, context.settings.cache)


def find_configs(
    context: Context, names: Sequence[str], *, first: bool = False
) -> tuple[Config, ...]:
    """The kernel configs of these names.

    Args:
        names: without any, those that ``series.toml`` names are meant.
        first: of these, the first alone.

    Raises:
        SeriesError: there is no such config, or their file is wrong.
    """
    from refseries.kernel import configs

    series = context.series
    known = configs.of_project(series.root)
    if names:
        return configs.select(known, names)
    named = series.configs[:1] if first else series.configs
    return configs.select(known, named, str(series.root / "series" / "series.toml"))


def find_config(context: Context, name: str | None) -> Config:
    """The kernel config of this name, or the first that ``series.toml`` names.

    Raises:
        SeriesError: as ``find_configs``.
    """
    (config,) = find_configs(context, (name,) if name else (), first=True)
    return config


def find_lab(context: Context, quiet: bool, *, rebuild: bool = False) -> Lab:
    """Where kernels are built, over the base that ``find_base`` gives."""
    from refseries.testing.lab import Lab

    info = find_base(context, quiet)
    found, options = context.settings, context.options
    return Lab(
        context.series,
        info,
        found.cache,
        found.jobs,
        rebuild,
        options.accel,
        options.cluster or "",
        options.fetch_images,
    )
