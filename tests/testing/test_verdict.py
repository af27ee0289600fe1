# SPDX-License-Identifier: GPL-2.0-or-later
"""What results mean: expectations, splats, vanished cases, stages."""

from dataclasses import replace
from pathlib import Path

import pytest

from refseries.guest import ktap, splat
from refseries.guest.cases import CasesRun
from refseries.guest.gaps import Gap
from refseries.guest.model import Boot
from refseries.guest.qemu import Mode
from refseries.guest.results import KtapReport
from refseries.model import Splat, StageOutcome, Target
from refseries.testing import verdict
from refseries.testing.expectations import Expectation, Expectations
from refseries.testing.model import Outcome

V3 = Target("v3")
NONE = Expectations()


def expecting(outcome: str, case: str = "*", task: str | None = "v3-x-1") -> Expectations:
    entry = Expectation(
        case=case,
        versions=("v3",),
        configs=("*",),
        outcome=Outcome(outcome),
        task=task,
        why="it is so",
    )
    return Expectations((entry,))


def told(
    results: str,
    plan: int | None = None,
    console: str = "",
    reason: str = "",
    gaps: tuple[Gap, ...] = (),
    **boot: StageOutcome,
) -> CasesRun:
    """A run of one boot with these results."""
    head = "" if plan is None and not results else f"1..{plan or len(results.splitlines())}\n"
    report = ktap.parse(head + results)
    return CasesRun(
        boots=(replace(made(report, splat.find(console), **boot), gaps=gaps),),
        results=report.results,
        plan=report.plan,
        complete=not reason,
        reason=reason,
    )


def made(
    report: KtapReport, splats: tuple[Splat, ...], outcome: StageOutcome = StageOutcome.PASS
) -> Boot:
    nowhere = Path("/nonexistent")
    return Boot(
        outcome, "", 1.0, 0.5, 0, report, splats, {"a.one": 0.25}, (), nowhere, nowhere, Mode.TCG
    )


def judged(run: CasesRun, expectations: Expectations = NONE, **more: object) -> dict[str, str]:
    known = more.get("known", ())
    assert isinstance(known, tuple)
    results = verdict.judge(run, expectations, known, V3, "default")
    return {
        result.name: f"{result.outcome}{'' if result.as_expected else '!'}" for result in results
    }


RAW = {
    "pass": "ok 1 a.one\n",
    "fail": "not ok 1 a.one\n",
    "error": "not ok 1 a.one # ERROR no\n",
    "skip": "ok 1 a.one # SKIP no\n",
    "crash": "not ok 1 a.one # CRASH signal 11\n",
    "timeout": "not ok 1 a.one # TIMEOUT 3 s\n",
    "xfail": "ok 1 a.one # XFAIL own\n",
    "xpass": "not ok 1 a.one # XPASS own\n",
}


@pytest.mark.parametrize(
    ("expected", "outcomes"),
    [
        ("pass", "pass fail! fail! skip! crash! timeout! xfail xpass!"),
        ("fail", "xpass! xfail xfail skip! crash! timeout! xfail xpass!"),
        ("skip", "xpass! fail! fail! skip crash! timeout! xfail xpass!"),
        ("crash", "xpass! fail! fail! skip! xfail timeout! xfail xpass!"),
        ("timeout", "xpass! fail! fail! skip! crash! xfail xfail xpass!"),
        ("no-console", "xpass! fail! fail! skip! crash! timeout! xfail xpass!"),
        ("flaky", "pass xfail xfail skip! xfail xfail xfail xpass!"),
    ],
)
def test_every_status_against_every_expectation(expected: str, outcomes: str) -> None:
    found = [judged(told(line), expecting(expected))["a.one"] for line in RAW.values()]
    assert found == outcomes.split()


def test_an_expectation_lends_its_task_and_its_reason() -> None:
    (result,) = verdict.judge(told(RAW["pass"]), expecting("fail"), (), V3, "default")
    assert result.task == "v3-x-1"
    assert result.expected is Outcome.FAIL
    assert "it is so" in result.message
    assert result.seconds == 0.25


LOST = (Gap("a.one", "the kernel dropped 7 lines of its log"),)


