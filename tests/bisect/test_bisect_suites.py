# SPDX-License-Identifier: GPL-2.0-or-later
"""Bisecting where ``kernel-tests/suites.toml`` says what runs in a guest."""

from __future__ import annotations

from pathlib import Path

import pytest
import suite_project
from played_project import Project

from refseries.bisect import run as bisecting
from refseries.bisect.model import BisectReport, How, Symptom
from refseries.host.progress import silent
from refseries.model import Target
from refseries.series import apply, naming

Files = dict[str, str | None]
LIB: list[Files] = [{f"lib/toy{number}.c": f"int toy{number};\n"} for number in range(4)]
GOOD = "plan 1\nwanted 1 && { begin toys.one; report 'ok 1 toys.one'; }\nbye\n"
BAD = GOOD.replace("'ok", "'not ok")


def bisect(project: Project, symptom: str, ends: str) -> BisectReport:
    lab = project.request().lab
    good, bad = (naming.target(lab.series, name) for name in ends.split())
    config = project.kernel.config()
    request = bisecting.request(lab, Symptom.parse(symptom), config, (good, bad))
    return bisecting.run(request, silent)


def turned(report: BisectReport) -> str:
    assert report.before is not None, report.seen
    assert report.after is not None
    words = f"{report.before.sight.word} -> {report.after.sight.word}"
    return f"{report.before.target} {report.after.target}: {words}"


@pytest.mark.parametrize("kind", suite_project.SUITES)
def test_the_patch_that_broke_a_case_of_each_kind(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    suite_project.prepare(project, monkeypatch, tmp_path, kind)
    first: Files = {"guest.sh": GOOD, **suite_project.of_tree(kind)}
    project.add(first, LIB[0], LIB[1], {"guest.sh": BAD}, LIB[2], LIB[3])
    report = bisect(project, "toys.one", "v1:1 v1")
    assert turned(report) == "v1:3 v1:4: pass -> fail"
    assert report.patch == project.versions[0].patches[3]
    again = bisect(project, "toys.one", "v1:1 v1")
    assert turned(again) == turned(report)
    assert {each.how for each in again.seen} == {How.KEPT}


@pytest.mark.parametrize("kind", ["tree", "kunit"])
def test_a_state_that_has_nothing_of_the_suite_shows_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    suite_project.prepare(project, monkeypatch, tmp_path, kind)
    project.add({"guest.sh": GOOD}, {**suite_project.of_tree(kind)}, {"guest.sh": BAD})
    report = bisect(project, "toys.one", "v1:1 v1")
    assert report.after is None
    assert report.seen[0].sight.message == "has nothing that runs in a guest"


def test_a_state_whose_own_selftests_do_not_compile_is_stepped_around(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    suite_project.prepare(project, monkeypatch, tmp_path, "tree")
    first: Files = {"guest.sh": GOOD, **suite_project.TREE}
    whole, broken = suite_project.TREE["include/toy.h"], "\n"
    project.add(first, LIB[0], {"include/toy.h": broken}, {"guest.sh": BAD, "include/toy.h": whole})
    report = bisect(project, "toys.one", "v1:1 v1")
    assert turned(report) == "v1:2 v1: pass -> fail"
    assert [str(each.target) for each in report.around] == ["v1:3"]
    assert "tools/testing/selftests/toy" in report.around[0].sight.message
    assert report.patch is None


def test_the_selftests_of_a_version_are_there_in_what_is_built_on_it(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    suite_project.prepare(project, monkeypatch, tmp_path, "tree")
    project.add({"guest.sh": GOOD, **suite_project.TREE})
    lab = project.request().lab
    applied = apply.apply(lab.series, lab.base, Target("v1"), lab.cache)
    project.kernel.git("checkout", "--quiet", "-b", "topic", applied.commit)
    for files in (LIB[0], {"guest.sh": BAD}):
        project.kernel.commit("mm: step", files)
    symptom = Symptom.parse("toys.one")
    config = project.kernel.config()
    request = bisecting.through_history(lab, symptom, config, ("v1", "topic"))
    report = bisecting.run(request, silent)
    assert [each.sight.word for each in report.seen] == ["pass", "pass", "fail"]
