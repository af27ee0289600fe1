# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped

from refseries.model import BaseInfo, Splat, StageOutcome, Target
from refseries.testing import report
from refseries.testing.model import CaseResult, Matrix, Outcome, Run

BASE = BaseInfo("6.12.117", "package", Path("/cache/repo.git"), "c" * 40, "e" * 40)
S = StageOutcome
FINE = {"apply": S.PASS, "build": S.PASS, "boot": S.PASS, "test": S.PASS}

RUN = Run(
    target=Target("v4"),
    config="default",
    arch="arm64",
    stages=FINE,
    seconds={"apply": 0.4, "build": 130.20049, "boot": 0.7, "test": 5.1},
    image=Path("/cache/Image"),
    initramfs=Path("/cache/initramfs.cpio"),
    qemu=("qemu-system-aarch64", "-M", "virt"),
    log=Path("/cache/console.log"),
    results=(
        CaseResult("refpage_map.first_write_copies", Outcome.PASS, seconds=1.5),
        CaseResult("refpage_map.shared", Outcome.XFAIL, Outcome.FAIL, "reject-map-shared", "core"),
    ),
    splats=(Splat("warning", "mm/memory.c:12", "refpage_map.shared", "WARNING: at mm"),),
    as_expected=True,
)


def matrix(*runs: Run) -> Matrix:
    return Matrix("refpage", BASE, runs)


def as_json(*runs: Run) -> Any:  # noqa: ANN401
    return json.loads(msgspec.json.encode(report.as_json(matrix(*runs)), enc_hook=str))


def test_the_json_has_the_documented_keys() -> None:
    data = as_json(RUN, replace(RUN, target=Target("v4", "gfp-user"), results=(RUN.results[0],)))
    assert list(data) == [
        "schema", "series", "base", "own_bases", "as_expected", "stopped", "runs", "files",
        "changes",
    ]  # fmt: skip
    assert (data["schema"], data["series"], data["as_expected"]) == (1, "refpage", True)
    assert data["base"] == {
        "release": "6.12.117", "source": "package", "commit": "c" * 40, "tree": "e" * 40,
    }  # fmt: skip
    assert data["runs"][0] == {
        "version": "v4",
        "task": None,
        "patch": None,
        "commit": None,
        "onto": None,
        "config": "default",
        "arch": "arm64",
        "as_expected": True,
        "message": "",
        "stages": {"apply": "pass", "build": "pass", "boot": "pass", "test": "pass"},
        "image": "/cache/Image",
        "initramfs": "/cache/initramfs.cpio",
        "qemu": ["qemu-system-aarch64", "-M", "virt"],
        "log": "/cache/console.log",
        "seconds": {"apply": 0.4, "build": 130.2, "boot": 0.7, "test": 5.1},
        "results": [
            {
                "name": "refpage_map.first_write_copies",
                "outcome": "pass",
                "expected": "pass",
                "task": None,
                "message": "",
                "rounds": 1,
                "odd": 0,
            },
            {
                "name": "refpage_map.shared",
                "outcome": "xfail",
                "expected": "fail",
                "task": "reject-map-shared",
                "message": "core",
                "rounds": 1,
                "odd": 0,
            },
        ],
        "splats": [
            {
                "kind": "warning",
                "title": "mm/memory.c:12",
                "case": "refpage_map.shared",
                "text": "WARNING: at mm",
            }
        ],
    }
    assert data["runs"][1]["task"] == "gfp-user"
    assert data["changes"] == [
        {
            "config": "default",
            "from": "v4",
            "to": "v4:gfp-user",
            "fixed": [],
            "broke": [],
            "newly_skipped": [],
            "vanished": ["refpage_map.shared"],
            "no_console": [],
            "new_splats": [],
            "by_base": [],
        }
    ]


def test_nothing_run_is_not_as_expected() -> None:
    assert as_json()["as_expected"] is False
    stopped = report.as_json(replace(matrix(RUN), stopped=True))
    assert (stopped["stopped"], stopped["as_expected"]) == (True, False)


def junit(*runs: Run) -> JUnitXml:
    return JUnitXml.fromstring(report.as_junit(matrix(*runs)).encode())


def marks(run: Run) -> dict[str, str]:
    """Each test case of the one suite of ``run`` as ``Kind: message``."""
    (suite,) = junit(run)
    return {
        f"{case.classname}.{case.name}": "; ".join(
            f"{type(result).__name__}: {result.message}" for result in case.result
        )
        for case in suite
    }


def test_junit_has_a_suite_a_run_with_its_stages_and_cases() -> None:
    document = junit(RUN, replace(RUN, target=Target("v4", "gfp-user"), config="debug"))
    assert [suite.name for suite in document] == ["v4 default", "v4:gfp-user debug"]
    assert marks(RUN) == {
        "refseries.stage.apply": "",
        "refseries.stage.build": "",
        "refseries.stage.boot": "",
        "refseries.stage.test": "",
        "refpage_map.first_write_copies": "",
        "refpage_map.shared": "Skipped: expected xfail: core (task reject-map-shared)",
    }


