# SPDX-License-Identifier: GPL-2.0-or-later
"""qemu/suites/, compiled for this machine and run on scripts and on what debugfs would say."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from waiting import SECONDS

from refseries.guest import ktap
from refseries.guest.results import CaseStatus
from refseries.host import proc

SOURCE = Path(__file__).resolve().parents[2] / "qemu" / "suites"

PROGRAMS = {
    "good": "echo words: $#",
    "bad": "echo oh >&2; exit 3",
    "absent": "exit 4",
    "dies": "kill -SEGV $$",
    "leaves": "echo 'not ok 1 first'; exit 4",
    "lies": "echo 1..2; echo ok 1 a; echo not ok 2 b",
    "excused": "echo 1..1; echo 'not ok 1 a # TODO later'",
    "half": "echo 1..2; echo ok 1 a",
    "hides": "echo '[FAIL] 1 of 2'; echo '[OK] 2 of 2'",
    "hides-net": "echo 'TEST: ping  [ FAIL ]'",
    "expects": "echo '[XFAIL] 1 of 1'",
    "not-here": "echo '[FAIL] no device'; exit 4",
    "none": "echo '1..0 # SKIP nothing here'",
    "bails": "echo 'Bail out! no memory'",
    "dos": "printf '1..1\\r\\nnot ok 1 a\\r\\n'",
    "overwrites": "printf 'not ok 1 a\\r2 of 2\\n'",
    "sleeps": "sleep 600 & sleep 600",
}
LIST_TEST = """\
KTAP version 1
1..1
    KTAP version 1
    # Subtest: list test
    # module: list_test
    1..5
    ok 1 first
        KTAP version 1
        # Subtest: with_parameters
        ok 1 one
        not ok 2 two
    # with_parameters: pass:1 fail:1 skip:0 total:2
    not ok 2 with_parameters
    # worded: EXPECTATION FAILED at lib/list-test.c:7
    Expected 1 == 2, but
        1 == 1 (0x1)

in words of its own
    not ok 3 worded
    # skipped: EXPECTATION none
    ok 4 skipped # SKIP no such machine
    ok 5 last
# list test: pass:2 fail:2 skip:1 total:5
not ok 1 list test
"""

NOT_BEGUN = """\
KTAP version 1
1..1
    KTAP version 1
    # Subtest: begins not
    1..2
# failed to initialize (-22)
not ok 1 begins not
"""
NOT_ENDED = """\
KTAP version 1
1..1
    # Subtest: ends_not
    1..1
    ok 1 only
