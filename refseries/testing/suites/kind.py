# SPDX-License-Identifier: GPL-2.0-or-later
"""What a kind of suite answers: what it needs, what of it a tree has, and what its output means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from refseries.guest.cases import CasesRun
from refseries.kernel.model import Fragment
from refseries.model import Applied
from refseries.testing.lab import Lab

PLACE = "/suites"
"""Where the files of suites stand in the guest, each in a folder of its suite's name."""
HARNESS_PLACE = "/tests"
"""Where the guest's init looks for programs with the kselftest harness."""


@dataclass(frozen=True)
class SuiteSite:
    """What a suite is made ready for.

    Attributes:
        arch: kernel's ARCH.
        applied: the tree under test.
    """

    lab: Lab
    arch: str
    applied: Applied

    @property
    def root(self) -> Path:
        """The project's directory."""
        return self.lab.series.root


@dataclass(frozen=True)
class GuestCase:
    """A line of the table that the guest's runner reads (``qemu/suites/suites.c``).

    Attributes:
        how: ``run`` a program, or ``kunit``: what the kernel says of a suite of its own.
        words: what stands behind it there.
    """

    how: str
    words: tuple[str, ...]


def program(suite: str, test: str, seconds: float, words: tuple[str, ...]) -> GuestCase:
    """A case that is a program; ``words`` are its path in the guest and its arguments."""
    return GuestCase("run", (suite, test, f"{seconds:g}", *words))


@dataclass(frozen=True)
class SuitePlan:
    """What of a suite there is for one tree.

    Attributes:
        cases: what the guest's runner runs.
        harness: whether there are programs that list and run their cases themselves.
        programs: what is compiled, where that is known before it is.
        key: what of the tree the suite's files depend on.
        tools: whether it needs busybox.
        seconds: how long a case may take of a program that lists and runs its cases itself.
    """

    cases: tuple[GuestCase, ...] = ()
    harness: bool = False
    programs: tuple[str, ...] = ()
    key: str = ""
    tools: bool = False
    seconds: float = 0.0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to run."""
        return not self.cases and not self.harness


ABSENT = SuitePlan()
"""The plan for a tree that has nothing of a suite."""


class SuiteKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One ``[suite.NAME]`` of the file; each kind adds keys of its own.

    Attributes:
        options: lines of a kernel configuration that the suite needs; a tree whose Kconfig files do
            not know one of them has nothing of the suite.
        case_seconds: how long one of its cases may take.
    """

    options: tuple[str, ...] = ()
    case_seconds: float = 60.0

    def advice(self, name: str) -> str:
        """What to do where no tree has anything of the suite ``name``."""
        return "Correct its programs or options, or take the suite out."

    def needed(self) -> tuple[str, ...]:
        """All options that a kernel is asked for, in which the suite runs."""
        return self.options

    def wished(self, applied: Applied) -> Fragment | None:
        """A file of the tree that says what options it needs besides, as it stands there."""
        return None

    def inputs(self, root: Path) -> Mapping[str, bytes]:
        """The project's files that it is made from: the same for each tree.

        Raises:
            SeriesError: one is not there, or lies outside of the project.
        """
        return {}

    def plan(self, name: str, site: SuiteSite) -> SuitePlan:
        """What of it there is for a tree; cheap.

        Raises:
            SeriesError: the suite is wrong.
        """
        raise NotImplementedError

    def make(
        self, name: str, site: SuiteSite, plan: SuitePlan, scratch: Path
    ) -> Mapping[str, bytes]:
        """Its files by their path in the guest.

        Args:
            scratch: an empty directory.

        Raises:
            StageError: a program does not compile.
            HostError: a tool is missing.
        """
        return {}

    def read(self, cases: CasesRun) -> CasesRun:
        """What the guests said, with what only this kind can tell of it."""
        return cases
