# SPDX-License-Identifier: GPL-2.0-or-later
"""From what was counted in each config to one report; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from refseries.coverage.model import (
    AddedSource,
    CompiledLine,
    ConfigCoverage,
    CoverageReport,
    LineState,
    ReportLine,
)
from refseries.coverage.reasons import Reasons
from refseries.model import Target


def build(
    target: Target, patches: Sequence[str], found: Sequence[ConfigCoverage], reasons: Reasons
) -> CoverageReport:
    """The report on ``target``.

    Args:
        patches: subjects, in their order.
        found: of each config, at least one; all are of the same tree.
        reasons: why lines are not run.
    """
    compiled = [(each, {(line.file, line.number): line for line in each.lines}) for each in found]
    lines = tuple(
        _line(added, compiled, reasons, target)
        for added in sorted(found[0].added, key=lambda line: (line.file, line.number))
    )
    red = (
        f"{each.config}: {case.name}: {case.outcome}"
        for each in found
        for case in each.cases
        if not case.as_expected
    )
    problems = (f"{each.config}: {text}" for each in found for text in each.problems)
    return CoverageReport(
        target,
        tuple(each.config for each in found),
        tuple(patches),
        lines,
        tuple(red),
        tuple(problems),
        reasons.stale(target, lines),
        reasons.unneeded(target, lines),
    )


_Compiled = Sequence[tuple[ConfigCoverage, dict[tuple[str, int], CompiledLine]]]


def _line(added: AddedSource, compiled: _Compiled, reasons: Reasons, target: Target) -> ReportLine:
    key = (added.file, added.number)
    seen = [(found, lines[key]) for found, lines in compiled if key in lines]
    if not seen:
        absent = all(key in found.left_out for found, _ in compiled)
        state = LineState.NOT_COMPILED if absent else LineState.NO_CODE
        reason = reasons.why(target, "", added) if absent else ""
        return ReportLine(added, state, reason=reason)
    cases = tuple(
        (found.config, tuple(found.cases[place].name for place in line.cases))
        for found, line in seen
        if line.cases
    )
    function = next((line.function for _, line in seen if line.function), "")
    state = LineState.RUN if cases else LineState.NOT_RUN
    if not cases and any(line.boot for _, line in seen):
        state = LineState.BOOT
    # Where a config makes no condition of the line, its ways are seen in the others.
    best = max((line for _, line in seen), key=lambda line: (line.ways > 0, line.taken - line.ways))
    made = ReportLine(added, state, function, cases, "", best.ways, best.taken)
    if cases and not made.partly:
        return made
    return replace(made, reason=reasons.why(target, function, added))
