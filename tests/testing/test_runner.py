# SPDX-License-Identifier: GPL-2.0-or-later
"""Jobs are values, and what does them: real threads and processes, small jobs."""

from __future__ import annotations

import pickle
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from played_project import Project
from waiting import SECONDS

from refseries.coverage.jobs import CoverJob
from refseries.errors import HostError, StageError, Stopped
from refseries.host import proc
from refseries.model import Target
from refseries.mutate.trying import Judging, TryJob
from refseries.testing import runner as runners
from refseries.testing.events import Done, JobEvent
from refseries.testing.expectations import Expectations
from refseries.testing.jobs import BootJob, BuildJob, Here, Job, Lane, Step
from refseries.testing.runner import Runner


@dataclass(frozen=True)
class Sleep:
    """Runs a process, and says so."""

    name: str
    lane: ClassVar[Lane] = Lane.BOOT
    seconds: float = 0.0
    error: str = ""

    def perform(self, here: Here) -> str:
        here.tell(Step("test", f"{self.name} at work"))
        proc.run(["sleep", str(self.seconds)])
        if self.error == "stage":
            raise StageError("it failed.", hint="So what.")
        if self.error == "host":
            raise HostError("no tool.", hint="Install it.")
        return self.name


@dataclass(frozen=True)
class Build(Sleep):
    lane: ClassVar[Lane] = Lane.BUILD


def test_a_job_is_a_value_that_pickles_without_a_path_of_this_machine(project: Project) -> None:
    request = project.request()
    config = request.configs[0]
    build = BuildJob("v1-default", "c" * 40, "t" * 40, config)
    boot = BootJob("v1-default", "arm64", "k" * 32, "p" * 32, ("a.*",), ("norandmaps",))
    expectations = Expectations.load(request.lab.series.root)
    tried = TryJob(boot, Judging(Target("v1"), "default", expectations, ()), 10.0, ("a.one",))
    counted = CoverJob(boot, ("mm/toy.c",))
    for job in (build, boot, tried, counted):
        packed = pickle.dumps(job)
        assert pickle.loads(packed) == job
        assert hash(pickle.loads(packed)) == hash(job)
        assert str(project.directory).encode() not in packed


def run(project: Project, *jobs: Job) -> list[JobEvent | Done]:
    with runners.opened(project.request().lab) as runner:
        for job in jobs:
            runner.submit(job)
        return list(runner.events())


def test_events_end_when_all_that_was_submitted_is_done(project: Project) -> None:
    seen: list[str] = []
    with runners.opened(project.request().lab) as runner:
        runner.submit(Sleep("first"))
        for event in runner.events():
            if isinstance(event, Done):
                seen.append(str(event.answer))
                if event.answer == "first":
                    runner.submit(Sleep("second"))
            else:
                seen.append(event.step.text)
    assert seen == ["first at work", "first", "second at work", "second"]


def test_builds_begin_one_after_the_other_in_their_order(project: Project) -> None:
    names = [f"b{number}" for number in range(5)]
    events = run(project, *(Build(name, seconds=0.01) for name in names))
    told = [(type(event).__name__, event.job.name) for event in events]
    assert told == [(kind, name) for name in names for kind in ("JobEvent", "Done")]


def test_a_stage_that_fails_is_an_answer_and_costs_no_other(project: Project) -> None:
    events = run(project, Build("bad", error="stage"), Build("good"))
    bad, good = (event for event in events if isinstance(event, Done))
    assert (str(bad.error), bad.answer) == ("it failed. So what.", None)
    assert (good.error, good.answer) == (None, "good")


def test_a_fault_of_the_machine_ends_the_others(project: Project) -> None:
    started = time.monotonic()
    with pytest.raises(HostError, match="no tool"):
        run(project, Sleep("long", seconds=600), Build("bad", error="host"), Build("never"))
    assert time.monotonic() - started < SECONDS
    assert not [one for one in threading.enumerate() if one.name.startswith(("boot", "build"))]
    proc.allow_again()


def test_whoever_leaves_early_leaves_no_process(project: Project) -> None:
    started = time.monotonic()

    def leave() -> None:
        with runners.opened(project.request().lab) as runner:
            runner.submit(Sleep("long", seconds=600))
            next(runner.events())
            raise Stopped("stopped.")

    with pytest.raises(Stopped):
        leave()
    assert time.monotonic() - started < SECONDS
    proc.allow_again()


def test_a_run_that_boots_nothing_makes_no_folder(project: Project) -> None:
    lab = project.request().lab
    run(project, Build("b"))
    assert not (lab.directory / "runs").exists()

    def place(runner: Runner) -> Path:
        return runner.place()

    with runners.opened(lab) as runner:
        assert place(runner).parent == lab.directory / "runs"
        assert place(runner) == runner.place()


def test_one_answer_is_waited_for(project: Project) -> None:
    told: list[Step] = []
    with runners.opened(project.request().lab) as runner:
        assert runners.answer(runner, Sleep("one"), str, told.append) == "one"
        with pytest.raises(StageError, match="it failed"):
            runners.answer(runner, Sleep("bad", error="stage"), str, told.append)
    assert [step.text for step in told] == ["one at work", "bad at work"]
