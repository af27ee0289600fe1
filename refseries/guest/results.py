# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest said of its tests, as values; ``refseries.guest.ktap`` makes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class CaseStatus(StrEnum):
    """What the guest says of one test; ``crash`` also for one that was started and never ended."""

    PASS = "pass"
    FAIL = "fail"
    SKIP = "skip"
    XFAIL = "xfail"
    XPASS = "xpass"
    TIMEOUT = "timeout"
    CRASH = "crash"
    ERROR = "error"


GOOD = frozenset({CaseStatus.PASS, CaseStatus.SKIP, CaseStatus.XFAIL})
"""What is no reason to look closer."""


@dataclass(frozen=True)
class KtapResult:
    """One result line with what belongs to it.

    Attributes:
        number: as printed; for a test without a result line, the number it would have had.
        name: description without the directive; may be empty (``ok 2 # SKIP why``).
        text: what stands behind the directive or the ``#``.
        diagnostics: lines since the result before it, unknown ones included, without indentation.
        subtests: results of the level below.
    """

    number: int
    name: str
    status: CaseStatus
    text: str = ""
    diagnostics: tuple[str, ...] = ()
    subtests: tuple[KtapResult, ...] = ()

    def walk(self) -> Iterator[KtapResult]:
        """This result and all below it, parents first."""
        yield self
        for subtest in self.subtests:
            yield from subtest.walk()


@dataclass(frozen=True)
class CaseMarks:
    """The words by which init's marks of a case are known on the console.

    Attributes:
        begins, ends: stand in the mark of its start and of its end; no case knows its own ``ends``.
        ended: init said that it ended.
    """

    name: str
    begins: str
    ends: str
    ended: bool = False


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One record of the kernel's log, as init read it from the kernel.

    Attributes:
        number: the kernel's own; they follow each other without a gap.
        microseconds: its time stamp, since the guest's start.
        text: as /dev/kmsg has it: what does not print, and each backslash, as ``\\xXX``.
        case: the test case that ran; None outside of any.
    """

    number: int
    microseconds: int
    text: str
    case: str | None = None


@dataclass(frozen=True)
class KtapReport:
    """Everything that a stream of results said.

    Attributes:
        plan: how many results were announced, of all documents in the stream; None without a plan.
        results: the outermost level.
        errors: what is wrong with the stream itself, in words.
        running: the case that ran when the stream ended, from the start markers of our init; it is
            also the last of ``results``, as a crash.
        exit_status: what the end marker says; None without one.
        bail: reason of a ``Bail out!``.
        skip_all: reason of a plan ``1..0 # SKIP``.
        missing: how many planned results never came; they count as crashed.
        cases: number and name of each case, from init's list.
        marks: of each case that was started, in their order.
        lacking: the cases of earlier boots that are wrong from the start of this one: a module that
            did not load.
        diagnostics: lines that belong to no result.
    """

    plan: int | None = None
    results: tuple[KtapResult, ...] = ()
    errors: tuple[str, ...] = ()
    running: str | None = None
    exit_status: int | None = None
    bail: str | None = None
    skip_all: str | None = None
    missing: int = 0
    cases: tuple[tuple[int, str], ...] = ()
    marks: tuple[CaseMarks, ...] = ()
    lacking: tuple[str, ...] = ()
    diagnostics: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True when everything planned came, nothing failed and the stream itself is sound."""
        good = all(result.status in GOOD for result in self.results)
        return good and not self.errors and self.bail is None and self.missing == 0
