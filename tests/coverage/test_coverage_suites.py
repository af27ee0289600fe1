# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines counted where ``kernel-tests/suites.toml`` says what runs, and in other configs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import coverage_project
import pytest
import suite_project
from played_project import Project

from refseries.coverage import report
from refseries.coverage import run as coverage
from refseries.coverage.model import CoverageReport
from refseries.coverage.reasons import Reasons
from refseries.host.progress import silent
from refseries.kernel.model import Config, Fragment
from refseries.model import Target


@pytest.fixture
def project(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    coverage_project.prepare(project, monkeypatch)
    return project


def add(project: Project, kind: str) -> None:
    """v1, which brings what the suite needs and a file whose lines are counted."""
    header = (project.kernel.work / "include/linux/mm.h").read_text()
    project.add(
        {"include/linux/mm.h": header + coverage_project.HEADER, **suite_project.of_tree(kind)},
        {"mm/memory.c": coverage_project.MEMORY, "guest.sh": coverage_project.guest(project)},
    )


def count(project: Project, *configs: Config, again: bool = False) -> CoverageReport:
    lab = project.request().lab
    request = coverage.CoverageRequest(lab, Target("v1"), configs, again=again)
    found = coverage.run(request, silent)
    return report.build(Target("v1"), ("header", "memory"), found, Reasons())


def states(made: CoverageReport) -> dict[str, str]:
    return {line.added.text.strip(): str(line.state) for line in made.lines}


@pytest.mark.parametrize("kind", suite_project.SUITES)
def test_lines_are_counted_by_cases_of_each_kind(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    suite_project.prepare(project, monkeypatch, tmp_path, kind, coverage_project.ARCH)
    add(project, kind)
    config = coverage_project.config(project)
    made = count(project, config)
    assert made.whole, (made.problems, made.red)
    of = states(made)
    assert of["return mm_twice(address);"] == "run"
    assert of["address += 7;"] == "not-run"
    runs = project.request().lab.directory / "runs"
    before = len(list(runs.iterdir()))
    assert count(project, config) == made
    assert len(list(runs.iterdir())) == before


def test_other_tests_are_counted_anew(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    suite_project.prepare(project, monkeypatch, tmp_path, "command", coverage_project.ARCH)
    add(project, "command")
    config = coverage_project.config(project)
    count(project, config)
    runs = project.request().lab.directory / "runs"
    before = len(list(runs.iterdir()))
    suites = project.directory / "kernel-tests/suites.toml"
    suites.write_text(suites.read_text().replace('"true"', '"false"'))
    count(project, config)
    assert len(list(runs.iterdir())) == before + 1


def test_a_line_that_another_config_compiles_and_runs_counts(project: Project) -> None:
    kconfig = (project.kernel.work / "Kconfig").read_text() + "\nconfig NEVER\n"
    memory = coverage_project.MEMORY.replace("address = never(address);", "address += 9;")
    header = (project.kernel.work / "include/linux/mm.h").read_text()
    # A guest runs the object that its own kernel was built with.
    which = 'grep -qs CONFIG_NEVER=y "$(dirname "$kernel")/config" && config=never\n'
    guest = f"config=default\n{which}{coverage_project.guest(project)}"
    guest = guest.replace("/o-default-coverage", "/o-$config-coverage")
    project.add(
        {"include/linux/mm.h": header + coverage_project.HEADER, "Kconfig": kconfig},
        {"mm/memory.c": memory, "guest.sh": guest},
    )
    default = coverage_project.config(project)
    more = (*default.fragments, Fragment("never", "CONFIG_NEVER=y\n"))
    never = replace(default, name="never", fragments=more)
    assert states(count(project, default))["address += 9;"] == "not-compiled"
    both = count(project, default, never)
    assert both.whole, both.problems
    assert both.configs == ("default", "never")
    assert states(both)["address += 9;"] == "run"
    (line,) = (each for each in both.lines if each.added.text.strip() == "address += 9;")
    assert [config for config, _cases in line.cases] == ["never"]
