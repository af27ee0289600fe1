# SPDX-License-Identifier: GPL-2.0-or-later
"""What a matrix comes to does not depend on which guest is heard first, nor on earlier runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
import repeating_guest
import suite_project
from played_project import Project

from refseries.model import StageOutcome, Target
from refseries.series import naming
from refseries.testing import matrix
from refseries.testing.events import Done
from refseries.testing.jobs import Here, Job, Lane
from refseries.testing.lab import Lab
from refseries.testing.model import Matrix, Outcome
from refseries.testing.repeat import Repeat

SPLATS = repeating_guest.guest("*", repeating_guest.SPLATS)


def play(request: matrix.MatrixRequest) -> Matrix:
    return matrix.run(request, lambda _event: None)


@pytest.fixture
def complaining(project: Project) -> Project:
    """With a v1 whose kernel complains as base's does, and which nothing is expected of."""
    (project.directory / "kernel-tests" / "expectations.toml").write_text("schema = 1\n")
    # Base's takes longer, so that the version's is heard first.
    base = {"guest.sh": f"sleep 1\n{SPLATS}"}
    project.kernel.base = project.kernel.commit("base that complains", base)
    project.add({"guest.sh": SPLATS, "lib/string.c": "int string;\n"})
    return project


def test_base_is_not_blamed_for_its_own_complaint_the_first_time_either(
    complaining: Project,
) -> None:
    request = replace(complaining.request(), targets=(Target("base"),))
    assert [play(request).as_expected for _ in range(2)] == [True, True]


def test_what_base_complains_of_in_some_cases_is_nobodys_fault(complaining: Project) -> None:
    """Results of a few cases are not kept; they are at hand all the same."""
    targets = (Target("base"), Target("v1"))
    request = replace(complaining.request(), targets=targets, only=("toy.*",))
    assert [run.as_expected for run in play(request).runs] == [True, True]


def test_rounds_go_on_while_it_is_not_known_what_base_complains_of(complaining: Project) -> None:
    wanted = Repeat(4, fresh=True, until_failure=True)
    request = replace(complaining.request(), targets=(Target("base"), Target("v1")), repeat=wanted)
    result = play(request)
    assert result.as_expected
    assert [[case.rounds for case in run.results] for run in result.runs] == [[4, 4]] * 2


class _LastFirst:
    """Does a boot as soon as there is one, and of several builds the last: workers do as well."""

    def __init__(self, lab: Lab, directory: Path) -> None:
        self.lab, self.directory = lab, directory
        self.jobs: list[Job] = []

    def place(self) -> Path:
        return self.directory

    def submit(self, job: Job) -> Future[object]:
        self.jobs.append(job)
        return Future()

    def events(self) -> Iterator[Done]:
        while self.jobs:
            boots = [job for job in self.jobs if job.lane is Lane.BOOT]
            job = boots[0] if boots else self.jobs[-1]
            self.jobs.remove(job)
            here = Here(self.lab, self.place, lambda _step: None)
            yield Done(job, job.perform(here), None, 0.1)


def test_a_patch_without_tests_does_not_keep_those_behind_it_waiting(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The first patch has no such suite, and its kernel is ready when all guests are heard."""
    (project.directory / "kernel-tests" / "expectations.toml").write_text("schema = 1\n")
    suite_project.prepare(project, monkeypatch, tmp_path, "kunit")
    project.add(
        {"lib/string.c": "int string;\n"}, suite_project.KUNIT, {"lib/last.c": "int last;\n"}
    )
    request = project.request()
    targets = naming.patch_by_patch(request.lab.series, "v1")
    runner = _LastFirst(request.lab, tmp_path / "run")
    monkeypatch.setattr(
        "refseries.testing.runner.opened", lambda _lab: contextlib.nullcontext(runner)
    )
    result = play(replace(request, targets=targets, chain="v1", by_patch=True))
    assert [str(run.stages["test"]) for run in result.runs] == ["not-run", "pass", "pass"]
    assert result.as_expected


NEVER_PASSES = 'if [ "$round" -gt 3 ]; then report "ok $number toy.two$at # SKIP no toy"; ' \
    f"else {repeating_guest.FAILS}; fi"  # fmt: skip
FLAKY = """\
schema = 1
[[expect]]
case = "toy.two"
versions = ["*"]
configs = ["*"]
outcome = "flaky"
task = "v1-toy-1"
why = "Toys are like that."
"""


def test_a_case_that_never_passes_is_not_flaky(project: Project) -> None:
    """It fails or skips, and not one round shows that it can pass."""
    (project.directory / "kernel-tests" / "expectations.toml").write_text(FLAKY)
    project.add({"guest.sh": repeating_guest.guest("*", NEVER_PASSES)})
    (run,) = play(replace(project.request(), repeat=Repeat(6))).runs
    assert run.results[1].outcome is Outcome.FAIL
    assert not run.as_expected
    assert run.stages["test"] is StageOutcome.FAIL


# The tokens of a played guest are small numbers, as those of KUnit's cases are: by their lines.
KUNIT = """\
for line in $(seq 50); do say "[    0.050000] line $line"; done
say "[    0.100000]     KTAP version 1"
say "[    0.100001]     # Subtest: toys"
say "[    0.100002]     1..1"
say "[    0.100003] BUG: sleeping function called from invalid context at toy.c:7"
say "[    0.100004]     ok 1 first"
say "[    0.100005] ok 1 toys"
"""


def test_a_complaint_of_a_round_is_told_once_beside_those_of_kunit(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    suite_project.prepare(project, monkeypatch, tmp_path, "kunit")
    rounds = repeating_guest.guest("3", repeating_guest.SPLATS)
    project.add({"guest.sh": f"{KUNIT}{rounds}"}, suite_project.KUNIT)
    (run,) = play(replace(project.request(), repeat=Repeat(4))).runs
    assert [splat.case for splat in run.splats] == ["toys.first", "toy.two"]
