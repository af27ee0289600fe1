# SPDX-License-Identifier: GPL-2.0-or-later
"""Cases again and again: real git, make and compilers, and played guests that know rounds."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
import repeating_guest
from played_project import Project

from refseries.errors import SeriesError
from refseries.guest.cases import CasesRun
from refseries.host import proc
from refseries.model import StageOutcome, Target
from refseries.testing import matrix, repeat, runs
from refseries.testing.expectations import Expectations
from refseries.testing.jobs import DEADLINE, BootJob, Here
from refseries.testing.model import CaseResult, Outcome, Run
from refseries.testing.repeat import Repeat

EXPECTS = """\
schema = 1
[[expect]]
case = "toy.two"
versions = ["*"]
configs = ["*"]
outcome = "{outcome}"
{task}
why = "Toys are like that."
"""
TASK = 'task = "v1-toy-1"'


@pytest.fixture(autouse=True)
def nothing_expected(project: Project) -> None:
    expect(project, "pass")


def expect(project: Project, outcome: str, task: str = "") -> None:
    path = project.directory / "kernel-tests" / "expectations.toml"
    path.write_text(EXPECTS.format(outcome=outcome, task=task))


def played(project: Project, guest: str, wanted: Repeat) -> Run:
    project.add({"guest.sh": guest})
    request = replace(project.request(), repeat=wanted)
    (run,) = matrix.run(request, lambda _event: None).runs
    return run


def two(run: Run) -> CaseResult:
    (found,) = [result for result in run.results if result.name == "toy.two"]
    return found


def guests(run: Run) -> list[Path]:
    assert run.log is not None
    return sorted(run.log.iterdir())


@pytest.mark.parametrize("fresh", [False, True])
def test_a_case_that_fails_in_one_round_is_flaky_and_no_pass(project: Project, fresh: bool) -> None:
    run = played(project, repeating_guest.guest("12"), Repeat(15, fresh=fresh))
    assert [result.outcome for result in run.results] == [Outcome.PASS, Outcome.FLAKY]
    case = two(run)
    assert (case.odd, case.rounds) == (1, 15)
    assert case.message.startswith("1 of 15 rounds; round 12, ")
    assert case.message.endswith("seed 12: fail: toy.c:7:two:Expected 1 == 0")
    assert not run.as_expected
    assert run.stages["test"] is StageOutcome.FAIL
    assert "toy.two: flaky" in run.message
    assert len(guests(run)) == (15 if fresh else 2)


def test_a_case_that_comes_out_the_same_each_time_keeps_its_word(project: Project) -> None:
    run = played(project, repeating_guest.guest("never"), Repeat(15))
    assert [(r.outcome, r.rounds, r.odd) for r in run.results] == [(Outcome.PASS, 15, 0)] * 2
    assert run.as_expected
    assert {"boot", "test"} <= set(run.seconds)


def test_a_case_that_always_fails_has_failed(project: Project) -> None:
    run = played(project, repeating_guest.guest("*"), Repeat(11))
    assert two(run).outcome is Outcome.FAIL
    assert two(run).message == "toy.c:7:two:Expected 1 == 0"
    assert not run.as_expected


def test_a_case_that_sometimes_calls_itself_a_known_failure_is_flaky(project: Project) -> None:
    """Either is as it should be, but the case does not come out the same."""
    run = played(project, repeating_guest.guest("[34]", repeating_guest.XFAILS), Repeat(10))
    assert (two(run).outcome, two(run).odd) == (Outcome.FLAKY, 2)
    assert "round 3, seed 3: xfail" in two(run).message
    assert not run.as_expected


def test_a_panic_in_one_round_costs_no_other(project: Project) -> None:
    run = played(project, repeating_guest.guest("4", repeating_guest.PANICS), Repeat(10))
    assert two(run).outcome is Outcome.FLAKY
    assert "round 4, seed 4: crash: " in two(run).message
    assert run.results[0].outcome is Outcome.PASS
    assert run.results[0].rounds == 10


def test_a_splat_counts_in_the_round_that_made_it(project: Project) -> None:
    run = played(project, repeating_guest.guest("[35]", repeating_guest.SPLATS), Repeat(10))
    assert (two(run).outcome, two(run).odd) == (Outcome.FLAKY, 2)
    assert "round 3, seed 3: fail: says pass, but: BUG: KASAN" in two(run).message
    assert [splat.case for splat in run.splats] == ["toy.two"]


def test_no_guest_is_booted_behind_a_failure_where_that_is_wished(project: Project) -> None:
    project.add({"guest.sh": repeating_guest.guest("2")})
    request = replace(project.request(jobs=1), repeat=Repeat(12, fresh=True, until_failure=True))
    (run,) = matrix.run(request, lambda _event: None).runs
    assert (two(run).odd, two(run).rounds) == (1, 2)
    assert len(guests(run)) == 2


def test_a_guest_that_dies_before_its_first_case_fails_the_boot(project: Project) -> None:
    mute = f"case $words in *' seed=3 '*) exit 0 ;; esac\n{repeating_guest.guest('never')}"
    run = played(project, mute, Repeat(4, fresh=True))
    assert run.stages["boot"] is not StageOutcome.PASS
    assert "round 3" in run.message or "never reported" in run.message
    assert not run.as_expected


STRAY = 'say "[    0.900000] BUG: sleeping function called from invalid context at toy.c:7"'


def test_a_complaint_outside_of_the_cases_of_one_round_is_not_as_expected(project: Project) -> None:
    stray = f"case $words in *' seed=2 '*) {STRAY} ;; esac\n{repeating_guest.guest('never')}"
    run = played(project, stray, Repeat(3, fresh=True))
    assert [result.outcome for result in run.results] == [Outcome.PASS, Outcome.PASS]
    assert run.message.startswith("round 2, 1 processor, seed 2: outside of any case: BUG: sleep")
    assert run.stages["test"] is StageOutcome.FAIL
    assert not run.as_expected


def test_such_a_complaint_is_a_failure_behind_which_nothing_is_booted(project: Project) -> None:
    stray = f"case $words in *' seed=2 '*) {STRAY} ;; esac\n{repeating_guest.guest('never')}"
    project.add({"guest.sh": stray})
    request = replace(project.request(jobs=1), repeat=Repeat(5, fresh=True, until_failure=True))
    (run,) = matrix.run(request, lambda _event: None).runs
    assert len(guests(run)) == 2
    assert not run.as_expected


def test_only_a_task_excuses_a_flaky_case(project: Project) -> None:
    expect(project, "flaky")
    with pytest.raises(SeriesError, match="flaky only where a task says so"):
        Expectations.load(project.directory)
    expect(project, "flaky", TASK)
    run = played(project, repeating_guest.guest("12"), Repeat(15))
    assert (two(run).outcome, two(run).task) == (Outcome.FLAKY, "v1-toy-1")
    assert run.as_expected


def test_who_expects_a_failure_does_not_expect_a_flaky_case(project: Project) -> None:
    expect(project, "fail", TASK)
    run = played(project, repeating_guest.guest("1[0-4]"), Repeat(15))
    assert (two(run).outcome, two(run).odd) == (Outcome.FLAKY, 10)
    assert not run.as_expected


def test_a_case_that_is_called_flaky_may_not_fail_each_time(project: Project) -> None:
    expect(project, "flaky", TASK)
    run = played(project, repeating_guest.guest("*"), Repeat(3))
    assert two(run).outcome is Outcome.FAIL
    assert not run.as_expected


def test_one_round_of_a_flaky_case_may_pass_or_fail(project: Project) -> None:
    expect(project, "flaky", TASK)
    project.add({"guest.sh": repeating_guest.guest("0")})
    project.add({"guest.sh": repeating_guest.guest("never")})
    failed, passed = matrix.run(project.request(), lambda _event: None).runs
    assert (two(failed).outcome, two(passed).outcome) == (Outcome.XFAIL, Outcome.PASS)
    assert failed.as_expected
    assert passed.as_expected


def test_a_flaky_case_is_what_is_known_of_the_version(project: Project) -> None:
    played(project, repeating_guest.guest("2"), Repeat(3))
    lab = project.request().lab
    latest = runs.latest(lab.cache, lab.series.home, Target("v1"), "default")
    assert latest is not None
    assert not latest.as_expected
    assert latest.counts == {"pass": 1, "flaky": 1}


def test_the_guests_differ_in_processors_addresses_and_seeds() -> None:
    plan = repeat.variations(Repeat(45))
    assert [(each.first, each.rounds) for each in plan] == [
        (1, 10), (11, 10), (21, 10), (31, 10), (41, 5),
    ]  # fmt: skip
    assert [each.cpus for each in plan] == [0, 1, 4, 0, 1]
    assert [each.parameters for each in plan] == [(), (), (), ("norandmaps",), ("norandmaps",)]
    assert plan[4].told(42) == "round 42, 1 processor, norandmaps, seed 42"
    assert len(repeat.variations(Repeat(45, fresh=True))) == 45


def test_the_machine_is_busy_as_long_as_guests_run_and_no_longer(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy: list[int] = []
    project.add({"guest.sh": repeating_guest.guest("never")})
    request = replace(project.request(), repeat=Repeat(2, load=True))

    def tell(event: matrix.Event) -> None:
        busy.append(_spinning())

    jobs: list[BootJob] = []
    perform = BootJob.perform

    def noted(job: BootJob, here: Here) -> CasesRun:
        jobs.append(job)
        return perform(job, here)

    monkeypatch.setattr(BootJob, "perform", noted)
    matrix.run(request, tell)
    assert {each.deadline / DEADLINE for each in jobs} == {repeat.patience(request.repeat)}
    assert busy[0] == 0
    assert max(busy) >= 2
    assert _spinning() == 0


def _spinning() -> int:
    """How many of our children keep a processor busy."""
    listed = proc.run(["ps", "-o", "args=", "--ppid", str(os.getpid())]).stdout
    return listed.count("while True")


def _round(*names: str) -> Run:
    """What one round came to; ``case N`` vanished."""
    results = tuple(
        CaseResult(name, Outcome.VANISHED if name.startswith("case ") else Outcome.PASS)
        for name in names
    )
    stages = dict.fromkeys(("apply", "build", "boot", "test"), StageOutcome.PASS)
    good = all(each.as_expected for each in results)
    return Run(Target("v1"), "default", "arm64", stages, results=results, as_expected=good)


@pytest.mark.parametrize(
    ("by_round", "came"),
    [
        ((("a", "case 2"), ("a", "case 2")), {"a": "pass", "case 2": "vanished"}),
        ((("a", "case 2"), ("a", "b")), {"a": "pass", "b": "flaky"}),
        ((("a", "case 2"), ("case 1", "b")), {"a": "flaky", "b": "flaky"}),
        (
            (("a", "case 2", "case 3"), ("a", "b", "case 3")),
            {"a": "pass", "b": "flaky", "case 3": "vanished"},
        ),
    ],
)
def test_a_case_that_no_round_can_name_has_vanished_all_the_same(
    by_round: tuple[tuple[str, ...], ...], came: dict[str, str]
) -> None:
    each = [_round(*names) for names in by_round]
    told = [repeat.Round(f"round {at}", CasesRun((), (), None, True, "")) for at in (1, 2)]
    run = repeat.together(told, each, ())
    assert {result.name: str(result.outcome) for result in run.results} == came
    assert not run.as_expected
