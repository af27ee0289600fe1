# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of mutants, from the newest kept reports; none is made or tried for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from refseries.model import Series
from refseries.mutate import kept
from refseries.mutate.model import MutantFate, MutationReport
from refseries.report.model import MutantsStory
from refseries.testing.judges import Judges


def mutants_stories(
    series: Series, configs: tuple[str, ...], trees: Mapping[str, str], cache: Path
) -> Iterator[MutantsStory]:
    """One for each version and config of which a report is kept, the newest version first."""
    judges = Judges.load(series.root)
    for version in reversed(series.versions):
        tree = trees.get(version.name)
        for config in configs if tree else ():
            found = kept.latest(cache, series.home, version.name, config, tree or "", judges)
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
