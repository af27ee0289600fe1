# SPDX-License-Identifier: GPL-2.0-or-later
"""A boot whose cases are asked what lines of the kernel they ran, as a job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from refseries.coverage import gcov
from refseries.errors import StageError
from refseries.guest import counters
from refseries.guest.cases import CasesRun
from refseries.guest.counters import CaseCounters
from refseries.guest.model import Boot
from refseries.host import proc
from refseries.kernel import images, toolchain
from refseries.testing.jobs import BootJob, Here, Lane


@dataclass(frozen=True)
class CaseLines:
    """The lines that one case ran, as file and number; ``counters.BOOT`` for booting.

    Attributes:
        ways: the ways out of conditions that it took: file, number, and which of the line's.
    """

    case: str
    ran: frozenset[tuple[str, int]]
    ways: frozenset[tuple[str, int, int]]


@dataclass(frozen=True)
class CountedRun:
    """What came of a boot that counted lines.

    Attributes:
        cases: as of any boot.
        lines: what each ran; one whose counters are not known is in ``problems`` instead.
        compiled: each line that is code, by file and number: its function, and how many ways out
            of conditions it has.
        problems: what is not known, in words.
    """

    cases: CasesRun
    lines: tuple[CaseLines, ...]
    compiled: tuple[tuple[tuple[str, int], tuple[str, int]], ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class CoverJob:
    """Boot an image that counts its lines; the answer is the CountedRun.

    Attributes:
        boot: the guest; its ``coverage`` is on.
        files: sources whose lines are wanted, sorted: the same job has the same words everywhere.
    """

    lane: ClassVar[Lane] = Lane.BOOT

    boot: BootJob
    files: tuple[str, ...]

    @property
    def name(self) -> str:
        """The boot's."""
        return self.boot.name

    def perform(self, here: Here) -> CountedRun:
        """Boot it as often as its cases need, and read what they counted."""
        tool = str(proc.which(toolchain.find(self.boot.arch).gcov))
        run = self.boot.perform(here)
        notes = here.lab.images.directory / self.boot.image / images.NOTES
        reading = _Reading(tool, self, notes)
        for each in run.boots:
            reading.read(each)
        return CountedRun(
            run,
            tuple(reading.lines),
            tuple(sorted(reading.compiled.items())),
            tuple(dict.fromkeys(reading.problems)),
        )


class _Reading:
    """The counters of all boots of one job, being read."""

    def __init__(self, tool: str, job: CoverJob, notes: Path) -> None:
        self.tool, self.job, self.notes = tool, job, notes
        self.lines: list[CaseLines] = []
        built = gcov.read(tool, dict.fromkeys(gcov.objects(notes)), notes)
        self.compiled = {
            key: (line.function, len(line.ways)) for key, line in self._wanted(built).items()
        }
        self.problems: list[str] = []

    def _wanted(
        self, table: dict[tuple[str, int], gcov.GcovLine]
    ) -> dict[tuple[str, int], gcov.GcovLine]:
        return {key: line for key, line in table.items() if key[0] in self.job.files}

    def read(self, boot: Boot) -> None:
        """Read those of one boot."""
        assert boot.counters is not None
        names = {result.name for result in boot.report.results}
        # What a boot ran behind its cut is run again.
        marks = (mark for mark in boot.report.marks if not boot.cut or mark.name in names)
        for each in counters.read(boot.counters.read_bytes(), marks):
            proc.check_stopped()
            if each.wrong:
                self.problems.append(f"{each.case}: {each.wrong}")
                continue
            try:
                self._add(each)
            except StageError as error:
                self.problems.append(f"{each.case}: {error.what}")

    def _add(self, each: CaseCounters) -> None:
        counted: dict[str, bytes | None] = {**gcov.compiled(each, self.notes)}
        wanted = self._wanted(gcov.read(self.tool, counted, self.notes))
        ran = frozenset(key for key, line in wanted.items() if line.count)
        ways = frozenset(
            (*key, way)
            for key, line in wanted.items()
            for way, taken in enumerate(line.ways)
            if taken
        )
        self.lines.append(CaseLines(each.case, ran, ways))
