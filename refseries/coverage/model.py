# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines that a version adds, and which cases ran them, as frozen values; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from refseries.model import Target
from refseries.testing.model import Outcome


class LineState(StrEnum):
    """What became of an added line.

    ``run``: a case ran it. ``boot``: it ran only while no case did, as the kernel started.
    ``not-run``: it is in the kernel, and nothing ran it. ``not-compiled``: it looks like code, and
    no config that was asked made code of it. ``no-code``: a comment, a declaration, a brace, or the
    rest of a statement that stands on more than one line.
    """

    RUN = "run"
    BOOT = "boot"
    NOT_RUN = "not-run"
    NOT_COMPILED = "not-compiled"
    NO_CODE = "no-code"


@dataclass(frozen=True)
class AddedSource:
    """A line of C that a version adds.

    Attributes:
        number: in the file as the version leaves it, from 1.
        patch: number of the patch that it comes from, from 1.
    """

    file: str
    number: int
    patch: int
    text: str


@dataclass(frozen=True)
class CompiledLine:
    """A line that is code in a kernel.

    Attributes:
        function: the function it is in, as the compiler calls it.
        boot: it ran before the first case.
        cases: which cases ran it, as places in ``ConfigCoverage.cases``.
        ways: how many ways there are out of the conditions in it; ``taken``: by a case.
        rarely: which cases took the one of these that the fewest took, if others did not.
    """

    file: str
    number: int
    function: str
    boot: bool
    cases: tuple[int, ...]
    ways: int = 0
    taken: int = 0
    rarely: tuple[int, ...] = ()


@dataclass(frozen=True)
class CoveredCase:
    """A case whose lines were counted; ``seconds`` in the guest."""

    name: str
    outcome: Outcome
    as_expected: bool
    seconds: float


@dataclass(frozen=True)
class ConfigCoverage:
    """What the cases ran of a version in one config, as it is kept.

    Attributes:
        tree: git tree id of the version.
        image: content key of the kernel.
        programs: the name that guests with the same tests have in common.
        added: the lines that it adds to what kernels are built from.
        lines: those of them that are code in this kernel.
        left_out: file and number of those that look like code and are none in this kernel.
        problems: what is not known, in words: a case whose counters are lost, a guest that died.
        judged_by: stands for what the outcomes of the cases were judged by.
    """

    version: str
    config: str
    tree: str
    image: str
    programs: str
    when: str
    added: tuple[AddedSource, ...]
    cases: tuple[CoveredCase, ...]
    lines: tuple[CompiledLine, ...]
    left_out: tuple[tuple[str, int], ...] = ()
    problems: tuple[str, ...] = ()
    judged_by: str = ""

    def ran(self, file: str, numbers: Iterable[int]) -> frozenset[str]:
        """The cases that ran one of these lines of a file."""
        lines = self._of(file, numbers)
        return frozenset(self.cases[each].name for line in lines for each in line.cases)

    def strayed(self, file: str, numbers: Iterable[int]) -> frozenset[str]:
        """The cases that left one of these lines of a file by the way that the fewest took."""
        lines = self._of(file, numbers)
        return frozenset(self.cases[each].name for line in lines for each in line.rarely)

    def _of(self, file: str, numbers: Iterable[int]) -> list[CompiledLine]:
        wanted = frozenset(numbers)
        return [line for line in self.lines if line.file == file and line.number in wanted]


@dataclass(frozen=True)
class ReportLine:
    """An added line, over all configs.

    Attributes:
        function: as people call it; empty where it is in none, or has no code.
        cases: which ran it, by config.
        reason: why no case runs it, or takes all ways out of it, from ``coverage.toml``; empty when
            nobody said.
        ways: out of the conditions in it, and how many of them cases of one config took.
    """

    added: AddedSource
    state: LineState
    function: str = ""
    cases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    reason: str = ""
    ways: int = 0
    taken: int = 0

    @property
    def partly(self) -> bool:
        """It was run, and there is a way out of it that no case took.

        An optimizing compiler makes no code of its own of ``return -EINVAL``: that it never ran is
        seen by the way to it.
        """
        return self.state is LineState.RUN and self.taken < self.ways

    @property
    def compiled(self) -> bool:
        """It is code in one of the kernels."""
        return self.state in (LineState.RUN, LineState.BOOT, LineState.NOT_RUN)


@dataclass(frozen=True)
class Tally:
    """How many lines were added, are code, and were run by a case; ``excused`` have a reason.

    Attributes:
        ways: out of the conditions in them, and how many were taken.
    """

    added: int
    compiled: int
    run: int
    excused: int
    not_compiled: int
    ways: int
    taken: int

    @classmethod
    def of(cls, lines: Iterable[ReportLine]) -> Tally:
        """Count."""
        known = list(lines)
        compiled = [each for each in known if each.compiled]
        run = sum(each.state is LineState.RUN for each in compiled)
        excused = sum(bool(each.reason) for each in compiled if each.state is not LineState.RUN)
        absent = sum(each.state is LineState.NOT_COMPILED for each in known)
        ways, taken = sum(each.ways for each in known), sum(each.taken for each in known)
        return cls(len(known), len(compiled), run, excused, absent, ways, taken)

    @property
    def percent(self) -> float | None:
        """Run of those that are code and have no reason not to be; None without any."""
        due = self.compiled - self.excused
        return 100 * self.run / due if due else None

    @property
    def plain_percent(self) -> float | None:
        """Run of all that are code; None without any."""
        return 100 * self.run / self.compiled if self.compiled else None


@dataclass(frozen=True)
class CoverageReport:
    """Which lines of a version its cases ran.

    Attributes:
        configs: that were asked.
        patches: subjects, in their order.
        lines: all that are added, by file and number.
        red: cases that did not come out as expected, as ``config: name: outcome``.
        problems: what is not known.
        stale: file, line and key of each reason that fits no line.
        unneeded: of each for a line that cases run after all.
    """

    target: Target
    configs: tuple[str, ...]
    patches: tuple[str, ...]
    lines: tuple[ReportLine, ...]
    red: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    unneeded: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Nothing went wrong, so that a line that was not seen to run did not."""
        return not (self.red or self.problems or self.stale)

    @property
    def tally(self) -> Tally:
        """Of all lines."""
        return Tally.of(self.lines)

    def by_place(self) -> tuple[tuple[str, int, Tally], ...]:
        """File, number of the patch and tally of each that adds lines."""
        places: dict[tuple[str, int], list[ReportLine]] = {}
        for line in self.lines:
            places.setdefault((line.added.file, line.added.patch), []).append(line)
        return tuple((file, patch, Tally.of(of)) for (file, patch), of in sorted(places.items()))

    def reaches(self, percent: float) -> bool:
        """Whether at least so many per cent of the lines were run; none at all is not enough."""
        found = self.tally.percent
        return found is not None and found >= percent
