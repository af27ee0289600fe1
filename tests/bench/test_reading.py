# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures read from what a guest printed."""

from dataclasses import replace
from pathlib import Path

import pytest
from fake_guest import as_init_says

from refseries.bench.reading import FigureReading, read
from refseries.guest import ktap
from refseries.guest.cases import CasesRun
from refseries.guest.gaps import Gap
from refseries.guest.model import Boot
from refseries.guest.qemu import Mode
from refseries.model import Splat, StageOutcome


def reading(*lines: str, complete: bool = True) -> FigureReading:
    said = as_init_says("\n".join(["KTAP version 1", "1..2", *lines]))
    report = ktap.parse(said, guest=True)
    return read(CasesRun((), report.results, report.plan, complete, "" if complete else "it died"))


def case(number: int, *output: str, end: str = "ok {} fault.read") -> list[str]:
    return [
        "  TAP version 13",
        "  1..1",
        *(f"  {line}" for line in output),
        *(["  ok 1 fault.read"] if end.startswith("ok") else []),
        *([end.format(number)] if end else []),
    ]


def test_a_line_is_a_sample() -> None:
    found = reading(*case(1, "# figure read.refpage.dense 982.125 instructions/page"))
    (sample,) = found.samples
    assert str(sample.name) == "read.refpage.dense"
    assert (sample.value, sample.unit) == (982.125, "instructions/page")
    assert found.problems == ()


def test_other_diagnostics_are_none() -> None:
    assert reading(*case(1, "# figures of speech", "#  RUN  fault.read ...")).samples == ()


@pytest.mark.parametrize(
    "line",
    [
        "# figure read.refpage.dense 982.1 seconds",
        "# figure read.refpage.dense nan instructions/page",
        "# figure read.refpage.dense 1e9 instructions/page",
        "# figure read.refpage 982.1 instructions/page",
        "# figure read.refpage.dense 982.1",
        "# figure ../../etc.a.b 1 KiB",
        "# figure read.refpage.dense 1 KiB more",
    ],
)
def test_a_line_that_only_looks_like_one_is_a_problem(line: str) -> None:
    found = reading(*case(1, line))
    assert found.samples == ()
    assert found.problems == (f"fault.read: `{line}` is no figure",)


def test_a_name_that_comes_twice_is_a_problem_and_the_first_counts() -> None:
    found = reading(*case(1, "# figure a.b.c 1 KiB", "# figure a.b.c 2 KiB"))
    assert [sample.value for sample in found.samples] == [1.0]
    assert found.problems == ("fault.read: a.b.c comes twice",)


def test_a_case_that_skips_leaves_its_figures_out() -> None:
    found = reading("ok 1 fault.refpage.read # SKIP no system call")
    assert found == FigureReading((), ())


def test_what_a_dying_case_measured_is_kept_and_its_death_told() -> None:
    start = "# refseries: start fault.read 000000000000000a 000000000000000b"
    found = reading(start, *case(1, "# figure a.b.c 1 KiB", end=""), complete=False)
    assert [str(sample.name) for sample in found.samples] == ["a.b.c"]
    assert found.problems == ("it died", "fault.read: crash")


def test_a_case_that_fails_is_told() -> None:
    found = reading(*case(1, "# figure a.b.c 1 KiB", end="not ok {} fault.read # exit=1"))
    assert [str(sample.name) for sample in found.samples] == ["a.b.c"]
    assert found.problems == ("fault.read: fail exit=1",)


def test_a_guest_that_talks_too_much_gives_a_few_problems() -> None:
    lines = [f"# figure x{n} 1 KiB" for n in range(100)]
    assert len(reading(*case(1, *lines)).problems) == 20


@pytest.mark.parametrize("end", ["ok {} fault.read", "not ok {} fault.read"])
def test_a_complaint_or_a_gap_beside_a_case_that_passes_is_a_problem(end: str) -> None:
    said = as_init_says("\n".join(["KTAP version 1", "1..1", *case(1, end=end)]))
    report = ktap.parse(said, guest=True)
    splat = Splat("bug", "BUG: toy", "fault.read", "")
    gaps = (Gap("fault.read", "the kernel dropped 7 lines of its log"),)
    nowhere = Path("/nonexistent")
    boot = Boot(
        StageOutcome.PASS, "", 1.0, 0.5, 0, report, (splat,), {}, (), nowhere, nowhere, Mode.TCG
    )
    run = CasesRun((replace(boot, gaps=gaps),), report.results, report.plan, True, "")
    told = ("fault.read: BUG: toy", "fault.read: the kernel dropped 7 lines of its log")
    assert read(run).problems == (told if end.startswith("ok") else ("fault.read: fail",))
