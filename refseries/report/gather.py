# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything that the page of a series says, out of ``series/`` and what runs have left behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from refseries.check import catalogue
from refseries.errors import RefseriesError, SeriesError
from refseries.host import resources
from refseries.kernel import configs as kernel_configs
from refseries.model import BASE, Applied, BaseInfo, Series, Target
from refseries.report import costs, lines, mutants, ranges, results, story, words
from refseries.report.model import SeriesReport, VersionStory
from refseries.report.standing import standing
from refseries.review import listing, status
from refseries.review import store as reviews
from refseries.review.evidence import known
from refseries.series import apply
from refseries.testing import runs


def report(series: Series, base: BaseInfo | None, cache: Path) -> SeriesReport:
    """What is known of a series right now. Versions are applied; nothing is built or booted.

    Args:
        base: the base kernel; None when it is not imported, so that little can be known.

    Raises:
        SeriesError: a file of the series is wrong.
    """
    applied, problems = _applied(series, base, cache)
    trees = {name: each.tree for name, each in applied.items()}
    read = reviews.load(series)
    plain = [task for review in read for task in review.tasks]
    proofs = known.proofs(series, base, cache, plain)
    tasks = story.tasks(read, proofs)
    broken = known.broken(plain, proofs)
    stands = standing(series, base, cache, reviews=read, broken=broken)
    shown = results.config_results(series, base, trees, problems, cache)
    tips = {name: each.commit for name, each in applied.items()}
    versions = story.version_stories(series, tips, problems, read, tasks, cache)
    half = {row.version.name for row in stands.rows if row.half_sent}
    versions = tuple(
        replace(each, posted=each.posted or "in part") if each.name in half else each
        for each in versions
    )
    configs = tuple(each.config for each in shown)
    counted = lines.lines_stories(series, versions, configs, trees, cache)
    return SeriesReport(
        name=series.name,
        title=series.title,
        standing=status.sentence(stands),
        next_step=stands.next_step,
        base=f"Linux {base.release}" if base else f"Linux {series.base.release}, not imported here",
        versions=versions,
        results=shown,
        ranges=ranges.range_stories(series, base, applied, problems, tasks, counted),
        costs=costs.cost_story(series, {**trees, BASE: base.tree} if base else trees),
        mutants=tuple(mutants.mutants_stories(series, configs, trees, cache)),
        tasks=listing.count(plain) if plain else "",
        at_work=words.at_work(runs.at_work(cache, series.home)),
        lines=counted,
        unchecked=_unchecked(series, versions),
    )


def _unchecked(series: Series, versions: Sequence[VersionStory]) -> tuple[str, ...]:
    """The checks that no version has an answer of; none where a file about them is wrong."""
    path = resources.qemu_dir() / catalogue.CONFIGS
    try:
        known = catalogue.checks(kernel_configs.load_configs(path, series.root))
    except SeriesError:
        return ()
    run = {each.check for version in versions for each in version.checks or ()}
    return tuple(each.name for each in known if each.name not in run)


def _applied(
    series: Series, base: BaseInfo | None, cache: Path
) -> tuple[dict[str, Applied], dict[str, str]]:
    """The commits of each version, or why it has none."""
    applied: dict[str, Applied] = {}
    problems: dict[str, str] = {}
    for version in series.versions if base else ():
        try:
            assert base is not None
            applied[version.name] = apply.apply(series, base, Target(version.name), cache)
        except RefseriesError as error:
            # Who reads the page has no folder of ours: names are those of the project.
            problems[version.name] = str(error).replace(f"{series.root}/", "")
    return applied, problems