@pytest.mark.parametrize(
    ("expected", "outcomes"),
    [
        ("pass", "P fail! fail! P crash! timeout! P P"),
        ("fail", "P P P P crash! timeout! P P"),
        ("skip", "P fail! fail! P crash! timeout! P P"),
        ("crash", "P fail! fail! P P timeout! P P"),
        ("timeout", "P fail! fail! P crash! P P P"),
        ("no-console", "O fail! fail! O crash! timeout! O O"),
    ],
)
def test_what_the_console_cannot_vouch_for_is_never_good(expected: str, outcomes: str) -> None:
    found = [judged(told(line, gaps=LOST), expecting(expected))["a.one"] for line in RAW.values()]
    wanted = outcomes.replace("P", "no-console!").replace("O", "no-console")
    assert found == wanted.split()


def test_a_gap_says_what_is_missing_and_is_in_the_way_of_no_other_word() -> None:
    (result,) = verdict.judge(told(RAW["pass"], gaps=LOST), NONE, (), V3, "default")
    assert result.message == "says pass, but the kernel dropped 7 lines of its log"
    (result,) = verdict.judge(told(RAW["crash"], gaps=LOST), NONE, (), V3, "default")
    assert result.message == "signal 11; the kernel dropped 7 lines of its log"
    (result,) = verdict.judge(
        told(RAW["pass"], gaps=LOST, console=WARNING), expecting("fail"), (), V3, "default"
    )
    assert (result.outcome, result.as_expected) == (Outcome.NO_CONSOLE, False)
    assert "7 lines of its log; WARNING: mm/vmscan.c" in result.message


def test_a_gap_outside_of_any_case_fails_the_tests() -> None:
    run = told(RAW["pass"], gaps=(Gap(None, "the kernel dropped 2 lines of its log"),))
    results = verdict.judge(run, NONE, (), V3, "default")
    assert verdict.stages(run, results, ()) == (
        StageOutcome.PASS,
        StageOutcome.FAIL,
        "outside of any case: the kernel dropped 2 lines of its log",
    )


WARNING = """[    1.0] x
[    1.000000] refseries: start a.one
[    1.100000] ------------[ cut here ]------------
[    1.100001] WARNING: CPU: 0 PID: 1 at mm/vmscan.c:12 get_pte_pfn+0x1/0x2
[    1.100002] ---[ end trace 0000000000000000 ]---
[    1.200000] refseries: end a.one
"""


@pytest.mark.parametrize("raw", ["pass", "skip", "xfail"])
def test_a_case_with_a_new_splat_has_failed_whatever_it_says(raw: str) -> None:
    run = told(RAW[raw], console=WARNING)
    (result,) = verdict.judge(run, NONE, (), V3, "default")
    assert result.outcome is Outcome.FAIL
    assert "get_pte_pfn" in result.message


def test_a_case_is_charged_with_the_first_of_its_splats() -> None:
    second = WARNING[WARNING.index("[    1.100000]") : WARNING.index("[    1.200000]")]
    second = second.replace("get_pte_pfn", "set_pte_pfn")
    run = told(RAW["pass"], console=WARNING.replace("[    1.200000]", f"{second}[    1.200000]"))
    assert len(run.splats) == 2
    (result,) = verdict.judge(run, NONE, (), V3, "default")
    assert "get_pte_pfn" in result.message


def test_a_splat_of_base_is_nobodys_fault() -> None:
    run = told(RAW["pass"], console=WARNING)
    assert judged(run, known=splat.find(WARNING.replace(":12 ", ":99 "))) == {"a.one": "pass"}


def test_a_splat_can_be_the_expected_failure() -> None:
    assert judged(told(RAW["pass"], console=WARNING), expecting("fail")) == {"a.one": "xfail"}


def test_a_splat_does_not_hide_a_crash() -> None:
    (result,) = verdict.judge(told(RAW["crash"], console=WARNING), NONE, (), V3, "default")
    assert result.outcome is Outcome.CRASH
    assert "signal 11; WARNING" in result.message


def test_a_failure_shows_the_assertion() -> None:
    log = (
        "  TAP version 13\n  1..1\n  #  RUN           a.one ...\n"
        "  # cases/args.c:41:one:Expected 0 (0) == ret (-1)\n  not ok 1 a.one\n"
        "not ok 1 a.one # exit=1\n"
    )
    (result,) = verdict.judge(told(log, plan=1), NONE, (), V3, "default")
    assert result.message == "cases/args.c:41:one:Expected 0 (0) == ret (-1)"


