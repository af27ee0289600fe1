# SPDX-License-Identifier: GPL-2.0-or-later
"""A run whose guests have spoken: judged, with its verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from refseries.guest.cases import CasesRun
from refseries.model import Splat, StageOutcome
from refseries.testing import verdict
from refseries.testing.expectations import Expectations
from refseries.testing.model import Run


def judged(
    built: Run, cases: CasesRun, expectations: Expectations, known: Iterable[Splat], place: Path
) -> Run:
    """The whole run.

    Args:
        built: the run so far; its stages before boot and its seconds are kept.
        cases: what its guests said.
        known: splats of base in this config.
        place: directory of the guests' evidence.
    """
    known = tuple(known)
    results = verdict.judge(cases, expectations, known, built.target, built.config)
    booted, tested, message = verdict.stages(cases, results, known)
    run = replace(
        built,
        stages={**built.stages, "boot": booted, "test": tested},
        seconds={**built.seconds, **_seconds(cases)},
        qemu=cases.boots[0].argv,
        log=place,
        results=results,
        splats=cases.splats,
        message=message,
        unseen=next((gap.text for gap in cases.gaps if gap.case is None), ""),
    )
    return _expected(run, expectations)


def _seconds(cases: CasesRun) -> dict[str, float]:
    """Boot: until the first case starts, as the guests themselves tell; test: the rest."""
    booting = sum(each.ready for each in cases.boots)
    return {"boot": booting, "test": cases.seconds - booting}


def _expected(run: Run, expectations: Expectations) -> Run:
    """The run with its verdict: each stage failed or passed as ``expectations`` has it."""
    message = run.message
    good = True
    for stage in ("boot", "test"):
        passed = run.stages[stage] is StageOutcome.PASS
        entry = expectations.stage(run.target, run.config, stage)
        if entry is not None and passed:
            message = f"the {stage} passes, but was expected to fail: {entry.why}"
        if passed == (entry is not None):
            good = False
        if not passed:
            break  # what comes behind a failed stage never ran
    return replace(run, message=message, as_expected=good)
