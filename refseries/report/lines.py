# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of the lines that a version adds its cases ran, from what is kept; nothing is counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from refseries.coverage import keeping
from refseries.coverage import report as coverage
from refseries.coverage.model import CoverageReport, LineState, ReportLine
from refseries.coverage.reasons import Reasons
from refseries.model import Target
from refseries.report.model import LinesStory, VersionStory
from refseries.report.sources import ReportSources

MOST_LINES = 2000
"""Of one version; whoever wants more asks ``refseries coverage --lines``."""


def lines_stories(
    sources: ReportSources, versions: Sequence[VersionStory], configs: Sequence[str]
) -> tuple[LinesStory, ...]:
    """One for each version of which something is kept, in the order of the versions.

    Args:
        configs: those of which results are shown.

    Raises:
        SeriesError: ``kernel-tests/coverage.toml`` is wrong.
    """
    series = sources.series
    reasons = Reasons.load(series.root)
    stories = []
    for version in versions:
        target = Target(version.name)
        loaded = (keeping.load(sources.cache, series.home, target, config) for config in configs)
        found = [each for each in loaded if each is not None]
        current = [each for each in found if each.tree == sources.tree(version.name)]
        if not found:
            continue
        subjects = [subject for _file, subject in version.patches]
        made = coverage.build(target, subjects, current, reasons) if current else None
        stories.append(LinesStory(version.name, made))
    return tuple(stories)


def word(line: ReportLine) -> str:
    """What became of a line, for people; empty for one that is no code."""
    if line.partly:
        return f"run, {line.taken} of {line.ways} ways out"
    return {
        LineState.RUN: "run",
        LineState.BOOT: "run at boot only",
        LineState.NOT_RUN: "not run",
        LineState.NOT_COMPILED: "not compiled",
        LineState.NO_CODE: "",
    }[line.state]


def words(report: CoverageReport) -> str:
    """The whole in a sentence."""
    tally = report.tally
    text = f"{tally.run} of {tally.compiled} added lines that are code are run by a case"
    if tally.not_compiled:
        are = "is" if tally.not_compiled == 1 else "are"
        text += f", {tally.not_compiled} more {are} not compiled"
    return f"{text} ({', '.join(report.configs)})."


class LineWords:
    """What became of the lines that a version adds, found by their text.

    A text that stands twice in a file and patch is known only where all of them fared alike.
    """

    def __init__(self, report: CoverageReport | None) -> None:
        """``report``: None knows nothing."""
        self._known: dict[tuple[str, int, str], set[str]] = {}
        for line in report.lines if report else ():
            key = (line.added.file, line.added.patch, line.added.text)
            self._known.setdefault(key, set()).add(word(line))

    def of(self, file: str, patch: int, text: str) -> str:
        """As ``word``; empty for what is not known."""
        found = self._known.get((file, patch, text), set())
        return next(iter(found)) if len(found) == 1 else ""


def shown(report: CoverageReport) -> Iterator[tuple[str, int, tuple[ReportLine, ...], int]]:
    """File, patch, the lines of it that are shown, and how many are not, as far as they go."""
    left = MOST_LINES
    for file, patch, _tally in report.by_place():
        every = [
            line for line in report.lines if (line.added.file, line.added.patch) == (file, patch)
        ]
        yield file, patch, tuple(every[:left]), max(0, len(every) - left)
        left = max(0, left - len(every))
