# SPDX-License-Identifier: GPL-2.0-or-later
"""A report on lines as JSON, and as lcov's trace file for other tools; pure."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from refseries.coverage.model import CoverageReport, ReportLine, Tally

SCHEMA = 1


def as_json(report: CoverageReport) -> dict[str, Any]:
    """The documented JSON object; keys are only ever added within one ``schema``."""
    return {
        "schema": SCHEMA,
        "version": str(report.target),
        "configs": report.configs,
        "whole": report.whole,
        "patches": report.patches,
        "total": _tally(report.tally),
        "files": [
            {"file": file, "patch": patch, **_tally(tally)}
            for file, patch, tally in report.by_place()
        ],
        "red": report.red,
        "problems": report.problems,
        "stale": report.stale,
        "unneeded": report.unneeded,
        "lines": [_line(line) for line in report.lines],
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "added": tally.added,
        "compiled": tally.compiled,
        "run": tally.run,
        "excused": tally.excused,
        "not_compiled": tally.not_compiled,
        "ways": tally.ways,
        "taken": tally.taken,
        "percent": tally.percent,
        "plain_percent": tally.plain_percent,
    }


def _line(line: ReportLine) -> dict[str, Any]:
    return {
        "file": line.added.file,
        "line": line.added.number,
        "patch": line.added.patch,
        "text": line.added.text,
        "state": line.state,
        "function": line.function,
        "ways": line.ways,
        "taken": line.taken,
        "cases": [{"config": config, "cases": cases} for config, cases in line.cases],
        "reason": line.reason,
    }


def as_lcov(report: CoverageReport) -> str:
    """A trace file of the added lines that are code; a count is that of the cases that ran it."""
    text = ["TN:"]
    compiled = (line for line in report.lines if line.compiled)
    for file, of in groupby(compiled, key=lambda line: line.added.file):
        lines = list(of)
        counts = [sum(len(cases) for _config, cases in line.cases) for line in lines]
        text.append(f"SF:{file}")
        text += (
            f"DA:{line.added.number},{count}" for line, count in zip(lines, counts, strict=True)
        )
        text += (f"LF:{len(lines)}", f"LH:{sum(map(bool, counts))}", "end_of_record")
    return "\n".join(text) + "\n"
