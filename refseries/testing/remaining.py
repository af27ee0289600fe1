# SPDX-License-Identifier: GPL-2.0-or-later
"""How long a matrix will still take, from how long earlier runs took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from refseries.errors import RefseriesError
from refseries.kernel.model import Config
from refseries.model import StageOutcome, Target
from refseries.testing import runs

ColumnKey = tuple[Target, str]
"""A target and the name of a config."""

if TYPE_CHECKING:
    from refseries.testing.lab import Lab


@dataclass(frozen=True)
class Took:
    """Seconds that a column is expected to take: builds come one by one, boots beside them."""

    build: float
    test: float


@dataclass(frozen=True)
class Progressed:
    """How far one column is.

    Attributes:
        stage: ``build``, ``boot``, ``test`` or ``done``; empty before the first.
        seconds: for how long it has been at that.
    """

    stage: str = ""
    seconds: float = 0.0


def expected(
    lab: Lab, targets: Sequence[Target], configs: Sequence[Config], rounds: int = 1
) -> dict[ColumnKey, Took] | None:
    """What each column will take; None where nothing is known of one of the configs.

    A version that was built as it stands is not built again. One that was not takes what the
    slowest build of its config took; so do its tests.

    Args:
        rounds: how often all cases are run.
    """
    found: dict[ColumnKey, Took] = {}
    for config in configs:
        kept = {
            each: runs.latest(lab.cache, lab.series.home, each, config.name) for each in targets
        }
        known = [each.seconds for each in kept.values() if each is not None and each.seconds]
        if not known:
            return None
        build = max(each.get("build", 0.0) for each in known)
        test = max(each.get("boot", 0.0) + each.get("test", 0.0) for each in known)
        for target, latest in kept.items():
            built = (
                latest is not None
                and latest.stages.get("build") is StageOutcome.PASS
                and latest.tree == _tree(lab, target)
                and not lab.rebuild
            )
            found[target, config.name] = Took(0.0 if built else build, rounds * test)
    return found


def _tree(lab: Lab, target: Target) -> str | None:
    try:
        return lab.apply(target).tree
    except RefseriesError:  # the matrix says so
        return None


def left(
    took: Mapping[ColumnKey, Took], progressed: Mapping[ColumnKey, Progressed], jobs: int
) -> float:
    """Seconds that are left; pure.

    Args:
        progressed: of each column that has begun.
        jobs: guests beside each other.
    """
    building = testing = 0.0
    for column, each in took.items():
        now = progressed.get(column, Progressed())
        if now.stage == "done":
            continue
        if now.stage in ("boot", "test"):
            testing += max(0.0, each.test - now.seconds)
            continue
        spent = now.seconds if now.stage == "build" else 0.0
        building += max(0.0, each.build - spent)
        testing += each.test
    return building + testing / max(1, jobs)


def in_words(seconds: float) -> str:
    """``about 4 min left``; empty below a minute, which nobody needs to be told."""
    if seconds < 60:
        return ""
    minutes = round(seconds / 60)
    told = f"{minutes} min" if minutes < 90 else f"{seconds / 3600:.1f} h"
    return f"about {told} left, as earlier runs took"
