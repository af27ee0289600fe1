# SPDX-License-Identifier: GPL-2.0-or-later
"""What the cases ran of a version, kept in the cache as JSON."""

from __future__ import annotations

import glob
from pathlib import Path

from refseries.coverage.model import ConfigCoverage
from refseries.host import typed
from refseries.model import Target
from refseries.testing import runs


def save(cache: Path, series: str, target: Target, found: ConfigCoverage) -> None:
    """Keep ``found`` as the newest of its target and config."""
    typed.keep(_path(cache, series, target, found.config), found)


def load(cache: Path, series: str, target: Target, config: str) -> ConfigCoverage | None:
    """The newest; None when there is none, or only one of an older refseries."""
    return typed.kept(_path(cache, series, target, config), ConfigCoverage)


def every(cache: Path, series: str, target: Target) -> tuple[ConfigCoverage, ...]:
    """The newest of ``target`` in each config that there is one of, by the configs' names."""
    files = (cache / series / "coverage").glob(f"{glob.escape(runs.folder(target))}[-~]*.json")
    found = (typed.kept(path, ConfigCoverage) for path in sorted(files))
    # Of `v4-x`, a branch, there is a file that looks like one of v4.
    return tuple(each for each in found if each is not None and each.version == str(target))


def _path(cache: Path, series: str, target: Target, config: str) -> Path:
    return cache / series / "coverage" / f"{runs.place_name(target, config)}.json"
