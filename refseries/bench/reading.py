# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures in what a guest printed; pure.

A bench program prints a line ``# figure NAME VALUE UNIT`` for each. What a case printed before it
died is kept; that it died is a problem. A case that skips (the kernel has no such system call)
leaves its figures out: they are absent, not zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from refseries.bench.figures import Name, is_unit, parse_name
from refseries.guest.cases import CasesRun
from refseries.guest.results import CaseStatus, KtapResult

_LINE = re.compile(
    r"# figure (?P<name>\S+) (?P<value>-?[0-9]{1,15}(?:\.[0-9]{1,6})?) (?P<unit>\S+)"
)
_MAX_PROBLEMS = 20


@dataclass(frozen=True)
class Sample:
    """One figure of one boot; a Figure is made of several."""

    name: Name
    value: float
    unit: str


@dataclass(frozen=True)
class FigureReading:
    """What one boot (with those behind a crash) measured.

    Attributes:
        samples: in the order in which they came, each name once.
        problems: what went wrong, a sentence each; empty when all was measured that can be.
    """

    samples: tuple[Sample, ...]
    problems: tuple[str, ...]


def read(run: CasesRun) -> FigureReading:
    """Collect the figures of all cases, and what is wrong with them."""
    samples: dict[Name, Sample] = {}
    problems = [] if run.complete else [run.reason]
    for case in run.results:
        if case.status not in (CaseStatus.PASS, CaseStatus.SKIP):
            problems.append(f"{case.name}: {case.status} {case.text}".rstrip())
        for line in _lines(case):
            sample = _sample(line)
            if sample is None:
                problems.append(f"{case.name}: `{line}` is no figure")
            elif sample.name in samples:
                problems.append(f"{case.name}: {sample.name} comes twice")
            else:
                samples[sample.name] = sample
    # A report of the kernel's costs more than what is measured.
    good = {case.name for case in run.results if case.status is CaseStatus.PASS}
    problems += [f"{one.case}: {one.title}" for one in run.splats if one.case in good]
    problems += [f"{gap.case}: {gap.text}" for gap in run.gaps if gap.case in good]
    return FigureReading(tuple(samples.values()), tuple(problems[:_MAX_PROBLEMS]))


def _lines(case: KtapResult) -> Iterator[str]:
    for each in case.walk():
        yield from (line for line in each.diagnostics if line.startswith("# figure "))


def _sample(line: str) -> Sample | None:
    found = _LINE.fullmatch(line)
    name = parse_name(found["name"]) if found else None
    if found is None or name is None or not is_unit(found["unit"]):
        return None
    return Sample(name, float(found["value"]), found["unit"])
