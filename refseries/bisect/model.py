# SPDX-License-Identifier: GPL-2.0-or-later
"""What is looked for, what was seen in each state, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from refseries.bench import figures
from refseries.bench.figures import Figure
from refseries.errors import SeriesError
from refseries.model import StageOutcome, Target
from refseries.testing.model import Outcome, Run
from refseries.testing.runs import LatestRun

BUILD, SPLAT, FIGURE = "build", "splat:", "figure:"
# What says nothing of how a case behaves.
_MUTE = frozenset({Outcome.VANISHED, Outcome.NO_CONSOLE})
_FLAKY = "flaky, of which one boot tells nothing (test --repeat --by-task does)"


class SymptomKind(StrEnum):
    """What may turn from one state to another."""

    CASE = "case"
    SPLAT = "splat"
    BUILD = "build"
    FIGURE = "figure"


@dataclass(frozen=True)
class Symptom:
    """What is looked at in each state.

    Attributes:
        name: of the case or figure, or a glob of the splat's title; empty for the build.
        at_most: what the figure may be, in its unit; None of all else.
    """

    kind: SymptomKind
    name: str = ""
    at_most: float | None = None

    @classmethod
    def parse(cls, text: str, at_most: float | None = None) -> Symptom:
        """Read ``build``, ``splat:GLOB``, ``figure:NAME`` or the name of a case.

        Raises:
            SeriesError: it is no figure's name, or ``at_most`` is there for something else, or
                missing.
        """
        figure = text.removeprefix(FIGURE) if text.startswith(FIGURE) else ""
        if (at_most is None) is text.startswith(FIGURE):
            raise SeriesError(
                f"`{text}` is no figure, which alone has a limit."
                if at_most is not None
                else f"what may {figure} be at most?",
                where="--at-most",
                hint="Example: refseries bisect figure:read.refpage.dense v3 v4 --at-most 1200.",
            )
        if at_most is not None:
            if figures.parse_name(figure) is None:
                raise SeriesError(
                    f"`{figure}` is no figure's name.",
                    hint="A figure is OPERATION.MEMORY.PATTERN; `refseries bench` shows them.",
                )
            return cls(SymptomKind.FIGURE, figure, at_most)
        if text == BUILD:
            return cls(SymptomKind.BUILD)
        if text.startswith(SPLAT):
            return cls(SymptomKind.SPLAT, text.removeprefix(SPLAT))
        return cls(SymptomKind.CASE, text)

    def __str__(self) -> str:
        starts = {SymptomKind.BUILD: BUILD, SymptomKind.SPLAT: SPLAT, SymptomKind.FIGURE: FIGURE}
        return f"{starts.get(self.kind, '')}{self.name}"

    @property
    def only(self) -> tuple[str, ...]:
        """The cases that show it; empty for all."""
        if self.kind is not SymptomKind.CASE:
            return ()
        return ("".join(f"[{char}]" if char in "*?[" else char for char in self.name),)

    def of_build(self, error: str) -> Sight | None:
        """What a build shows by itself; ``error`` is empty where it went well."""
        if self.kind is not SymptomKind.BUILD:
            return None
        return Sight("fail", error) if error else Sight("pass")

    def of_figure(self, measured: Sequence[Figure], log: str) -> Sight:
        """What figures show; one that its boots do not agree on shows nothing."""
        found = next((each for each in measured if str(each.name) == self.name), None)
        if found is None:
            return Sight(None, f"has no figure {self.name}", log)
        told = f"{found.value:,.6g} {found.unit}"
        if not found.settled or self.at_most is None:
            return Sight(None, f"{told}, which its {found.repeats} boots do not agree on", log)
        return Sight("within" if found.value <= self.at_most else "above", told, log)

    def of_guest(self, run: Run | LatestRun) -> Sight:
        """What a guest shows, by its run; what was expected of it does not matter."""
        message, results = run.message, run.results
        if self.kind is SymptomKind.SPLAT:
            found = [each.title for each in run.splats if fnmatchcase(each.title, self.name)]
            if found:
                return Sight("shown", found[0])
            whole = run.stages.get("boot") is StageOutcome.PASS and results
            lost = run.unseen or [each for each in results if each.outcome in _MUTE]
            # What is not there was not seen only where all of the console was.
            return Sight("absent") if whole and not lost else Sight(None, message or "no console")
        case = next((each for each in results if each.name == self.name), None)
        if case is None:
            return Sight(None, message or "the case did not run")
        if case.did is Outcome.FLAKY:
            return Sight(None, f"{_FLAKY}: {case.message}", by_chance=True)
        if case.did in _MUTE:
            return Sight(None, f"{case.did}: {case.message}")
        return Sight(str(case.did), "" if case.outcome is Outcome.XPASS else case.message)


class Sight(msgspec.Struct, frozen=True):
    """What one state shows.

    Attributes:
        word: ``pass``, ``fail``, ``crash``, …; ``shown`` or ``absent`` of a splat; ``within`` or
            ``above`` its limit of a figure; None where it can show nothing.
        message: why, in one line.
        log: directory of the evidence, or the log of the build; it may have been removed since.
        by_chance: it did not come out the same each time, so no boot more would tell.
    """

    word: str | None
    message: str = ""
    log: str = ""
    by_chance: bool = False


class How(StrEnum):
    """What it took to see a state; ``kept``: nothing."""

    KEPT = "kept"
    BOOTED = "booted"
    BUILT = "built"


@dataclass(frozen=True)
class SeenState:
    """A state that was looked at.

    Attributes:
        commit, subject: its last commit, where it could be applied.
    """

    target: Target
    sight: Sight
    how: How
    commit: str = ""
    subject: str = ""


@dataclass(frozen=True)
class BisectReport:
    """What came of it.

    Attributes:
        states: all, from one end to the other, in the order of the series.
        seen: those that were looked at, in the order of ``states``.
        before, after: the neighbours between which it turns; None where it does not.
        around: states between the two that can show nothing.
        patch: the fixup or patch between the two, where they are next to each other.
        merged: where a merge turned it: the commits to look between next.
        addresses: ids of the tasks that it settles.
    """

    symptom: Symptom
    config: str
    states: tuple[Target, ...]
    seen: tuple[SeenState, ...]
    before: SeenState | None = None
    after: SeenState | None = None
    around: tuple[SeenState, ...] = ()
    patch: Path | None = None
    addresses: tuple[str, ...] = ()
    merged: tuple[str, str] | None = None
