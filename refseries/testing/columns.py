# SPDX-License-Identifier: GPL-2.0-or-later
"""One column of the matrix on its way, and its run as far as no guest has a say in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from refseries.errors import StageError
from refseries.kernel.model import Config, Image
from refseries.model import Applied, StageOutcome, Target
from refseries.testing.expectations import Expectations
from refseries.testing.model import STAGES, Run
from refseries.testing.repeat import Guests
from refseries.testing.suites.guest import Guest

_STAGE_OF = {
    StageOutcome.APPLY_FAILED: "apply",
    StageOutcome.BUILD_FAILED: "build",
    StageOutcome.NO_RESULTS: "boot",
}


@dataclass
class Column:
    """One target in one config, on its way; ``guest`` None where it is only built.

    Attributes:
        seconds: by stage, so far.
    """

    applied: Applied
    config: Config
    guest: Guest | None = None
    built: Run | None = None
    guests: Guests | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def built(column: Column, image: Image, initramfs: Path | None, expectations: Expectations) -> Run:
    """The run of a column whose kernel is built; what its guest says is still to come.

    Args:
        initramfs: with its tests; None where it has none.
    """
    target, config = column.applied.target, column.config
    passed = dict.fromkeys(("apply", "build"), StageOutcome.PASS)
    expected = expectations.stage(target, config.name, "build")
    return Run(
        target,
        config.name,
        config.arch,
        dict.fromkeys(STAGES, StageOutcome.NOT_RUN) | passed,
        image=image.path,
        initramfs=initramfs,
        log=image.log,
        seconds=column.seconds,
        as_expected=expected is None,
        message="" if expected is None else "was expected not to build, and does",
    )


def failed(
    target: Target,
    config: Config,
    outcome: StageOutcome,
    error: StageError,
    expectations: Expectations,
) -> Run:
    """The run of a target that got no further than a stage.

    Args:
        outcome: APPLY_FAILED, BUILD_FAILED or NO_RESULTS, of which each is of one stage alone.
        error: why.
    """
    stage = _STAGE_OF[outcome]
    stages = dict.fromkeys(STAGES, StageOutcome.NOT_RUN)
    stages |= dict.fromkeys(STAGES[: STAGES.index(stage)], StageOutcome.PASS) | {stage: outcome}
    expected = expectations.stage(target, config.name, stage)
    message = f"{error.where}: {error.what}" if error.where else error.what
    if expected is not None and expected.task:
        message += f" [{expected.task}]"
    return Run(
        target,
        config.name,
        config.arch,
        stages,
        log=error.log,
        message=message,
        as_expected=expected is not None,
    )
