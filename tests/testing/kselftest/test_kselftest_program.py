# SPDX-License-Identifier: GPL-2.0-or-later
"""kernel-tests/kselftest/kselftest.c, compiled for this machine and run on scripts."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from waiting import SECONDS

from refseries.host import proc

SOURCE = Path(__file__).resolve().parents[3] / "kernel-tests" / "kselftest" / "kselftest.c"

PROGRAMS = {
    "good": "echo TAP version 13; echo 1..1; echo ok 1 fine; echo to stderr >&2",
    "bad": "echo not ok 1 wrong; exit 1",
    "absent": "exit 4",
    "dies": "kill -SEGV $$",
    "holds": "sleep 600 & echo started",
    "half": "printf 'no newline'",
    "hides": "echo '[FAIL] 1 of 2'; echo '[OK] 2 of 2'",
    "expects": "echo '[XFAIL] 1 of 1'",
    "not-here": "echo '[FAIL] no device'; exit 4",
    "floods": "for i in $(seq 3000); do echo talk $i; echo ok $i it; done",
    "counts": "printf '1 of 2\\r2 of 2 done\\n'",
    "dos": "printf 'talk\\r\\nnot ok 1 a\\r\\n'",
    "overwrites": "printf 'not ok 1 a\\r2 of 2\\n'",
    "says": 'echo "$# $*"',
    "mute": "exec >&- 2>&-; sleep 0.2; exit 3",
}


@pytest.fixture(scope="module")
def wrapper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("kselftest")
    for name, text in PROGRAMS.items():
        (place / name).write_text(f"#!/bin/sh\n{text}\n")
        (place / name).chmod(0o755)
    lines = [f"mm\t{name}\t{name}" for name in PROGRAMS]
    lines += ["mm\tsays-two\tsays\tone\t-t", "mm\tgone\tno-such-program"]
    (place / "cases").write_text("".join(f"{line}\n" for line in lines))
    program = place / "kselftest"
    flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", f'-DDIRECTORY="{place}"']
    proc.run(["gcc", *flags, "-o", program, SOURCE])
    return program


def run(wrapper: Path, name: str) -> tuple[int, list[str]]:
    done = proc.run([wrapper, "-r", f"mm.{name}"], check=False, deadline=SECONDS)
    return done.returncode, done.stdout.splitlines()


def test_it_lists_its_cases_as_the_harness_does(wrapper: Path) -> None:
    done = proc.run([wrapper, "-l"], check=False)
    head, *lines, last = done.stdout.splitlines()
    assert done.returncode == 4
    assert (head[0], last[0]) == ("#", "-")
    # The columns that init cuts: 20 for the fixture, 25 for the variant.
    assert [(line[:20].strip(), line[21:46].strip(), line[47:]) for line in lines] == [
        ("mm", "", name) for name in [*PROGRAMS, "says-two", "gone"]
    ]


def test_output_goes_one_level_below_the_result(wrapper: Path) -> None:
    code, lines = run(wrapper, "good")
    assert code == 0
    assert lines[:2] == ["TAP version 13", "1..1"]
    assert lines[2:] == ["  TAP version 13", "  1..1", "  ok 1 fine", "  to stderr", "ok 1 good"]


@pytest.mark.parametrize(
    ("name", "code", "last"),
    [
        ("bad", 1, "not ok 1 bad # exit=1"),
        ("absent", 0, "ok 1 absent # SKIP exit=4"),
        ("hides", 1, "not ok 1 hides # exit=0, but it says [FAIL]"),
        ("expects", 0, "ok 1 expects"),
        ("not-here", 0, "ok 1 not-here # SKIP exit=4"),
        ("mute", 1, "not ok 1 mute # exit=3"),
        ("gone", 1, "not ok 1 gone # exit=127"),
        ("dies", 1, "not ok 1 dies # exit=-1"),
    ],
)
def test_the_exit_status_makes_the_result(wrapper: Path, name: str, code: int, last: str) -> None:
    found, lines = run(wrapper, name)
    assert (found, lines[-1]) == (code, last)


def test_no_result_is_lost_in_a_carriage_return(wrapper: Path) -> None:
    assert run(wrapper, "dos")[1][2:] == ["  talk", "  not ok 1 a", "ok 1 dos"]
    assert run(wrapper, "overwrites")[1][2:] == ["  not ok 1 a", "  2 of 2", "ok 1 overwrites"]


def test_a_signal_is_told_in_the_words_that_init_knows(wrapper: Path) -> None:
    assert "# Test terminated unexpectedly by signal 11" in run(wrapper, "dies")[1]


def test_a_child_that_holds_the_output_holds_up_nothing(wrapper: Path) -> None:
    began = time.monotonic()
    code, lines = run(wrapper, "holds")
    assert time.monotonic() - began < SECONDS
    assert (code, lines[2:]) == (0, ["  started", "ok 1 holds"])


def test_a_last_line_without_its_end_does_not_swallow_the_result(wrapper: Path) -> None:
    assert run(wrapper, "half")[1][2:] == ["  no newline", "ok 1 half"]


def test_every_result_is_passed_on_and_of_the_talk_a_beginning(wrapper: Path) -> None:
    lines = run(wrapper, "floods")[1]
    assert sum(line.startswith("  ok ") for line in lines) == 3000
    assert 500 < sum(line.startswith("  talk ") for line in lines) < 1500
    assert lines[-1] == "ok 1 floods"


def test_of_a_counter_the_last_is_seen_as_on_a_terminal(wrapper: Path) -> None:
    assert run(wrapper, "counts")[1][2:] == ["  2 of 2 done", "ok 1 counts"]


def test_arguments_are_passed_on(wrapper: Path) -> None:
    assert "  2 one -t" in run(wrapper, "says-two")[1]
    assert "  0 " in run(wrapper, "says")[1]


def test_an_unknown_case_and_a_wrong_use_are_refused(wrapper: Path) -> None:
    assert run(wrapper, "none")[0] == 1
    assert proc.run([wrapper], check=False).returncode == 2
