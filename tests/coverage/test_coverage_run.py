# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines counted from end to end: real git, make, compilers and gcov, and played guests."""

from __future__ import annotations

from dataclasses import replace

import coverage_project
import pytest
from coverage_project import count
from played_project import Project

from refseries.coverage import keeping, report
from refseries.coverage.model import ConfigCoverage, CoverageReport, LineState
from refseries.coverage.reasons import Reasons
from refseries.errors import SeriesError
from refseries.model import Target
from refseries.testing.lab import Lab


@pytest.fixture
def project(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    coverage_project.prepare(project, monkeypatch)
    return project


def reported(project: Project, found: ConfigCoverage) -> CoverageReport:
    reasons = Reasons.load(project.directory)
    return report.build(Target("v1"), ("header", "memory"), [found], reasons)


def states(made: CoverageReport) -> dict[str, LineState]:
    return {line.added.text.strip(): line.state for line in made.lines if line.added.text.strip()}


def test_each_line_has_the_cases_that_ran_it(project: Project) -> None:
    boot = "counted boot 0000000000000000"
    text = coverage_project.guest(project).replace(boot, f"{boot} 2")
    coverage_project.add_version(project, text)
    lab = project.request().lab
    found = count(lab, coverage_project.config(project))
    made = reported(project, found)
    assert made.whole
    of = states(made)
    assert of["if (address == 1)"] is LineState.RUN
    assert of["return mm_twice(address);"] is LineState.RUN
    assert of["address += 7;"] is LineState.BOOT
    assert of["address = never(address);"] is LineState.NOT_COMPILED
    assert of["#ifdef CONFIG_NEVER"] is LineState.NO_CODE
    assert of["return x + x;"] is LineState.RUN  # of a header, where it is compiled in
    by_text = {line.added.text.strip(): line for line in made.lines}
    assert by_text["return mm_twice(address);"].cases == (("default", ("toy.one",)),)
    assert by_text["return mm_twice(address);"].function == "handle_fault"
    assert by_text["return x + x;"].added.patch == 1
    assert by_text["if (address == 1)"].added.patch == 2
    assert found.ran("mm/memory.c", [by_text["address += 7;"].added.number]) == frozenset()
    partly = by_text["if (address == 2)"]
    assert (partly.partly, partly.ways, partly.taken) == (True, 2, 1)
    assert not by_text["if (address == 1)"].partly
    # Two ways, each taken; only one case took the one.
    number = by_text["if (address == 1)"].added.number
    assert found.strayed("mm/memory.c", [number]) == {"toy.one"}
    assert found.strayed("mm/memory.c", [partly.added.number]) == frozenset()


def test_lines_count_where_another_source_includes_theirs(project: Project) -> None:
    header = (project.kernel.work / "include/linux/mm.h").read_text()
    files = {"mm/memory.c": '#include "part.c"\n', "mm/part.c": "int handle_fault(int address);\n"}
    project.kernel.base = project.kernel.commit("include a part", {**files})
    text = coverage_project.guest(project)
    changed = {"mm/part.c": coverage_project.MEMORY, "guest.sh": text}
    project.add({"include/linux/mm.h": header + coverage_project.HEADER}, {**changed})
    of = states(reported(project, count(project.request().lab, coverage_project.config(project))))
    assert of["if (address == 1)"] is LineState.RUN
    assert of["return x + x;"] is LineState.RUN


def test_the_same_again_boots_nothing(project: Project) -> None:
    coverage_project.add_version(project, coverage_project.guest(project))
    lab = project.request().lab
    runs = lab.directory / "runs"
    found = count(lab, coverage_project.config(project))
    assert count(lab, coverage_project.config(project)) == found
    assert len(list(runs.iterdir())) == 1
    found = count(lab, coverage_project.config(project), again=True)
    assert len(list(runs.iterdir())) == 2
    (kept,) = (lab.cache / lab.series.home / "coverage").glob("*.json")
    written = kept.stat().st_mtime_ns
    count(lab, coverage_project.config(project), only=("toy.one",))
    assert len(list(runs.iterdir())) == 3
    assert kept.stat().st_mtime_ns == written  # what a few ran is not kept
    assert count(lab, coverage_project.config(project)) == found
    elsewhere = tuple(replace(line, patch=1) for line in found.added)
    assert elsewhere != found.added
    others: tuple[dict[str, object], ...] = (
        {"image": "another"},
        {"programs": "others"},
        {"added": elsewhere},
        {"problems": ("toy.one: the machine was busy",)},
    )
    for other in (replace(found, **each) for each in others):  # type: ignore[arg-type]
        keeping.save(lab.cache, lab.series.home, Target("v1"), other)
        again = count(lab, coverage_project.config(project))
        assert replace(again, when=found.when) == found


def test_a_guest_that_ends_too_early_makes_no_whole_report(project: Project) -> None:
    coverage_project.add_version(project, coverage_project.guest(project, three="exit 0"))
    made = reported(project, count(project.request().lab, coverage_project.config(project)))
    assert made.problems == ("default: the guest powered off without saying how it went",)
    assert made.red == ()
    assert not made.whole


def test_what_is_expected_now_is_what_its_cases_are_judged_by(project: Project) -> None:
    coverage_project.add_version(project, coverage_project.guest(project))
    lab = project.request().lab
    assert all(case.as_expected for case in count(lab, coverage_project.config(project)).cases)
    (project.directory / "kernel-tests" / "expectations.toml").write_text(
        'schema = 1\n[[expect]]\ncase = "toy.one"\nversions = ["*"]\nconfigs = ["*"]\n'
        'outcome = "fail"\nwhy = "It is thought to fail."\n'
    )
    again = count(lab, coverage_project.config(project)).cases
    assert {case.name for case in again if not case.as_expected} == {"toy.one"}


def test_a_case_that_takes_the_guest_down_is_named(project: Project) -> None:
    dies = 'begin toy.three; panic "toy broken"; exit 0'
    coverage_project.add_version(project, coverage_project.guest(project, three=dies))
    made = reported(project, count(project.request().lab, coverage_project.config(project)))
    assert "default: toy.three: the guest sent no counters of it" in made.problems
    assert made.red == ("default: toy.three: crash",)
    assert not made.whole


def test_what_is_run_again_behind_a_check_turned_off_lacks_nothing(project: Project) -> None:
    off = "say '[    1.300000] Future hung task reports are suppressed, see sysctl'"
    three = f"{off}; begin toy.three; exit 0; fi\n{coverage_project.THREE}"
    text = coverage_project.guest(project, three=three)
    coverage_project.add_version(
        project, text.replace("begin toy.one", "if [ $start = 1 ]; then begin toy.one")
    )
    made = reported(project, count(project.request().lab, coverage_project.config(project)))
    assert made.problems == ()
    assert made.whole
    assert states(made)["return mm_twice(address);"] is LineState.RUN  # by one of before


def test_counters_that_are_not_those_of_the_kernel_are_named(project: Project) -> None:
    forged = 'begin toy.three; echo x >"$work/x"; counters toy.three "$ends" '
    forged += '"$objects/mm/memory.gcda" "$work/x"; report "ok 3 toy.three"'
    coverage_project.add_version(project, coverage_project.guest(project, three=forged))
    made = reported(project, count(project.request().lab, coverage_project.config(project)))
    (problem,) = made.problems
    assert problem.startswith("default: toy.three: its counters of mm/memory are not those of")


def test_a_case_that_fails_is_named(project: Project) -> None:
    coverage_project.add_version(project, coverage_project.guest(project, two="not ok"))
    made = reported(project, count(project.request().lab, coverage_project.config(project)))
    assert made.red == ("default: toy.two: fail",)


def test_a_reason_stands_beside_its_line_and_one_for_no_line_is_stale(project: Project) -> None:
    coverage_project.add_version(project, coverage_project.guest(project))
    entry = '[[unrun]]\nfile = "mm/memory.c"\nline = "{}"\nversions = ["v1"]\nwhy = "Never two."\n'
    text = "schema = 1\n" + entry.format("address += 7;") + entry.format("address += 8;")
    text += entry.format("return mm_twice(address);")
    text += entry.format("address += 7;").replace("why", 'function = "nowhere"\nwhy')
    (project.directory / "kernel-tests/coverage.toml").write_text(text)
    made = reported(project, count(project.request().lab, coverage_project.config(project)))
    (line,) = (line for line in made.lines if line.reason)
    assert (line.added.text.strip(), line.reason) == ("address += 7;", "Never two.")
    assert made.tally.percent == 100
    assert made.reaches(100)
    assert made.tally.plain_percent != 100
    stale = [place.rpartition("/")[2] for place in made.stale]
    assert stale == ["coverage.toml:9: unrun[1].line", "coverage.toml:19: unrun[3].line"]
    (unneeded,) = made.unneeded
    assert unneeded.endswith("coverage.toml:14: unrun[2].line")
    assert not made.whole


def test_what_has_no_lines_to_count_is_refused(project: Project) -> None:
    project.add({"guest.sh": coverage_project.guest(project)})
    lab = project.request().lab
    with pytest.raises(SeriesError, match="adds no C"):
        count(lab, coverage_project.config(project))
    header = (project.kernel.work / "include/linux/mm.h").read_text()
    project.add({"include/linux/mm.h": header + coverage_project.HEADER})
    with pytest.raises(SeriesError, match="v2 has no file `mm/absent"):
        count(lab_of(project), coverage_project.config(project), target=V2, also=("mm/absent.c",))
    with pytest.raises(SeriesError, match="for compiling only"):
        count(lab, project.kernel.compile_only())
    with pytest.raises(SeriesError, match="base adds no lines"):
        count(lab, coverage_project.config(project), target=Target("base"))


V2 = Target("v2")


def lab_of(project: Project) -> Lab:
    return project.request().lab
