# SPDX-License-Identifier: GPL-2.0-or-later
"""What tools said, kept under a key of all that it depends on; and the newest report of a version.

``SERIES/check/said/KEY.json`` holds the diagnostics of one tool for one state of the tree;
``SERIES/check/latest/VERSION.json`` holds the outcomes of the newest ``refseries check``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from refseries.check.model import CheckOutcome, Diagnostic
from refseries.host import lock, typed
from refseries.host.progress import silent

_SCHEMA = 1


def key(*parts: object) -> str:
    """Name for what a tool says, from everything that it depends on: 32 hex digits. Pure."""
    text = json.dumps([_SCHEMA, *parts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


@dataclass(frozen=True)
class Store:
    """The diagnostics of one series. A file appears whole, by a rename, and never changes."""

    directory: Path

    def load(self, name: str) -> tuple[Diagnostic, ...] | None:
        """What is kept under ``name``; None when nothing is, or it cannot be read."""
        return typed.kept(self.directory / f"{name}.json", tuple[Diagnostic, ...])

    def keep(self, name: str, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Keep ``diagnostics`` under ``name``, and give them back."""
        kept = tuple(diagnostics)
        typed.keep(self.directory / f"{name}.json", kept)
        return kept


class LatestCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The newest outcomes of a version.

    Attributes:
        commit: git id of the version's last patch as it was checked. It stands for the messages,
            the patches before and the base, too, which the tree alone does not.
        outcomes: of the checks that were run, by name; ``--only`` replaces the named ones alone.
    """

    commit: str
    outcomes: dict[str, CheckOutcome]


def remember(
    cache: Path,
    series: str,
    version: str,
    commit: str,
    outcomes: Iterable[CheckOutcome],
) -> None:
    """Keep ``outcomes`` as the newest of their checks for ``version``."""
    path = _path(cache, series, version)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A run of other checks of the version may end at the same time.
    with lock.held(path.with_suffix(".lock"), silent, ""):
        before = latest(cache, series, version, commit)
        kept = dict(before.outcomes) if before else {}
        kept |= {outcome.check: outcome for outcome in outcomes}
        typed.keep(path, LatestCheck(commit=commit, outcomes=kept))


def latest(cache: Path, series: str, version: str, commit: str) -> LatestCheck | None:
    """What ``refseries check`` last said of ``version``; None when it was never asked.

    Args:
        cache: the cache directory.
        series: the series' name.
        commit: git id of the version's last patch as it is now. What was said of an older state
            of it does not count.
    """
    found = typed.kept(_path(cache, series, version), LatestCheck)
    return found if found is not None and found.commit == commit else None


def _path(cache: Path, series: str, version: str) -> Path:
    return cache / series / "check" / "latest" / f"{version}.json"