# failed to clean up
not ok 1 ends_not
"""
OTHERS = {"other": "    ok 1 first\n", "begins not": NOT_BEGUN, "ends_not": NOT_ENDED}


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("suites")
    lines = []
    for name, text in PROGRAMS.items():
        (place / name).write_text(f"#!/bin/sh\n{text}\n")
        (place / name).chmod(0o755)
        seconds = "0.3" if name == "sleeps" else f"{SECONDS:g}"
        lines.append(f"run\tsmoke\t{name}\t{seconds}\t{place / name}\tone\ttwo words")
    for name, text in (("list test", LIST_TEST), *OTHERS.items()):
        (place / "kunit" / name).mkdir(parents=True)
        (place / "kunit" / name / "results").write_text(text)
    lines += ["kunit\tlists\tlist*", "kunit\tlists\tmissing-*"]
    lines += ["kunit\tlists\tbegins*", "kunit\tlists\tends*"]
    (place / "cases").write_text("".join(f"{line}\n" for line in lines))
    program = place / "suites"
    flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror"]
    flags += [f'-DDIRECTORY="{place}"', f'-DKUNIT="{place / "kunit"}"']
    proc.run(["gcc", *flags, "-o", program, *sorted(SOURCE.glob("*.c"))])
    return program


def run(runner: Path, name: str) -> tuple[int, list[str]]:
    done = proc.run([runner, "-r", name], check=False, deadline=SECONDS)
    return done.returncode, done.stdout.splitlines()


def test_cases_of_programs_and_of_kunit_are_listed_as_the_harness_does(runner: Path) -> None:
    done = proc.run([runner, "-l"], check=False)
    lines = [line.split() for line in done.stdout.splitlines() if line[0] not in "#-"]
    assert done.returncode == 4
    kunit = ["first", "with_parameters", "worded", "skipped", "last"]
    assert lines == [
        *(["smoke", name] for name in PROGRAMS),
        *(["list_test", name] for name in kunit),
        ["lists", "missing-*"],
        ["begins_not", "suite"],
        ["ends_not", "only"],
        ["ends_not", "suite"],
    ]


def test_a_suite_of_kunit_of_which_its_cases_do_not_tell_the_end_fails(runner: Path) -> None:
    code, lines = run(runner, "begins_not.suite")
    assert code == 1
    assert lines[-2:] == ["  # failed to initialize (-22)", "not ok 1 suite # 0 results of 2"]
    assert run(runner, "ends_not.only")[0] == 0
    assert run(runner, "ends_not.suite")[1][-1] == "not ok 1 suite # no case of it failed"
    # Its own cases say what became of it.
    assert run(runner, "list_test.suite")[0] == 1
    assert not any("list_test.suite" in line for line in run(runner, "list_test.suite")[1])


@pytest.mark.parametrize(
    ("name", "code", "last"),
    [
        ("good", 0, "ok 1 good"),
        ("bad", 1, "not ok 1 bad # exit=3"),
        ("absent", 0, "ok 1 absent # SKIP exit=4"),
        ("dies", 1, "not ok 1 dies # exit=-1"),
        ("lies", 1, "not ok 1 lies # exit=0, but a result of its own is not ok"),
        ("leaves", 1, "not ok 1 leaves # exit=4, but a result of its own is not ok"),
        ("excused", 0, "ok 1 excused"),
        ("half", 1, "not ok 1 half # exit=0, but 1 results of 2"),
        ("hides", 1, "not ok 1 hides # exit=0, but it says [FAIL]"),
        ("hides-net", 1, "not ok 1 hides-net # exit=0, but it says [FAIL]"),
        ("expects", 0, "ok 1 expects"),
        ("not-here", 0, "ok 1 not-here # SKIP exit=4"),
        ("none", 0, "ok 1 none # SKIP  nothing here"),
        ("dos", 1, "not ok 1 dos # exit=0, but a result of its own is not ok"),
        ("overwrites", 1, "not ok 1 overwrites # exit=0, but a result of its own is not ok"),
        ("bails", 1, "not ok 1 bails # exit=0, but a result of its own is not ok"),
    ],
)
def test_exit_status_and_results_of_its_own_judge_a_program(
    runner: Path, name: str, code: int, last: str
) -> None:
    found, lines = run(runner, f"smoke.{name}")
    assert (found, lines[-1]) == (code, last)


def test_a_program_gets_its_words_and_its_output_stands_below_the_result(runner: Path) -> None:
    _, lines = run(runner, "smoke.good")
    assert lines == ["TAP version 13", "1..1", "  words: 2", "ok 1 good"]


def test_a_program_is_ended_after_its_own_time_with_its_children(runner: Path) -> None:
    started = time.monotonic()
    code, lines = run(runner, "smoke.sleeps")
    assert code == 1
    # The harness's words, by which init knows a timeout.
    assert "# sleeps: Test terminated by timeout" in lines
    assert time.monotonic() - started < SECONDS


def test_a_case_of_kunit_comes_with_its_parameters(runner: Path) -> None:
    code, lines = run(runner, "list_test.with_parameters")
    assert code == 1
    assert lines[-1] == "not ok 1 with_parameters"
    (case,) = ktap.parse("\n".join(lines) + "\n").results
    assert [(each.name, each.status) for each in case.subtests] == [
        ("one", CaseStatus.PASS),
        ("two", CaseStatus.FAIL),
    ]


def test_a_case_of_kunit_that_fails_says_all_that_it_said(runner: Path) -> None:
    code, lines = run(runner, "list_test.worded")
    assert code == 1
    assert lines[2:] == [
        "  # worded: EXPECTATION FAILED at lib/list-test.c:7",
        "  Expected 1 == 2, but",
        "      1 == 1 (0x1)",
        "  ",
        "  in words of its own",
        "not ok 1 worded",
    ]


def test_a_case_of_kunit_that_passes_or_skips_says_so(runner: Path) -> None:
    # The head of its suite, a plan for all cases with it, is not the first one's.
    assert run(runner, "list_test.first")[1] == ["TAP version 13", "1..1", "ok 1 first"]
    assert run(runner, "list_test.skipped")[1][-1] == "ok 1 skipped # SKIP no such machine"
    assert run(runner, "list_test.last")[0] == 0


def test_a_suite_of_kunit_that_did_not_run_fails(runner: Path) -> None:
    code, lines = run(runner, "lists.missing-*")
    assert code == 1
    assert lines[-1] == "not ok 1 missing-* # no KUnit suite of that name has run"


def test_a_case_of_a_suite_that_no_glob_names_is_none(runner: Path) -> None:
    assert run(runner, "other.first")[0] == 1
    assert run(runner, "list_test.unknown")[0] == 1
