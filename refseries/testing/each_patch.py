# SPDX-License-Identifier: GPL-2.0-or-later
"""What is known of a version patch by patch: what nobody tested, and what came out wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from refseries import git
from refseries.kernel import arch, compiled
from refseries.model import Applied, BaseInfo, Series
from refseries.series import apply, naming
from refseries.testing import runs
from refseries.testing.judges import Judges


@dataclass(frozen=True)
class ByPatch:
    """What tests of a version patch by patch have not shown; both are empty where all is well.

    Attributes:
        untested: states that were not tested as they stand, in words.
        wrong: states that did not come out as expected, in words.
    """

    untested: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


def _of_a_kernel(applied: Applied) -> bool:
    """Whether a kernel of any architecture is made of a file that ``applied`` changes."""
    files = git.changed_paths(applied.repo, applied.base, applied.commit)
    return not all(compiled.none_of_it(files, each.source) for each in arch.ARCHES.values())


def known(series: Series, base: BaseInfo, name: str, cache: Path) -> ByPatch:
    """What is known of version ``name`` patch by patch, in the configs of the series.

    A version of one patch has nothing in its middle, and of one that changes nothing of any kernel
    there is nothing to test.

    Args:
        base: of the series.

    Raises:
        SeriesError: no such version, or a patch reaches where it must not.
    """
    states, _error = apply.patch_by_patch(series, base, name, cache)
    if len(naming.patch_by_patch(series, name)) < 2:
        return ByPatch()
    judges = Judges.load(series.root)
    untested: list[str] = []
    wrong: list[str] = []
    for config in series.configs:
        never = []
        for target, applied in states.items():
            latest = runs.latest(cache, series.home, target, config)
            if latest is None or judges.outdated(latest, target, config, applied.tree):
                never.append(str(target))
            elif not latest.as_expected:
                why = f": {latest.message}" if latest.message else ""
                wrong.append(f"{target} did not come out as expected in {config}{why}")
        if len([each for each in never if ":" in each]) == len(states) - 1:
            untested.append(f"{name} was never tested patch by patch in {config}")
        elif never:
            untested.append(f"not tested in {config}: {', '.join(never)}")
    if untested and not _of_a_kernel(tuple(states.values())[-1]):
        return ByPatch()
    return ByPatch(tuple(untested), tuple(wrong))
