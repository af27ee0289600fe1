# SPDX-License-Identifier: GPL-2.0-or-later
"""A built run, tested: what stands in it afterwards."""

from pathlib import Path
from typing import Literal

import pytest

from refseries.guest.cases import run_cases
from refseries.guest.model import BootRequest
from refseries.kernel import arch
from refseries.model import StageOutcome, Target
from refseries.testing import session
from refseries.testing.expectations import Expectation, Expectations
from refseries.testing.model import STAGES, Outcome, Run

PASS, FAIL = StageOutcome.PASS, StageOutcome.FAIL
FAILS = """plan 2; pass 1 a.one; begin a.two; report "not ok 2 a.two # exit=1"
bye
"""


def run_of(directory: Path, scenario: str, *entries: Expectation, ptrace: bool = False) -> Run:
    image = directory / "Image"
    image.write_text(scenario)
    stages = dict.fromkeys(STAGES, StageOutcome.NOT_RUN) | {"apply": PASS, "build": PASS}
    built = Run(Target("v3"), "default", "arm64", stages, seconds={"build": 2.0}, image=image)
    place = directory / "run" / "v3"
    place.mkdir(parents=True, exist_ok=True)
    request = BootRequest(
        machine=arch.bootable("arm64"),
        image=image,
        initramfs=directory / "initramfs.cpio",
        words=(),
        directory=place,
        case_ptrace=ptrace,
    )
    return session.judged(built, run_cases(request), Expectations(entries), (), place)


def expected(
    outcome: Outcome, case: str | None = None, stage: Literal["boot"] | None = None
) -> Expectation:
    return Expectation(
        case=case,
        stage=stage,
        versions=("v3",),
        configs=("*",),
        outcome=outcome,
        task="v3-x-1",
        why="it is so",
    )


def test_a_run_holds_all_that_its_reader_needs(fake_qemu: Path) -> None:
    run = run_of(fake_qemu, "plan 1; pass 1 a.one; bye")
    assert run.as_expected
    assert run.stages == dict.fromkeys(STAGES, PASS)
    assert set(run.seconds) == {"build", "boot", "test"}
    assert run.qemu[0] == "qemu-system-aarch64"
    assert run.log is not None
    assert (run.log / "results.ktap").is_file()
    assert [(result.name, result.outcome) for result in run.results] == [("a.one", Outcome.PASS)]


@pytest.mark.parametrize(
    ("scenario", "why"),
    [
        (
            'plan 1; pass 1 a.one; report "# refseries: exit 1"',
            "the guest ends with exit status 1, though every case is ok",
        ),
        (
            'plan 1; begin a.one; report "not ok 1 a.one # exit=1"; report "# refseries: exit 0"',
            "the guest ends with exit status 0, though a case is not ok",
        ),
    ],
)
def test_a_guest_whose_exit_status_says_otherwise_is_not_as_expected(
    fake_qemu: Path, scenario: str, why: str
) -> None:
    expectation = [expected(Outcome.FAIL, "a.one")] if "not ok" in scenario else []
    run = run_of(fake_qemu, scenario, *expectation)
    assert not run.as_expected
    assert run.stages["test"] is FAIL
    assert why in run.message


def test_a_case_whose_console_is_not_whole_is_not_as_expected(fake_qemu: Path) -> None:
    lost = 'say "** 12 printk messages dropped **"'
    run = run_of(fake_qemu, f"plan 2; pass 1 a.one; begin a.two; {lost}; end 2 a.two; bye")
    assert not run.as_expected
    assert [str(result.outcome) for result in run.results] == ["pass", "no-console"]
    assert "a.two: no-console; says pass, but the kernel dropped 12 lines of its log" in run.message
    run = run_of(
        fake_qemu,
        f"plan 2; pass 1 a.one; begin a.two; {lost}; end 2 a.two; bye",
        expected(Outcome.NO_CONSOLE, "a.two"),
    )
    assert run.as_expected


def test_lines_dropped_outside_of_any_case_are_not_as_expected(fake_qemu: Path) -> None:
    lost = 'say "** 12 printk messages dropped **"'
    run = run_of(fake_qemu, f"{lost}; plan 1; pass 1 a.one; bye")
    assert not run.as_expected
    assert run.message == "outside of any case: the kernel dropped 12 lines of its log"
    assert run.unseen == "the kernel dropped 12 lines of its log"


def test_a_case_that_writes_results_itself_is_not_as_expected(fake_qemu: Path) -> None:
    forged = 'write "ok 1 a.one"; write "# refseries: exit 0"'
    run = run_of(fake_qemu, f"plan 1; begin a.one; {forged}; end 1 a.one; bye")
    assert not run.as_expected
    assert [str(result.outcome) for result in run.results] == ["fail"]
    assert "a.one wrote on the results channel itself" in run.results[0].message


@pytest.mark.parametrize("keeps", [False, True])
def test_cases_keep_the_right_to_trace_only_where_their_config_says_so(
    fake_qemu: Path, keeps: bool
) -> None:
    run = run_of(fake_qemu, "plan 1; pass 1 a.one; bye", ptrace=keeps)
    assert run.qemu[-1].endswith("timeout=60 ptrace" if keeps else "timeout=60")


def test_a_failure_is_not_as_expected_unless_it_is(fake_qemu: Path) -> None:
    run = run_of(fake_qemu, FAILS)
    assert not run.as_expected
    assert run.stages["test"] is FAIL
    assert "a.two" in run.message
    run = run_of(fake_qemu, FAILS, expected(Outcome.FAIL, case="a.two"))
    assert run.as_expected
    assert run.stages["test"] is PASS


@pytest.mark.parametrize(
    ("scenario", "stage", "outcome"),
    [
        ("panic early", "boot", StageOutcome.PANIC),
        (":", "boot", StageOutcome.NO_RESULTS),
        ("plan 1; panic early", "test", StageOutcome.PANIC),
        ("plan 1; pass 1 a.one", "test", StageOutcome.NO_RESULTS),
    ],
)
def test_stages_that_fail_say_how(
    fake_qemu: Path, scenario: str, stage: str, outcome: StageOutcome
) -> None:
    run = run_of(fake_qemu, scenario)
    assert run.stages[stage] is outcome
    assert not run.as_expected
    assert run.message


def test_a_stage_that_is_expected_to_fail(fake_qemu: Path) -> None:
    entry = expected(Outcome.FAIL, stage="boot")
    run = run_of(fake_qemu, "panic early", entry)
    assert run.stages["boot"] is StageOutcome.PANIC
    assert run.as_expected
    run = run_of(fake_qemu, "plan 1; pass 1 a.one; bye", entry)
    assert run.stages["boot"] is StageOutcome.PASS
    assert not run.as_expected
    assert "expected to fail" in run.message
