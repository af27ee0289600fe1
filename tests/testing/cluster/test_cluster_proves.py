# SPDX-License-Identifier: GPL-2.0-or-later
"""``coverage`` and ``bisect`` whose work is done by workers."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import clusters
import coverage_project
import played_series
import pytest
import toy as toys
from played_project import Project
from played_series import Played

from refseries.coverage import report
from refseries.coverage.reasons import Reasons
from refseries.model import Target


def test_lines_are_counted_on_a_worker(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    coverage_project.prepare(project, monkeypatch)
    place = tmp_path / "there"
    place.mkdir()
    # Here a guest runs the object that was built beside it, on the worker.
    own = str(project.directory / "cache/toy/build")
    built = str(place / "worker-cache/workers/worker-1/toy/build")
    guest = coverage_project.guest(project)
    assert own in guest
    makefile = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\n"
    makefile += (project.kernel.work / "Makefile").read_text()
    project.kernel.base = project.kernel.commit("base", {"Makefile": makefile})
    coverage_project.add_version(project, guest.replace(own, built))
    played_series.write_version(project.versions[0])
    (project.directory / "series/series.toml").write_text(toys.SERIES_TOML)
    environ = {
        "REFSERIES_TREE": str(project.kernel.work),
        "REFSERIES_BASE_REF": project.kernel.base.commit,
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(toys.__file__).parents[2]),
    }
    with clusters.started(Played(project, environ), place, 1) as cluster:
        monkeypatch.setenv("REFSERIES_CLUSTER_KEYS", str(place / "keys"))
        lab = replace(project.request().lab, cluster=cluster.address)
        found = coverage_project.count(lab, coverage_project.config(project))
    made = report.build(Target("v1"), ("header", "memory"), [found], Reasons())
    assert made.whole, (made.problems, made.red)
    of = {line.added.text.strip(): line for line in made.lines}
    assert of["return mm_twice(address);"].cases == (("default", ("toy.one",)),)
    assert str(of["address += 7;"].state) == "not-run"
    assert not list(lab.images.directory.glob("*/Image"))
    assert coverage_project.count(project.request().lab, coverage_project.config(project)) == found


def test_states_are_built_and_booted_on_workers(tmp_path: Path) -> None:
    played = played_series.make(tmp_path)
    with clusters.started(played, tmp_path, 2) as cluster:
        there = replace(played, environ={**played.environ, **cluster.environ})
        done = there.run("bisect", "toy.two", "base", "v1", "--json", "-")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert [each["how"] for each in found["seen"]] == ["built", "built"]
        assert (found["before"]["word"], found["after"]["word"]) == ("pass", "fail")
        assert not list(tmp_path.glob("cache/toy/images/*/Image"))
        evidence = Path(found["after"]["log"])
        assert (evidence / "console.log").is_file()
        cost = there.run(
            "bisect", "figure:read.toy.dense", "v4", "v5", "--at-most", "800", "--json", "-"
        )
        assert cost.returncode == 0, cost.stderr
        assert json.loads(cost.stdout)["after"]["word"] == "within"
    again = played.run("bisect", "toy.two", "base", "v1", "--json", "-")
    assert [each["how"] for each in json.loads(again.stdout)["seen"]] == ["kept", "kept"]
