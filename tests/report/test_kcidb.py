# SPDX-License-Identifier: GPL-2.0-or-later
"""Results in the form of KernelCI's database, held against its own schema."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import kcidb_io  # type: ignore[import-untyped]
import msgspec
import pytest
import sample_reports
from hypothesis import given
from hypothesis import strategies as st
from toy import Toy

from refseries.model import Splat, StageOutcome, Target
from refseries.report import kcidb
from refseries.report.excerpts import Excerpts
from refseries.testing.model import CaseResult, Matrix, Outcome, Run

S = StageOutcome


def run_of(version: str, *results: CaseResult, **more: Any) -> Run:  # noqa: ANN401
    return Run(Target(version), "default", "arm64", sample_reports.FINE, results=results, **more)


def written(toy: Toy, *runs: Run) -> Any:  # noqa: ANN401
    """The JSON, found good by KernelCI's own program."""
    base = replace(toy.base(), source="package")
    found = kcidb.as_kcidb(Matrix("toy", base, runs), toy.series())
    data = json.loads(msgspec.json.encode(found, enc_hook=str))
    kcidb_io.schema.LATEST.validate(data)
    return data


def test_each_case_is_a_test_of_its_build(toy: Toy) -> None:
    run = run_of(
        "v1",
        CaseResult("toy.one", Outcome.PASS, seconds=1.5),
        CaseResult("toy.two", Outcome.XFAIL, Outcome.FAIL, "v1-ada-1", "two are three"),
        seconds={"build": 12.3456},
        as_expected=True,
    )
    data = written(toy, run)
    (checkout,), (build,) = data["checkouts"], data["builds"]
    assert (build["checkout_id"], build["status"]) == (checkout["id"], "PASS")
    assert (build["architecture"], build["config_name"], build["duration"]) == (
        "arm64", "default", 12.346,
    )  # fmt: skip
    boot, one, two = data["tests"]
    assert {each["build_id"] for each in data["tests"]} == {build["id"]}
    assert (boot["path"], boot["status"]) == ("boot", "PASS")
    assert (one["path"], one["status"], one["duration"]) == ("refseries.toy.one", "PASS", 1.5)
    assert (two["path"], two["status"]) == ("refseries.toy.two", "FAIL")
    assert two["log_excerpt"] == "two are three"
    assert two["misc"] == {
        "name": "toy.two", "outcome": "xfail", "expected": "fail", "as_expected": True,
        "task": "v1-ada-1",
    }  # fmt: skip


def test_the_patchset_hash_is_that_of_kernelci(toy: Toy) -> None:
    version = toy.series().versions[0]
    lines = "".join(f"{hashlib.sha256(p.read_bytes()).hexdigest()}\n" for p in version.patches)
    base = Run(Target("base"), "default", "arm64", sample_reports.FINE)
    first = Run(Target("v1", patch=1), "default", "arm64", sample_reports.FINE)
    found = [each["patchset_hash"] for each in written(toy, run_of("v1"), base, first)["checkouts"]]
    assert found[0] == hashlib.sha256(lines.encode()).hexdigest()
    assert found[1] == ""
    assert found[2] == hashlib.sha256(lines.split("\n")[0].encode() + b"\n").hexdigest()


def test_a_commit_of_our_own_making_is_not_given_as_one_that_others_have(toy: Toy) -> None:
    (checkout,) = written(toy, run_of("v1"))["checkouts"]
    assert "git_commit_hash" not in checkout
    found = kcidb.as_kcidb(Matrix("toy", toy.base(), (run_of("v1"),)), toy.series())
    assert found["checkouts"][0]["git_commit_hash"] == toy.base_commit


def test_of_a_base_with_patches_over_it_the_commit_that_others_have_is_given(toy: Toy) -> None:
    over = replace(toy.base(), commit="1" * 40, under=toy.base())
    found = kcidb.as_kcidb(Matrix("toy", over, (run_of("v1"),)), toy.series())
    assert found["checkouts"][0]["git_commit_hash"] == toy.base_commit


def test_the_base_of_a_version_is_a_checkout_of_its_own(toy: Toy) -> None:
    other = replace(toy.base(), commit="2" * 40)
    base = replace(toy.base(), own=(("v2", other),))
    runs = [replace(run_of("v1"), target=Target("base", task)) for task in (None, "v2")]
    found = kcidb.as_kcidb(Matrix("toy", base, tuple(runs)), toy.series())["checkouts"]
    assert [each["git_commit_hash"] for each in found] == [toy.base_commit, other.commit]


