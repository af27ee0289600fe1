# SPDX-License-Identifier: GPL-2.0-or-later
"""A matrix as JSON for programs and as JUnit XML for continuous integration."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from refseries.model import BaseInfo, StageOutcome
from refseries.testing.changes import through
from refseries.testing.model import CaseResult, Matrix, Outcome, Run
from refseries.testing.touched import TouchedFile

SCHEMA = 1

_FAILURES = frozenset({Outcome.FAIL, Outcome.XPASS, Outcome.PASS, Outcome.SKIP, Outcome.FLAKY})
_DIGITS = 3  # of seconds, as Jenkins's schema of JUnit's XML has them; none takes an exponent
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_json(matrix: Matrix, touched: Sequence[TouchedFile] = ()) -> dict[str, Any]:
    """The documented JSON object; keys are only ever added within one ``schema``."""
    base = matrix.base
    return {
        "schema": SCHEMA,
        "series": matrix.series,
        "base": {
            "release": base.release,
            "source": base.source,
            "commit": base.commit,
            "tree": base.tree,
        },
        "own_bases": {
            name: {"release": own.release, "commit": own.commit, "tree": own.tree}
            for name, own in own_bases(matrix).items()
        },
        "as_expected": matrix.as_expected,
        "stopped": matrix.stopped,
        "runs": [_run(run) for run in matrix.runs],
        "files": [
            {
                "version": str(file.target),
                "file": file.path,
                "configs": file.configs,
                "known": file.known,
            }
            for file in touched
        ],
        "changes": [
            {
                "config": changes.config,
                "from": changes.before,
                "to": changes.after,
                "fixed": changes.fixed,
                "broke": changes.broke,
                "newly_skipped": changes.newly_skipped,
                "vanished": changes.vanished,
                "no_console": changes.no_console,
                "new_splats": changes.new_splats,
                "by_base": changes.by_base,
            }
            for changes in through(matrix)
        ],
    }


def own_bases(matrix: Matrix) -> dict[str, BaseInfo]:
    """By what they are called, the bases in the matrix that are not that of the series.

    One that a version has of its own is called by that version, any other as ``--onto`` named it.
    """
    names = dict.fromkeys(run.target.stands_on for run in matrix.runs)
    own = dict(matrix.base.own)
    return {name: own[name] for name in names if name in own}


def _run(run: Run) -> dict[str, Any]:
    return {
        "version": run.target.version,
        "task": run.target.task,
        "patch": run.target.patch,
        "commit": run.target.commit or None,
        "onto": run.target.onto or None,
        "config": run.config,
        "arch": run.arch,
        "as_expected": run.as_expected,
        "message": run.message,
        "stages": run.stages,
        "image": run.image,
        "initramfs": run.initramfs,
        "qemu": run.qemu,
        "log": run.log,
        "seconds": {stage: round(seconds, 3) for stage, seconds in run.seconds.items()},
        "results": [
            {
                "name": result.name,
                "outcome": result.outcome,
                "expected": result.expected,
                "task": result.task,
                "message": result.message,
                "rounds": result.rounds,
                "odd": result.odd,
            }
            for result in run.results
        ],
        "splats": [
            {"kind": splat.kind, "title": splat.title, "case": splat.case, "text": splat.text}
            for splat in run.splats
        ],
    }


def as_junit(matrix: Matrix) -> str:
    """JUnit XML: a suite a run; its stages and its cases are test cases.

    Expected failures are ``skipped`` with the task as message, as no JUnit reader knows xfail; a
    stage that did not come out as expected, or was stopped, is an ``error``.
    """
    from junitparser import Error, JUnitXml, TestCase, TestSuite

    document = JUnitXml(matrix.series)
    for run in matrix.runs:
        suite = TestSuite(f"{run.target} {run.config}")
        suite.add_property("arch", run.arch)
        for stage, outcome in run.stages.items():
            seconds = round(run.seconds.get(stage, 0.0), _DIGITS)
            case = TestCase(f"stage.{stage}", "refseries", seconds)
            _mark_stage(case, outcome, run)
            suite.add_testcase(case)
        for result in run.results:
            fixture, _dot, name = _xml(result.name).rpartition(".")
            case = TestCase(name, fixture or "global", round(result.seconds, _DIGITS))
            _mark_case(case, result)
            suite.add_testcase(case)
        if not run.as_expected and not suite.failures and not suite.errors:
            # Each step by itself is fine, but was not meant to be: a failure that did not come.
            case = TestCase("as-expected", "refseries")
            case.result = [Error(_xml(run.message) or "not as expected")]
            suite.add_testcase(case)
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    text: bytes = document.tostring()  # type: ignore[no-untyped-call]
    return text.decode()


def _mark_stage(case: Any, outcome: StageOutcome, run: Run) -> None:  # noqa: ANN401
    from junitparser import Error, Skipped

    message = _xml(f"{outcome}: {run.message}".removesuffix(": "))
    if outcome is StageOutcome.NOT_RUN:
        case.result = [Skipped(str(outcome))]
    elif outcome is not StageOutcome.PASS:
        case.result = [Skipped(f"expected: {message}") if run.as_expected else Error(message)]


def _mark_case(case: Any, result: CaseResult) -> None:  # noqa: ANN401
    from junitparser import Error, Failure, Skipped

    message = _xml(f"{result.outcome}: {result.message}".removesuffix(": "))
    if result.outcome is Outcome.PASS and result.as_expected:
        return
    if result.as_expected:
        task = f" (task {result.task})" if result.task else ""
        case.result = [Skipped(f"expected {message}{task}")]
    elif result.outcome in _FAILURES:
        case.result = [Failure(message)]
    else:
        case.result = [Error(message)]


def _xml(text: str) -> str:
    """``text`` without what XML cannot hold; guests print anything."""
    return _NOT_XML.sub("?", text)
