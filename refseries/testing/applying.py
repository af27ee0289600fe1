# SPDX-License-Identifier: GPL-2.0-or-later
"""The trees of the targets of one run: each by itself, or one after the other as a chain."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from refseries.errors import StageError
from refseries.model import Applied, Target
from refseries.series import apply
from refseries.testing.lab import Lab


@dataclass
class AppliedTargets:
    """What became of the targets.

    Attributes:
        applied: with the seconds that it took.
        failed: with what is wrong with them.
    """

    applied: list[tuple[Applied, float]] = field(default_factory=list)
    failed: list[tuple[Target, StageError]] = field(default_factory=list)


def each(lab: Lab, targets: Sequence[Target]) -> AppliedTargets:
    """Apply each target by itself.

    Raises:
        SeriesError: a version or a patch is damaged.
    """
    made = AppliedTargets()
    for target in targets:
        started = time.monotonic()
        try:
            applied = lab.apply(target)
        except StageError as error:
            made.failed.append((target, error))
        else:
            made.applied.append((applied, time.monotonic() - started))
    return made


def chain(lab: Lab, name: str, targets: Sequence[Target], by_patch: bool) -> AppliedTargets:
    """Apply the states of a version, up to one that does not; those behind it are not reached.

    Args:
        name: the version.
        targets: its states, in their order.
        by_patch: they go through its patches, not its fixups.

    Raises:
        SeriesError: as of `each`.
    """
    made = AppliedTargets()
    started = time.monotonic()
    states_of = apply.patch_by_patch if by_patch else apply.chain
    states, error = states_of(lab.series, lab.base, name, lab.cache)
    seconds = time.monotonic() - started  # they were applied together; the first bears it all
    unreached = ""
    for target in targets:
        if target in states:
            made.applied.append((states[target], seconds))
            seconds = 0.0
            continue
        assert error is not None
        made.failed.append((target, error))
        unreached = unreached or f"not reached: {target} does not apply."
        error = StageError(unreached, hint=error.hint)
    return made
