# SPDX-License-Identifier: GPL-2.0-or-later
"""The newest report on the mutants of a version: ``SERIES/mutants/latest/VERSION-CONFIG.json``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec

from refseries.host import typed
from refseries.model import Target
from refseries.mutate.model import MutationReport
from refseries.testing.judges import Judges


class LatestMutants(msgspec.Struct, frozen=True, kw_only=True):
    """A report, the git tree id of the version that it is about, and by what that was judged."""

    tree: str
    report: MutationReport
    judged_by: str = ""


def remember(
    cache: Path, series: str, config: str, tree: str, report: MutationReport, judged_by: str = ""
) -> None:
    """Keep a report as the newest of its version; one that was stopped or tried a part is none.

    Args:
        series: the series' name in the cache.
        judged_by: the digest of ``Judges``; empty where it is not known.
    """
    if report.stopped or not report.results:
        return
    results = tuple(
        replace(each, mutant=replace(each.mutant, diff=each.mutant.text)) for each in report.results
    )
    entry = LatestMutants(tree=tree, report=replace(report, results=results), judged_by=judged_by)
    typed.keep(_path(cache, series, str(report.target), config), entry)


def latest(
    cache: Path, series: str, version: str, config: str, tree: str, judges: Judges
) -> MutationReport | None:
    """What was last found of ``version`` in ``config``; None if not of this tree by these tests."""
    found = typed.kept(_path(cache, series, version, config), LatestMutants)
    if found is None or found.tree != tree:
        return None
    same = judges.judged(found.judged_by, Target(version), config, booted=True)
    return found.report if same else None


def _path(cache: Path, series: str, version: str, config: str) -> Path:
    return cache / series / "mutants" / "latest" / f"{version}-{config}.json"
