# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything that the page of a series says, out of ``series/`` and what runs have left behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from refseries.check import catalogue
from refseries.errors import SeriesError
from refseries.kernel.configs import compile_matrix
from refseries.model import BaseInfo, Series
from refseries.report import costs, lines, mutants, ranges, results, story, words
from refseries.report.model import SeriesReport, VersionStory
from refseries.report.sources import ReportSources
from refseries.report.standing import standing
from refseries.review import listing, status
from refseries.review import store as reviews
from refseries.review.evidence import known
from refseries.testing import runs


def report(series: Series, base: BaseInfo | None, cache: Path) -> SeriesReport:
    """What is known of a series right now. Versions are applied; nothing is built or booted.

    Args:
        base: the base kernel; None when it is not imported, so that little can be known.

    Raises:
        SeriesError: a file of the series is wrong.
    """
    sources = ReportSources.of(series, base, cache, series.versions)
    read = reviews.load(series)
    plain = [task for review in read for task in review.tasks]
    proofs = known.proofs(series, base, cache, plain)
    tasks = story.tasks(read, proofs)
    broken = known.broken(plain, proofs)
    stands = standing(series, base, cache, reviews=read, broken=broken)
    shown = results.config_results(sources)
    versions = story.version_stories(sources, read, tasks)
    half = {row.version.name for row in stands.rows if row.half_sent}
    versions = tuple(
        replace(each, posted=each.posted or "in part") if each.name in half else each
        for each in versions
    )
    configs = tuple(each.config for each in shown)
    counted = lines.lines_stories(sources, versions, configs)
    return SeriesReport(
        name=series.name,
        title=series.title,
        standing=status.sentence(stands),
        next_step=stands.next_step,
        base=f"Linux {base.release}" if base else f"Linux {series.base.release}, not imported here",
        versions=versions,
        results=shown,
        ranges=ranges.range_stories(sources, tasks, counted),
        costs=costs.cost_story(sources),
        mutants=tuple(mutants.mutants_stories(sources, configs)),
        tasks=listing.count(plain) if plain else "",
        at_work=words.at_work(runs.at_work(cache, series.home)),
        lines=counted,
        unchecked=_unchecked(series, versions),
    )


def _unchecked(series: Series, versions: Sequence[VersionStory]) -> tuple[str, ...]:
    """The checks that no version has an answer of; none where a file about them is wrong."""
    try:
        known = catalogue.checks(compile_matrix(series.root))
    except SeriesError:
        return ()
    run = {each.check for version in versions for each in version.checks or ()}
    return tuple(each.name for each in known if each.name not in run)
