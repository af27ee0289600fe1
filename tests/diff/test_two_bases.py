# SPDX-License-Identifier: GPL-2.0-or-later
"""What is different where the base moved: the series' part, and the base's."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import toy_releases
from toy import Toy
from toy_import import bring_in

from refseries.cli import matrix_view
from refseries.diff import behaviour, side
from refseries.host import proc
from refseries.kernel import base as bases
from refseries.model import BASE, StageOutcome, Target
from refseries.review.evidence.case import CaseEvidence
from refseries.review.evidence.facts import Facts
from refseries.review.evidence.kind import Pair, Proof, Verdict
from refseries.series import apply
from refseries.testing import report, runs
from refseries.testing.changes import through
from refseries.testing.model import CaseResult, Matrix, Outcome, Run

Refseries = Callable[..., proc.Completed]
_PASSED = dict.fromkeys(("apply", "build", "boot", "test"), StageOutcome.PASS)


@pytest.fixture
def moved(toy: Toy) -> Toy:
    """v3 is over 6.13 and says more, v4 over 6.14, whose line it had to follow."""
    toy_releases.add(toy)
    for number, release in ((3, "6.13"), (4, "6.14")):
        changes = toy_releases.change(release, b"int toy[2];" if number == 3 else b"long toy[2];")
        toy_releases.branch(toy, f"topic-{number}", release, *changes)
        bring_in(toy, f"v{release}..topic-{number}", f"v{number}")
    return toy


def test_what_the_base_did_is_taken_out(moved: Toy, refseries: Refseries) -> None:
    for name, at in (("backup", "v6.12.117"), ("v6.13-toys.1", "v6.13")):  # newer than the release
        moved.git("-c", "user.name=t", "-c", "user.email=t@e", "tag", "-a", "-m", "x", name, at)
    done = refseries("diff", "v2", "v3", "--json", "d.json")
    assert done.returncode == 0, done.stderr
    found = json.loads((moved.project / "d.json").read_text())
    assert found["moved"] == {"old": "v6.12.117", "new": "v6.13", "files": 2, "apart": True}
    assert [each["path"] for each in found["files"]] == ["mm/toy.c"]
    assert "The base moved from v6.12.117 to v6.13; 2 more files differ" in done.stdout
    assert "Difference of the trees, without what the base did" in done.stdout
    done = refseries("diff", "v2", "v3", "--mail")
    assert "v3 differs from v2 on v6.13 in:" in done.stdout


def test_where_they_conflict_it_says_so(moved: Toy, refseries: Refseries) -> None:
    done = refseries("diff", "v3", "v4")
    assert done.returncode == 0, done.stderr
    assert "has what it did to the same files as well" in done.stdout


def test_status_names_the_base_of_each(moved: Toy, refseries: Refseries) -> None:
    done = refseries("status", "--json", "s.json")
    assert done.returncode == 0, done.stderr
    lines = [line.split()[:2] for line in done.stdout.splitlines() if line[:1] == "v"]
    assert lines == [
        ["version", "base"], ["v1", "v6.12.117"], ["v2", "v6.12.117"], ["v3", "v6.13"],
        ["v4", "v6.14"],
    ]  # fmt: skip
    rows = json.loads((moved.project / "s.json").read_text())["versions"]
    assert [row["own_base"] and row["own_base"]["release"] for row in rows] == [
        None, None, "6.13", "6.14",
    ]  # fmt: skip


def _run(target: Target, **results: str) -> Run:
    told = tuple(CaseResult(name, Outcome(word)) for name, word in results.items())
    return Run(target, "default", "arm64", _PASSED, results=told, as_expected=True)


def _matrix(toy: Toy, *found: Run) -> Matrix:
    info = bases.of_series(toy.series(), toy.base(), toy.cache)
    return Matrix("toy", info, found)


def test_a_matrix_says_what_the_base_alone_did(moved: Toy) -> None:
    matrix = _matrix(
        moved,
        _run(Target(BASE), old="pass", new="pass", mine="pass"),
        _run(Target(BASE, "v3"), old="fail", new="pass", mine="pass"),
        _run(Target("v2"), old="pass", new="fail", mine="pass"),
        _run(Target("v3"), old="fail", new="pass", mine="fail"),
    )
    told = through(matrix)[-1]
    assert (told.before, told.after) == ("v2", "v3")
    assert (told.by_base, told.broke, told.fixed) == (("old",), ("mine",), ("new",))
    without = through(_matrix(moved, *matrix.runs[2:]))[-1]
    assert (without.by_base, without.broke) == ((), ("old", "mine"))
    assert report.as_json(matrix)["own_bases"].keys() == {"v3"}
    page = matrix_view.as_html(matrix)
    assert "base, v2 on Linux 6.12.117; base:v3, v3 on Linux 6.13" in page
    assert "by the base alone 1" in page


def test_versions_on_one_base_have_no_heading(toy: Toy) -> None:
    assert matrix_view.on_bases(_matrix(toy, _run(Target("v1")), _run(Target("v2")))) == ""


def test_a_matrix_names_the_base_that_a_version_is_put_onto(toy: Toy) -> None:
    matrix = _matrix(toy, _run(Target("v1")), _run(Target("v1", onto="v6.13")))
    other = replace(matrix.base, release="6.13", commit="d" * 40)
    matrix = replace(matrix, base=replace(matrix.base, own=(("v6.13", other),)))
    assert matrix_view.on_bases(matrix) == "v1 on Linux 6.12.117; v1@v6.13 on Linux 6.13"
    assert report.as_json(matrix)["own_bases"].keys() == {"v6.13"}


def test_diff_charges_to_the_base_what_it_did(moved: Toy, tmp_path: Path) -> None:
    series = moved.series()
    info = bases.of_series(series, moved.base(), moved.cache)
    results = {
        Target(BASE): {"old": "pass"},
        Target(BASE, "v3"): {"old": "fail"},
        Target("v2"): {"old": "pass", "new": "fail"},
        Target("v3"): {"old": "fail", "new": "pass"},
    }
    for target, words in results.items():
        tree = apply.apply(series, info, target, moved.cache).tree
        run = replace(_run(target, **words), initramfs=tmp_path / "one.cpio")
        runs.remember(moved.cache, series.home, run, tree)
    old, new = (side.find(series, info, name, moved.cache) for name in ("v2", "v3"))
    (found,) = behaviour.between(series, info, old, new, moved.cache)
    assert found.changes is not None
    assert (found.changes.by_base, found.changes.broke) == (("old",), ())
    assert found.changes.fixed == ("new",)
    # What another kernel did by the name of the base charges it with nothing.
    runs.remember(moved.cache, series.home, _run(Target(BASE), old="pass"), "0" * 40)
    (found,) = behaviour.between(series, info, old, new, moved.cache)
    assert found.changes is not None
    assert (found.changes.by_base, found.changes.broke) == ((), ("old",))


def test_a_proof_holds_across_bases(moved: Toy, tmp_path: Path) -> None:
    """What selftests need from a tree is of the series' base, so they are the same on each."""
    series = moved.series()
    info = bases.of_series(series, moved.base(), moved.cache)
    case = CaseEvidence(("toy.one",))
    for target, word in (("v3", "fail"), ("v4", "pass")):
        tree = apply.apply(series, info, Target(target), moved.cache).tree
        run = replace(_run(Target(target), **{"toy.one": word}), initramfs=tmp_path / "one.cpio")
        runs.remember(moved.cache, series.home, run, tree)
    proof = case.judge(Pair("v3", "v4", "v3-rita-1"), Facts(series, info, moved.cache))
    assert proof == Proof(Verdict.PROVEN, "toy.one: fail on v3, pass on v4")


def test_one_base_has_one_name(moved: Toy) -> None:
    from refseries.series import naming

    toy_releases.branch(moved, "topic-5", "6.13", *toy_releases.change("6.13"))
    bring_in(moved, "v6.13..topic-5", "v5")
    series = moved.series()
    assert naming.target(series, "base:v5") == Target(BASE, "v3")
    info = bases.of_series(series, moved.base(), moved.cache)
    assert info.target("v5") == Target(BASE, "v3")


def test_a_state_between_versions_is_found_on_another_base(moved: Toy) -> None:
    found = side.find(moved.series(), moved.base(), "v2:small-toy@v6.12.117", moved.cache)
    assert found.target == Target("v2", "small-toy", onto="v6.12.117")
