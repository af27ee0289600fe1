# SPDX-License-Identifier: GPL-2.0-or-later
"""A matrix in the form of KCIDB, KernelCI's common database: checkouts, builds and tests.

Source of the form: kcidb-io, schema 5.3. A test says what the code did: ``xfail`` is FAIL there,
and what was expected stands in ``misc``. Logs are excerpts: files of this machine have no address.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from refseries.host.text import printable
from refseries.model import BASE, BaseInfo, Series, StageOutcome, Target
from refseries.report import excerpts
from refseries.series import apply, depends
from refseries.testing.model import STAGES, CaseResult, Matrix, Outcome, Run

ORIGIN = "refseries"
_MOST_TEXT = 16384
"""Characters that an excerpt may have."""
_VERSION = {"major": 5, "minor": 3}
_NOT_IN_PATH = re.compile(r"[^a-zA-Z0-9_-]+")

STATUS = {
    Outcome.PASS: "PASS",
    Outcome.XPASS: "PASS",
    Outcome.FAIL: "FAIL",
    Outcome.XFAIL: "FAIL",
    Outcome.TIMEOUT: "FAIL",
    Outcome.CRASH: "FAIL",
    Outcome.FLAKY: "FAIL",
    Outcome.SKIP: "SKIP",
    # Planned, and never heard of.
    Outcome.VANISHED: "MISS",
    # Well by its own word, which nobody could check: nothing is known of the code.
    Outcome.NO_CONSOLE: "ERROR",
}
_STAGE_STATUS = {
    StageOutcome.PASS: "PASS",
    StageOutcome.NOT_RUN: "SKIP",
    StageOutcome.STOPPED: "MISS",
    StageOutcome.NO_RESULTS: "MISS",
}
"""Of stages; each other outcome is FAIL."""


def as_kcidb(matrix: Matrix, series: Series) -> dict[str, Any]:
    """The JSON object of a matrix, as ``kcidb-submit`` takes it.

    Args:
        series: of the matrix; says which patches each target is made of.
    """
    targets = dict.fromkeys(run.target for run in matrix.runs)
    built = [run for run in matrix.runs if run.stages.get("apply") is StageOutcome.PASS]
    return {
        "version": _VERSION,
        "checkouts": [_checkout(matrix, series, target) for target in targets],
        "builds": [_build(matrix, series, run) for run in built],
        "tests": [test for run in built for test in _tests(matrix, series, run)],
    }


def _checkout(matrix: Matrix, series: Series, target: Target) -> dict[str, Any]:
    base = _base(matrix, target)
    applied = [run for run in matrix.runs if run.target == target]
    stages = {run.stages.get("apply") for run in applied}
    found: dict[str, Any] = {
        "id": _checkout_id(matrix, series, target),
        "origin": ORIGIN,
        "git_commit_name": f"v{base.release}",
        "patchset_hash": patchset_hash(_patches(series, base, target)),
        "comment": f"{series.name} {target}: {printable(series.title)}",
        "misc": {"series": series.name, "version": str(target), "base_source": base.source},
    }
    if base.source == "tree":  # a package or a tarball becomes a commit that nobody else has
        found["git_commit_hash"] = (base.under or base).commit
    if StageOutcome.STOPPED not in stages:
        found["valid"] = stages == {StageOutcome.PASS}
    if StageOutcome.APPLY_FAILED in stages:
        found["log_excerpt"] = _excerpt(applied[0].message)
    ids = {v.name: v.message_id for v in series.versions if target.within is None}
    if message_id := ids.get(target.version):
        found["message_id"] = message_id
    return found


def _patches(series: Series, base: BaseInfo, target: Target) -> tuple[Path, ...]:
    """All that lies over the commit that is named: what a version depends on, and its own."""
    below = depends.find(series.root, base.depends)
    return (*(path for each in below for path in each.patches), *apply.files_of(series, target))


def patchset_hash(patches: Sequence[Path]) -> str:
    """As KCIDB defines it: of the hashes of the patches; empty without any."""
    if not patches:
        return ""
    digest = hashlib.sha256()
    for path in patches:
        digest.update(f"{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _build(matrix: Matrix, series: Series, run: Run) -> dict[str, Any]:
    outcome = run.stages.get("build", StageOutcome.NOT_RUN)
    found: dict[str, Any] = {
        "id": _build_id(matrix, series, run),
        "checkout_id": _checkout_id(matrix, series, run.target),
        "origin": ORIGIN,
        "architecture": run.arch,
        "config_name": run.config,
        "status": _STAGE_STATUS.get(outcome, "FAIL"),
        "misc": {"as_expected": run.as_expected, "outcome": str(outcome)},
    }
    if "build" in run.seconds:
        found["duration"] = round(run.seconds["build"], 3)
    if outcome is StageOutcome.BUILD_FAILED:
        found["log_excerpt"] = _excerpt(run.message, _end_of(run.log))
    return found


def _tests(matrix: Matrix, series: Series, run: Run) -> Iterator[dict[str, Any]]:
    build = _build_id(matrix, series, run)
    of = run.log.parent.name if run.log and run.results else "stages"
    for stage in STAGES[2:]:
        outcome = run.stages.get(stage, StageOutcome.NOT_RUN)
        # Where cases have spoken, they say how the tests went.
        if outcome is StageOutcome.NOT_RUN or (stage == "test" and run.results):
            continue
        yield {
            "id": _id(build, of, stage),
            "build_id": build,
            "origin": ORIGIN,
            "path": "boot" if stage == "boot" else ORIGIN,
            "status": _STAGE_STATUS.get(outcome, "FAIL"),
            "log_excerpt": _excerpt(run.message, *(splat.text for splat in run.splats)),
            "misc": {"outcome": str(outcome), "as_expected": run.as_expected},
        }
    telling = frozenset(r.name for r in run.results if r.outcome is not Outcome.PASS)
    texts = excerpts.excerpts_of(run.log, telling) if run.log else excerpts.Excerpts({}, {})
    for result in run.results:
        yield _test(build, _id(build, of, result.name), run, result, texts)


def _test(
    build: str, name: str, run: Run, result: CaseResult, texts: excerpts.Excerpts
) -> dict[str, Any]:
    splats = (splat.text for splat in run.splats if splat.case == result.name)
    text = _excerpt(
        result.message,
        texts.console.get(result.name, ""),
        texts.output.get(result.name, ""),
        *splats,
    )
    misc = {
        "name": printable(result.name),
        "outcome": str(result.outcome),
        "expected": str(result.expected),
        "as_expected": result.as_expected,
        **({"task": result.task} if result.task else {}),
    }
    return {
        "id": name,
        "build_id": build,
        "origin": ORIGIN,
        "path": path(result.name),
        "status": STATUS[result.outcome],
        "duration": round(result.seconds, 3),
        **({"log_excerpt": text} if text else {}),
        "misc": misc,
    }


def path(case: str) -> str:
    """Where a case stands in KernelCI's tree of tests; what no path may hold becomes ``_``."""
    parts = (_NOT_IN_PATH.sub("_", part) or "_" for part in case.split("."))
    return ".".join((ORIGIN, *parts))


def _excerpt(*texts: str) -> str:
    """The texts below each other, as far as there is room."""
    return printable("\n\n".join(filter(None, texts)))[:_MOST_TEXT]


def _end_of(log: Path | None) -> str:
    """The end of a log, where a build says why it failed; nothing where there is none any more."""
    if log is None:
        return ""
    try:
        with log.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _MOST_TEXT // 2))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _checkout_id(matrix: Matrix, series: Series, target: Target) -> str:
    patches = patchset_hash(apply.files_of(series, target))
    return _id(series.name, _base(matrix, target).commit, str(target), patches)


def _base(matrix: Matrix, target: Target) -> BaseInfo:
    """What a target stands on, or is: ``base:v2`` is that of a version."""
    if target.version != BASE:
        return matrix.base.of(target.stands_on)
    return matrix.base.of(target.task) if target.task else matrix.base


def _build_id(matrix: Matrix, series: Series, run: Run) -> str:
    image = run.image.parent.name if run.image else ""
    return _id(_checkout_id(matrix, series, run.target), run.config, image)


def _id(*parts: str) -> str:
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
    return f"{ORIGIN}:{digest[:40]}"
