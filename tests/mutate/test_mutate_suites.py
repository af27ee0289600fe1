# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutants tried by what ``kernel-tests/suites.toml`` says, as ``test`` does it."""

from __future__ import annotations

from pathlib import Path

import pytest
import suite_project
from played_project import BAD, GOOD, Project

from refseries.errors import SeriesError
from refseries.host.progress import silent
from refseries.model import Target
from refseries.mutate import generated, handwritten, run
from refseries.mutate.model import MutantFate, MutationReport

V1 = Target("v1")


def mutate(project: Project) -> MutationReport:
    """Try one mutant, whose second case fails."""
    place = project.directory / handwritten.DIRECTORY
    place.mkdir(exist_ok=True)
    diff = generated.diff_of("guest.sh", f"{GOOD}# v1\n", BAD)
    (place / "bad.patch").write_text(f"It fails.\nVersions: v1\n\n{diff}")
    request = project.request()
    plan = run.plan(request.lab, V1)
    wanted = run.MutationRequest(request.lab, V1, request.configs[0])
    return run.run(wanted, plan, run.choose(plan.mutants, ["bad"]), silent)


@pytest.mark.parametrize("kind", suite_project.SUITES)
def test_mutants_are_tried_by_suites_of_each_kind(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    (project.directory / "kernel-tests/expectations.toml").write_text("schema = 1\n")
    suite_project.prepare(project, monkeypatch, tmp_path, kind)
    project.add({"guest.sh": GOOD + "# v1\n", **suite_project.of_tree(kind)})
    if kind != "programs":  # which alone are made of it
        (project.directory / "kernel-tests/Makefile").write_text("$(error nobody asked)\n")
    (result,) = mutate(project).results
    assert (result.fate, result.by) == (MutantFate.CAUGHT, "toy.two")


def test_a_version_without_anything_of_a_suite_has_no_mutants_tried(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    suite_project.prepare(project, monkeypatch, tmp_path, "kunit")
    project.add({"guest.sh": GOOD + "# v1\n"})
    with pytest.raises(SeriesError, match="v1 has nothing that runs in a guest"):
        mutate(project)
