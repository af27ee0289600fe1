# SPDX-License-Identifier: GPL-2.0-or-later
"""What the cases ran of a version, kept in the cache as JSON."""

from __future__ import annotations

from pathlib import Path

import msgspec

from refseries.coverage.model import ConfigCoverage
from refseries.host.files import write_atomically
from refseries.model import Target
from refseries.testing import runs


def save(cache: Path, series: str, target: Target, found: ConfigCoverage) -> None:
    """Keep ``found`` as the newest of its target and config."""
    path = _path(cache, series, target, found.config)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, msgspec.json.encode(found))


def load(cache: Path, series: str, target: Target, config: str) -> ConfigCoverage | None:
    """The newest; None when there is none, or only one of an older refseries."""
    try:
        data = _path(cache, series, target, config).read_bytes()
        return msgspec.json.decode(data, type=ConfigCoverage)
    except (OSError, msgspec.DecodeError):
        return None


def _path(cache: Path, series: str, target: Target, config: str) -> Path:
    return runs.directory_of(cache / series / "coverage", target, config).with_suffix(".json")
