# SPDX-License-Identifier: GPL-2.0-or-later
"""What does jobs. Here: this machine, builds one after the other and boots beside them.

``cluster/client.py`` has the other one.

Whoever has work submits jobs and reads events, all in one thread; only a runner has a pool. The
version that is built while another boots, the mutants, the bench and the compile matrix all go
through here, and whatever does jobs elsewhere docks here.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol, TypeVar

from refseries.errors import StageError
from refseries.host import proc
from refseries.kernel.model import Image
from refseries.testing import runs
from refseries.testing.events import Done, JobEvent, RunnerEvent
from refseries.testing.jobs import Here, Job, Lane, OnStep
from refseries.testing.lab import Lab

T = TypeVar("T")


class Runner(Protocol):
    """Does jobs."""

    def place(self) -> Path:
        """The run's directory, for the evidence of its jobs; made when it is first asked for."""

    def submit(self, job: Job) -> Future[object]:
        """Take a job; jobs of one lane begin in the order in which they come."""

    def events(self) -> Iterator[RunnerEvent]:
        """What happens, until all that was submitted is done, also by the reader meanwhile.

        Raises:
            RefseriesError: a job met something that is no answer (a missing tool, a full disk, a
                wish of the user to stop); the others are stopped when the runner is left.
        """

    def discard(self, image: Image) -> None:
        """Remove an image that nobody wants any more, wherever it is."""

    def stop(self) -> None:
        """End every job, also those in flight."""


class LocalRunner:
    """This machine. Made by ``opened``."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.place = runs.begin_once(lab.cache, lab.series.home)
        self._open = 0
        self._events: SimpleQueue[RunnerEvent | BaseException] = SimpleQueue()
        # Make takes all processors by itself; each guest takes one.
        self._pools = {
            lane: ThreadPoolExecutor(workers, thread_name_prefix=lane)
            for lane, workers in ((Lane.BUILD, 1), (Lane.BOOT, lab.jobs))
        }

    def submit(self, job: Job) -> Future[object]:
        """See ``Runner``."""
        self._open += 1
        return self._pools[job.lane].submit(self._perform, job)

    def events(self) -> Iterator[RunnerEvent]:
        """See ``Runner``."""
        while self._open:
            event = self._events.get()
            if isinstance(event, BaseException):
                raise event
            if isinstance(event, Done):
                self._open -= 1
            yield event

    def discard(self, image: Image) -> None:
        """See ``Runner``."""
        shutil.rmtree(image.directory)

    def stop(self) -> None:
        """See ``Runner``."""
        stop_jobs()

    def close(self) -> None:
        """Wait for the threads; what has not begun never does."""
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)

    def _perform(self, job: Job) -> object:
        started = time.monotonic()
        try:
            here = Here(self.lab, self.place, lambda step: self._put(JobEvent(job, step)))
            answer = job.perform(here)
        except StageError as error:
            self._put(Done(job, None, error, time.monotonic() - started))
            raise
        except BaseException as error:
            self._put(error)
            raise
        self._put(Done(job, answer, None, time.monotonic() - started))
        return answer

    def _put(self, event: RunnerEvent | BaseException) -> None:
        self._events.put(event)


@contextlib.contextmanager
def opened(lab: Lab) -> Iterator[Runner]:
    """A runner for the length of a block: the lab's cluster, or this machine.

    When the block is left early, by an error or by the user, every process of its jobs is ended
    before this returns.
    """
    if lab.cluster:
        from refseries.testing.cluster.client import ClusterRunner  # slow to load

        runner: LocalRunner | ClusterRunner = ClusterRunner(lab)
    else:
        runner = LocalRunner(lab)
    try:
        yield runner
    except BaseException:
        runner.stop()
        raise
    finally:
        runner.close()


def stop_jobs() -> None:
    """End every job of this process, whoever runs it: what they came to is not wanted any more."""
    proc.stop_all()


def answer(runner: Runner, job: Job, kind: type[T], told: OnStep) -> T:
    """Do one job and wait for it; nothing else must be under way.

    Args:
        kind: of its answer.
        told: called with each of its steps.

    Raises:
        StageError: the job's.
    """
    runner.submit(job)
    for event in runner.events():
        if isinstance(event, JobEvent):
            told(event.step)
        elif event.error is not None:
            raise event.error
        elif isinstance(event.answer, kind):
            return event.answer
    raise AssertionError(f"{job.name} gave no {kind.__name__}")
