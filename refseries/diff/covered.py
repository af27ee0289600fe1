# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of the lines that are new on the second of two states its cases run, as it was counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from refseries.coverage import keeping, report
from refseries.coverage.model import LineState, ReportLine
from refseries.coverage.reasons import Reasons
from refseries.diff.side import Side
from refseries.git.lines import new_numbers
from refseries.model import BASE, BaseInfo, Series, Target


@dataclass(frozen=True)
class NewLines:
    """The lines of C that the patches of the newer side add and the older side does not have.

    Attributes:
        version: whose lines were counted; another name of the newer side, where that is a branch.
        configs: in which they were counted.
        lines: by file and number.
        problems: what is not known of them, and cases that did not come out as expected.
    """

    version: str
    configs: tuple[str, ...]
    lines: tuple[ReportLine, ...]
    problems: tuple[str, ...] = ()

    def count(self, *states: LineState) -> int:
        """How many lines are in one of these states."""
        return sum(each.state in states for each in self.lines)


def between(series: Series, base: BaseInfo, old: Side, new: Side, cache: Path) -> NewLines | None:
    """What ``refseries coverage`` kept of the tree of ``new``; nothing is counted for it.

    None where nothing is kept, or no line is new.

    Raises:
        SeriesError: the file of reasons is wrong.
        StageError: git failed.
    """
    if old.tree == new.tree:
        return None
    for target in _names(series, new):
        found = [
            each for each in keeping.every(cache, series.home, target) if each.tree == new.tree
        ]
        if not found:
            continue
        made = report.build(target, new.commits.subjects, found, Reasons.load(series.root))
        fresh = _added(base.repo, old, new, {line.added.file for line in made.lines})
        lines = [line for line in made.lines if (line.added.file, line.added.number) in fresh]
        problems = (*made.problems, *made.red)
        return NewLines(str(target), made.configs, tuple(lines), problems) if lines else None
    return None


def _names(series: Series, side: Side) -> Iterable[Target]:
    """Under which the lines of the tree of ``side`` may have been counted, each once."""
    own = [side.target] if side.target is not None and side.target.version != BASE else []
    return dict.fromkeys((*own, *(Target(each.name) for each in series.versions)))


def _added(repo: Path, old: Side, new: Side, files: Iterable[str]) -> frozenset[tuple[str, int]]:
    """File and number of the lines of ``files`` that the tree of ``old`` does not have."""
    return frozenset(
        (file, number) for file in files for number in new_numbers(repo, old.tree, new.tree, file)
    )
