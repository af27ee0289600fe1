# SPDX-License-Identifier: GPL-2.0-or-later
"""What a runner tells of its jobs."""

from __future__ import annotations

from dataclasses import dataclass

from refseries.errors import StageError
from refseries.testing.jobs import Job, Step


@dataclass(frozen=True)
class JobEvent:
    """A job says what it is doing."""

    job: Job
    step: Step


@dataclass(frozen=True)
class Done:
    """A job is over.

    Attributes:
        answer: what ``perform`` gave; None when it failed.
        error: why it failed.
        seconds: how long it took, without the time in the queue.
    """

    job: Job
    answer: object
    error: StageError | None
    seconds: float


RunnerEvent = JobEvent | Done
