# SPDX-License-Identifier: GPL-2.0-or-later
"""What two states do differently in their guests, from the newest results that are kept."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from refseries.diff.side import Side
from refseries.model import BASE, BaseInfo, Series, StageOutcome, Target
from refseries.testing import changes, runs
from refseries.testing.changes import Changes
from refseries.testing.judges import Judges
from refseries.testing.model import Run
from refseries.testing.runs import LatestRun


@dataclass(frozen=True)
class Behaviour:
    """One config.

    Attributes:
        changes: None while a side has no results.
        missing: for each side without results, the command that makes them.
        other_tests: the two sides were tested with different selftests, so that a case that is on
            one side only says nothing about the kernel.
        outdated: the sides whose results are of other tests or options than those of now.
    """

    config: str
    changes: Changes | None
    missing: tuple[str, ...] = ()
    other_tests: bool = False
    outdated: tuple[str, ...] = ()


def between(
    series: Series, base: BaseInfo, old: Side, new: Side, cache: Path
) -> tuple[Behaviour, ...]:
    """What ``new`` does differently, in every config of the series; nothing is run for it.

    Where the bases of the two differ, and both were tested, what those do is charged to them.

    Nothing for two states of the same tree: a difference of their results would be an accident.
    """
    if old.tree == new.tree:
        return ()
    judges = Judges.load(series.root)
    return tuple(
        _in_config(series, base, old, new, config, cache, judges) for config in series.configs
    )


def _in_config(
    series: Series,
    base: BaseInfo,
    old: Side,
    new: Side,
    config: str,
    cache: Path,
    judges: Judges,
) -> Behaviour:
    before, after = (_results(series, side, config, cache) for side in (old, new))
    if before and after and before.booted is not after.booted:
        # A kernel that was only built says nothing about what a guest of the other side did.
        before, after = (None if _built_only(found) else found for found in (before, after))
    pairs = ((old, before), (new, after))
    if before is None or after is None:
        missing = tuple(_why(side, config) for side, found in pairs if found is None)
        return Behaviour(config, None, missing)
    told = changes.between(_run(old, before, config), _run(new, after, config))
    if bases := _of_bases(series, base, old, new, config, cache):
        told = told.charged(bases)
    other = before.booted and after.booted and before.initramfs != after.initramfs
    outdated = tuple(side.name for side, found in pairs if found and not judges.made(found, config))
    return Behaviour(config, told, other_tests=other, outdated=outdated)


def _of_bases(
    series: Series, base: BaseInfo, old: Side, new: Side, config: str, cache: Path
) -> Changes | None:
    """What changed from the base of one side to that of the other; None where it is not known."""
    if old.commits.base == new.commits.base:
        return None
    targets = {base.commit: Target(BASE)}
    targets |= {own.commit: base.target(name) for name, own in base.own}
    trees = {each.commit: each.tree for each in (base, *dict(base.own).values())}
    found = []
    for side in (old, new):
        target = targets.get(side.commits.base)
        latest = runs.latest(cache, series.home, target, config) if target else None
        if target is None or latest is None or latest.tree != trees[side.commits.base]:
            return None
        found.append(latest.as_run(target, config))
    return changes.between(*found)


def _built_only(found: LatestRun) -> bool:
    return not found.booted and found.stages.get("build") is StageOutcome.PASS


def _results(series: Series, side: Side, config: str, cache: Path) -> LatestRun | None:
    """The newest results of the tree of ``side``, under whatever name it was tested."""
    for target in dict.fromkeys(_targets(series, side)):
        found = runs.latest(cache, series.home, target, config)
        if found is not None and found.tree == side.tree:
            return found
    return None


def _targets(series: Series, side: Side) -> Iterator[Target]:
    if side.target is not None:
        yield side.target
    yield Target(BASE)
    for version in series.versions:
        yield Target(version.name)
        yield from (Target(version.name, fixup.task) for fixup in version.fixups)


def _run(side: Side, found: LatestRun, config: str) -> Run:
    return found.as_run(side.target or Target(side.name), config)


def _why(side: Side, config: str) -> str:
    if side.target is None:
        return f"{side.name} is not in the series, which refseries import would bring it into"
    return f"refseries test {shlex.quote(side.name)} --config {config}"