def test_a_failure_without_an_assertion_names_what_failed_of_it() -> None:
    # As the kernel's selftests of timers print it, two levels below the case.
    log = (
        "  TAP version 13\n  1..1\n    TAP version 13\n    1..4\n    ok 1 rings\n"
        "    not ok 2 rings again\n    not ok 3 overruns # EINVAL\n    ok 4 # SKIP cpu\n"
        "  not ok 1 alarm # exit=1\nnot ok 1 timers.alarm # exit=1\n"
    )
    (result,) = verdict.judge(told(log, plan=1), NONE, (), V3, "default")
    assert result.message == "exit=1: rings again and 1 more"
    plain = "  TAP version 13\n  1..1\n  not ok 1 alarm # exit=1\nnot ok 1 timers.alarm # exit=1\n"
    (result,) = verdict.judge(told(plain, plan=1), NONE, (), V3, "default")
    assert result.message == "exit=1"
    why = "  1..1\n  not ok 1 loaded # toy.ko: EINVAL\nnot ok 1 modules.toy # exit=1\n"
    (result,) = verdict.judge(told(f"  TAP version 13\n{why}", plan=1), NONE, (), V3, "default")
    assert result.message == "exit=1: loaded: toy.ko: EINVAL"


def test_planned_cases_that_never_came_are_there_without_a_name() -> None:
    run = told(RAW["pass"], plan=3, reason="it died")
    assert judged(run) == {"a.one": "pass", "case 2": "vanished!", "case 3": "vanished!"}
    assert len(judged(told(RAW["pass"], plan=10**8, reason="liar"))) == 1001


def stages(run: CasesRun, expectations: Expectations = NONE) -> tuple[StageOutcome, StageOutcome]:
    results = verdict.judge(run, expectations, (), V3, "default")
    boot, test, message = verdict.stages(run, results, ())
    assert bool(message) == (test is not StageOutcome.PASS)
    return boot, test


def test_stages_pass_when_all_is_as_expected() -> None:
    assert stages(told(RAW["pass"])) == (StageOutcome.PASS, StageOutcome.PASS)
    assert stages(told(RAW["fail"]), expecting("fail")) == (StageOutcome.PASS, StageOutcome.PASS)


def test_a_surprise_fails_the_tests_either_way() -> None:
    assert stages(told(RAW["fail"])) == (StageOutcome.PASS, StageOutcome.FAIL)
    assert stages(told(RAW["pass"]), expecting("fail")) == (StageOutcome.PASS, StageOutcome.FAIL)


def test_the_first_surprise_is_told_with_its_reason() -> None:
    run = told("not ok 1 a.one # exit=1\nnot ok 2 a.two\n")
    results = tuple(
        replace(each, message=f"{each.name}: saw zeroes")
        for each in verdict.judge(run, NONE, (), V3, "default")
    )
    _boot, _test, message = verdict.stages(run, results, ())
    assert message == "not as expected: a.one: fail and 1 more; a.one: saw zeroes"


def test_a_splat_outside_of_any_case_fails_the_tests() -> None:
    stray = WARNING.replace("refseries: start", "something").replace("refseries: end", "else")
    assert stages(told(RAW["pass"], console=stray)) == (StageOutcome.PASS, StageOutcome.FAIL)


def test_an_incomplete_run_says_how_the_guest_ended() -> None:
    run = told(RAW["pass"], plan=2, reason="it died", outcome=StageOutcome.PANIC)
    assert stages(run) == (StageOutcome.PASS, StageOutcome.PANIC)
    run = told(RAW["pass"], plan=2, reason="one result is missing")
    assert stages(run) == (StageOutcome.PASS, StageOutcome.FAIL)


def test_a_guest_without_a_plan_did_not_boot() -> None:
    run = told("", reason="silence", outcome=StageOutcome.BOOT_TIMEOUT)
    assert stages(run) == (StageOutcome.BOOT_TIMEOUT, StageOutcome.NOT_RUN)
    assert stages(told("", reason="?")) == (StageOutcome.NO_RESULTS, StageOutcome.NOT_RUN)
