# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of mutants, from the newest kept reports; none is made or tried for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from refseries.mutate import kept
from refseries.mutate.model import MutantFate, MutationReport
from refseries.report.model import MutantsStory
from refseries.report.sources import ReportSources
from refseries.testing.judges import Judges


def mutants_stories(sources: ReportSources, configs: Sequence[str]) -> Iterator[MutantsStory]:
    """One for each version and config of which a report is kept, the newest version first."""
    home, judges = sources.series.home, Judges.load(sources.series.root)
    for version in reversed(sources.series.versions):
        tree = sources.tree(version.name)
        if tree is None:
            continue
        for config in configs:
            found = kept.latest(sources.cache, home, version.name, config, tree, judges)
            if found is not None:
                yield _story(version.name, config, found)


def _story(version: str, config: str, found: MutationReport) -> MutantsStory:
    survivors = tuple(each for each in found.results if each.fate is MutantFate.SURVIVED)
    survived = len(survivors) - found.equivalent
    words = f"{found.count(MutantFate.CAUGHT)} of {found.viable} caught, {survived} survived"
    if found.equivalent:
        words += f" beside {found.equivalent} that nobody can tell from the version"
    if found.unexplained:
        words += f"; {len(found.unexplained)} without a reason"
    return MutantsStory(version, config, words, found.as_expected, survivors)