def test_builds_in_two_configs_and_their_splats_are_told_apart(toy: Toy) -> None:
    cases = (CaseResult("toy.one", Outcome.PASS), CaseResult("toy.two", Outcome.FAIL))
    run = run_of("v1", *cases, splats=(Splat("bug", "BUG: toy", "toy.two", "BUG: toy broke"),))
    data = written(toy, run, replace(run, config="debug"))
    assert len({each["id"] for each in data["builds"]}) == 2
    assert len({each["id"] for each in data["tests"]}) == 6
    images = [replace(run, image=Path(key, "Image")) for key in ("one", "other")]
    assert len({each["id"] for each in written(toy, *images)["builds"]}) == 2
    texts = [each.get("log_excerpt") for each in data["tests"] if "toy." in each["path"]]
    assert texts == [None, "BUG: toy broke"] * 2


def test_a_checkout_is_valid_only_where_it_was_whole_in_each_config(toy: Toy) -> None:
    def valid(*outcomes: StageOutcome) -> object:
        stages = [sample_reports.FINE | {"apply": outcome} for outcome in outcomes]
        runs = (replace(run_of("v1"), config=f"c{n}", stages=s) for n, s in enumerate(stages))
        (checkout,) = written(toy, *runs)["checkouts"]
        return checkout.get("valid")

    assert valid(S.PASS, S.PASS) is True
    assert valid(S.PASS, S.APPLY_FAILED) is False
    assert valid(S.STOPPED) is None


def test_a_state_on_the_way_to_a_version_was_in_no_mail(toy: Toy) -> None:
    path = toy.project / "series/v2/version.toml"
    path.write_text(path.read_text().replace("date =", 'message_id = "v2@example.org"\ndate ='))
    state = Run(Target("v2", "small-toy"), "default", "arm64", sample_reports.FINE)
    found = [each.get("message_id") for each in written(toy, run_of("v2"), state)["checkouts"]]
    assert found == ["v2@example.org", None]


def test_what_failed_earlier_has_no_tests_and_says_why(toy: Toy, tmp_path: Path) -> None:
    log = tmp_path / "build.log"
    log.write_text("x\n" * 40000 + "mm/toy.c:1: error: no toy\n")
    stages = dict.fromkeys(sample_reports.FINE, S.NOT_RUN)
    refused = Run(
        Target("v1"), "default", "arm64", stages | {"apply": S.APPLY_FAILED}, message="hunk 1"
    )
    broken = Run(
        Target("v2"), "default", "arm64",
        stages | {"apply": S.PASS, "build": S.BUILD_FAILED}, message="does not build", log=log,
    )  # fmt: skip
    data = written(toy, refused, broken)
    assert [each["valid"] for each in data["checkouts"]] == [False, True]
    assert data["checkouts"][0]["log_excerpt"] == "hunk 1"
    (build,) = data["builds"]
    assert build["status"] == "FAIL"
    assert build["log_excerpt"].startswith("does not build\n")
    assert build["log_excerpt"].rstrip().endswith("error: no toy")
    assert data["tests"] == []


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (S.PANIC, "FAIL"),
        (S.BOOT_TIMEOUT, "FAIL"),
        (S.STOPPED, "MISS"),
        (S.NO_RESULTS, "MISS"),
    ],
)
def test_a_guest_that_never_spoke_is_no_pass(toy: Toy, outcome: StageOutcome, status: str) -> None:
    stages = sample_reports.FINE | {"boot": outcome, "test": S.NOT_RUN}
    run = Run(Target("v1"), "default", "arm64", stages, message="it hangs")
    (test,) = written(toy, run)["tests"]
    assert (test["path"], test["status"], test["log_excerpt"]) == ("boot", status, "it hangs")


def test_every_outcome_has_a_status_and_only_passes_pass() -> None:
    assert set(kcidb.STATUS) == set(Outcome)
    good = {outcome for outcome, status in kcidb.STATUS.items() if status == "PASS"}
    assert good == {Outcome.PASS, Outcome.XPASS}


@given(name=st.text(), message=st.text())
def test_whatever_a_guest_says_fits_the_schema(name: str, message: str) -> None:
    result = CaseResult(name, Outcome.FAIL, message=message * 50)
    run = run_of("v1", result, splats=(Splat("bug", message, name, message),))
    test = kcidb._test("refseries:b", "refseries:t", run, result, Excerpts({}, {}))
    data = {
        "version": {"major": 5, "minor": 3},
        "checkouts": [{"id": "refseries:c", "origin": "refseries"}],
        "builds": [{"id": "refseries:b", "checkout_id": "refseries:c", "origin": "refseries"}],
        "tests": [test],
    }
    kcidb_io.schema.LATEST.validate(json.loads(json.dumps(data)))


def test_hostile_results_are_written(toy: Toy) -> None:
    sample_reports.hostile(toy)
    results = (
        CaseResult(sample_reports.HOSTILE_CASE, Outcome.CRASH, message=sample_reports.TURNED),
    )
    place = toy.cache / "toy" / "runs" / "20261120-120000-1-made" / "v1-default"
    test = written(toy, run_of("v1", *results, log=place))["tests"][1]
    assert f"kernel: {sample_reports.MARKUP}" in test["log_excerpt"]
    assert "\x1b" not in test["log_excerpt"]