def test_junit_has_times_that_its_readers_take() -> None:
    quick = replace(RUN, seconds={**RUN.seconds, "apply": 1.7392000245308736e-05})
    times = re.findall(r' time="([^"]*)"', report.as_junit(matrix(quick)))
    assert {"0.0", "130.2", "1.5"} <= set(times)
    # Jenkins's junit-10.xsd has this pattern.
    assert all(
        re.fullmatch(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?", t) for t in times
    )


def test_junit_counts_are_those_of_its_cases() -> None:
    bad = (
        CaseResult("a.fails", Outcome.FAIL, message="no"),
        CaseResult("a.crashes", Outcome.CRASH),
        CaseResult("a.skips", Outcome.SKIP, Outcome.SKIP),
    )
    other = replace(RUN, target=Target("v3"), results=bad, as_expected=False)
    document = junit(RUN, other)
    for kind, name in ((Failure, "failures"), (Error, "errors"), (Skipped, "skipped")):
        counted = [
            sum(isinstance(result, kind) for case in suite for result in case.result)
            for suite in document
        ]
        assert [getattr(suite, name) for suite in document] == counted
        assert getattr(document, name) == sum(counted)
    assert (document.tests, document.failures, document.errors, document.skipped) == (13, 1, 1, 2)
    assert next(iter(document)).time == pytest.approx(0.4 + 130.2 + 0.7 + 5.1 + 1.5, abs=0.001)


@pytest.mark.parametrize(
    ("outcome", "expected", "mark"),
    [
        (Outcome.PASS, Outcome.PASS, ""),
        (Outcome.PASS, Outcome.SKIP, "Failure: pass: why"),
        (Outcome.SKIP, Outcome.SKIP, "Skipped: expected skip: why"),
        (Outcome.SKIP, Outcome.PASS, "Failure: skip: why"),
        (Outcome.XFAIL, Outcome.FAIL, "Skipped: expected xfail: why"),
        (Outcome.XPASS, Outcome.FAIL, "Failure: xpass: why"),
        (Outcome.FAIL, Outcome.PASS, "Failure: fail: why"),
        (Outcome.CRASH, Outcome.CRASH, "Skipped: expected crash: why"),
        (Outcome.CRASH, Outcome.PASS, "Error: crash: why"),
        (Outcome.TIMEOUT, Outcome.PASS, "Error: timeout: why"),
        (Outcome.VANISHED, Outcome.PASS, "Error: vanished: why"),
        (Outcome.FLAKY, Outcome.PASS, "Failure: flaky: why"),
        (Outcome.FLAKY, Outcome.FAIL, "Failure: flaky: why"),
        (Outcome.FLAKY, Outcome.FLAKY, "Skipped: expected flaky: why"),
        (Outcome.NO_CONSOLE, Outcome.PASS, "Error: no-console: why"),
        (Outcome.NO_CONSOLE, Outcome.FAIL, "Error: no-console: why"),
        (Outcome.NO_CONSOLE, Outcome.NO_CONSOLE, "Skipped: expected no-console: why"),
    ],
)
def test_only_what_passed_as_expected_is_green(
    outcome: Outcome, expected: Outcome, mark: str
) -> None:
    result = CaseResult("f.case", outcome, expected, message="why")
    run = replace(RUN, results=(result,), as_expected=result.as_expected)
    assert marks(run)["f.case"] == mark


@pytest.mark.parametrize(
    ("outcome", "as_expected", "mark"),
    [
        (S.BUILD_FAILED, False, "Error: build-failed: it broke"),
        (S.BUILD_FAILED, True, "Skipped: expected: build-failed: it broke"),
        (S.NOT_RUN, True, "Skipped: not-run"),
        (S.STOPPED, False, "Error: stopped: it broke"),
        (S.PANIC, False, "Error: panic: it broke"),
    ],
)
def test_a_stage_that_did_not_pass_is_not_green(
    outcome: StageOutcome, as_expected: bool, mark: str
) -> None:
    stages = {**FINE, "build": outcome}
    run = replace(RUN, stages=stages, results=(), message="it broke", as_expected=as_expected)
    assert marks(run)["refseries.stage.build"] == mark


def test_a_run_that_is_not_as_expected_is_never_all_green() -> None:
    assert marks(replace(RUN, as_expected=False, message="was expected not to build"))[
        "refseries.as-expected"
    ] == "Error: was expected not to build"  # fmt: skip
    splat = replace(RUN, as_expected=False, stages={**FINE, "test": S.FAIL}, message="WARNING")
    assert marks(splat)["refseries.stage.test"] == "Error: fail: WARNING"
    assert "refseries.as-expected" not in marks(splat)


@given(st.text(max_size=30), st.text(max_size=30))
def test_what_a_guest_prints_cannot_break_the_xml(name: str, message: str) -> None:
    result = CaseResult(name, Outcome.FAIL, task=name, message=message)
    run = replace(RUN, results=(result,), as_expected=False)
    assert len(marks(run)) == 5


def test_control_characters_become_question_marks() -> None:
    result = CaseResult("f.\x1b[31mred\x00", Outcome.FAIL, message="\x1b]0;title\x07 ]]> & \ufffe")
    found = marks(replace(RUN, results=(result,), as_expected=False))
    assert found["f.?[31mred?"] == "Failure: fail: ?]0;title? ]]> & ?"
