# SPDX-License-Identifier: GPL-2.0-or-later
"""What the page of a series says, as frozen values; pure. How it looks is in ``page``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from refseries.bench.report import Chart
from refseries.check.model import CheckState, Finding
from refseries.coverage.model import CoverageReport
from refseries.git.rangediff import PatchPair
from refseries.model import Splat
from refseries.mutate.model import MutantResult
from refseries.review.evidence.kind import Proof, Verdict
from refseries.review.model import Task
from refseries.testing.changes import Changes
from refseries.testing.model import CaseResult


class Kept(StrEnum):
    """What is kept of a version in a config.

    ``never``: nothing is. ``stale``: only what an older state of its patches did, or what came out
    by other tests or expectations. Neither says anything about the version as it stands, and
    neither is ever shown as good.
    """

    CURRENT = "current"
    STALE = "stale"
    NEVER = "never"


@dataclass(frozen=True)
class CaseStory:
    """One case of one version in one config.

    Attributes:
        why: what expectations.toml says of it; empty where it expects a plain pass.
        console: what the kernel printed while it ran.
        output: what the case itself said; of those that did not plainly pass.
    """

    result: CaseResult
    why: str = ""
    console: str = ""
    output: str = ""


@dataclass(frozen=True)
class ResultColumn:
    """One version in one config.

    Attributes:
        words: how it came out, or that nothing is known.
        good: it was run as it stands, and came out as expected.
        stages: those that neither passed nor were left out, with their outcome.
        when: ISO 8601 time at which it was run; empty when it never was.
        again: the command that runs it.
        log: the folder of its console and results; empty where there is none any more.
        cases: by the case's name.
    """

    version: str
    kept: Kept
    words: str
    good: bool = False
    stages: tuple[tuple[str, str], ...] = ()
    when: str = ""
    again: str = ""
    log: str = ""
    message: str = ""
    splats: tuple[Splat, ...] = ()
    cases: tuple[CaseStory, ...] = ()


@dataclass(frozen=True)
class ConfigResults:
    """A config with a column for each version."""

    config: str
    arch: str
    about: str
    columns: tuple[ResultColumn, ...]
    changes: tuple[Changes, ...] = ()


@dataclass(frozen=True)
class TaskStory:
    """A task, and what its evidence comes to: one proof for each, with the evidence in words."""

    task: Task
    verdict: Verdict | None
    proofs: tuple[tuple[str, Proof], ...] = ()


@dataclass(frozen=True)
class ReviewStory:
    """A review mail: who, when, where to read it, which tasks it made and what it gave.

    Attributes:
        trailers: as in a commit message.
        taken: the words in which it says that a tree took the version.
    """

    who: str
    date: datetime
    link: str
    tasks: tuple[TaskStory, ...]
    trailers: tuple[str, ...] = ()
    taken: str = ""


@dataclass(frozen=True)
class CheckStory:
    """How one check of a version came out."""

    check: str
    state: CheckState
    message: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class VersionStory:
    """One version.

    Attributes:
        posted: when, as a date, or that it was in part; empty where that is not known.
        link: of its first mail; empty where it has none.
        base: what it is made on, in words.
        problem: why it does not apply; empty when it does, or was not tried.
        patches: file name and subject of each.
        letter: the text of its cover letter, above the changelog.
        settled: the tasks that it settles.
        checks: None: it was never checked as it stands.
    """

    name: str
    title: str
    date: datetime
    posted: str
    link: str
    base: str
    problem: str
    patches: tuple[tuple[str, str], ...]
    letter: str
    changes: str
    reviews: tuple[ReviewStory, ...] = ()
    settled: tuple[TaskStory, ...] = ()
    checks: tuple[CheckStory, ...] | None = None


@dataclass(frozen=True)
class DiffLine:
    """A line of a range-diff, and the tasks whose reviewers spoke of it.

    Attributes:
        covered: what became of it in the tests, where the newer version adds it and that is known.
    """

    text: str
    tasks: tuple[TaskStory, ...] = ()
    covered: str = ""


@dataclass(frozen=True)
class PairStory:
    """What became of one patch.

    Attributes:
        lines: of its range-diff; ``left_out`` counts those that are not shown.
        elsewhere: tasks about this patch whose line the range-diff does not have.
    """

    pair: PatchPair
    lines: tuple[DiffLine, ...]
    left_out: int = 0
    elsewhere: tuple[TaskStory, ...] = ()


@dataclass(frozen=True)
class RangeStory:
    """The range-diff of a version and the one before; ``problem``: why there is none."""

    before: str
    after: str
    pairs: tuple[PairStory, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class CostLine:
    """One figure in the table behind the plots; ``values`` has one text a measurement.

    Attributes:
        spread: the largest of them, as a part of the value.
        verdict: what the last of them is beside the one before; empty where one is missing.
    """

    name: str
    unit: str
    values: tuple[str, ...]
    spread: float
    verdict: str


@dataclass(frozen=True)
class PublishedTable:
    """A published table beside what is measured here; the rows are texts."""

    title: str
    about: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class CostStory:
    """What the versions cost, from what is kept.

    Attributes:
        versions: what was measured, in the order of the values of a line.
        stale: those of them whose patches are not the measured ones any more.
        ours: labels of bars that are of the series.
    """

    versions: tuple[str, ...]
    stale: tuple[str, ...]
    charts: tuple[Chart, ...]
    ours: tuple[str, ...]
    lines: tuple[CostLine, ...]
    published: tuple[PublishedTable, ...] = ()


@dataclass(frozen=True)
class MutantsStory:
    """What became of the mutants of a version, and those that no case noticed."""

    version: str
    config: str
    words: str
    good: bool
    survivors: tuple[MutantResult, ...]


@dataclass(frozen=True)
class LinesStory:
    """Which lines of a version its cases ran; None: only those of older patches were counted."""

    version: str
    report: CoverageReport | None


@dataclass(frozen=True)
class SeriesReport:
    """The whole page.

    Attributes:
        standing: where the series stands, in a sentence.
        base: what it is made on, in words.
        costs: None: nothing is kept.
        tasks: how many there are, in words; empty without any.
        at_work: what is being tested right now, in words; empty where nothing is.
        lines: of each version whose lines were counted.
        unchecked: the checks that no version has an answer of as it stands.
    """

    name: str
    title: str
    standing: str
    next_step: str
    base: str
    versions: tuple[VersionStory, ...]
    results: tuple[ConfigResults, ...]
    ranges: tuple[RangeStory, ...]
    costs: CostStory | None
    mutants: tuple[MutantsStory, ...] = ()
    tasks: str = ""
    at_work: str = ""
    lines: tuple[LinesStory, ...] = ()
    unchecked: tuple[str, ...] = ()
