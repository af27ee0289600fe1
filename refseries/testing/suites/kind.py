# SPDX-License-Identifier: GPL-2.0-or-later
"""What a kind of suite answers: what it needs, what of it a tree has, and what its output means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from refseries.errors import SeriesError
from refseries.guest.cases import CasesRun
from refseries.host import toml
from refseries.kernel.model import Fragment
from refseries.model import Applied
from refseries.testing.lab import Lab

PLACE = "/suites"
"""Where the files of suites stand in the guest, each in a folder of its suite's name."""
HARNESS_PLACE = "/tests"
"""Where the guest's init looks for programs with the kselftest harness."""
RUNNER = f"{HARNESS_PLACE}/suites"
"""The guest's runner of suites, which init takes for such a program."""

# What init can list, and take for a name: a blank ends one, ``#`` begins a comment of KTAP, and
# behind ``@`` stands a round.
_NAME = re.compile(r"[!-~]{1,100}")
_NO_NAME = re.compile("[#@]")
# A line of the table is cut at its tabs, and read into a buffer (``qemu/suites/suites.c``).
_CUTS = re.compile(r"[\t\n\0]")
MAX_WORDS = 23
MAX_LINE = 4000


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

    @property
    def line(self) -> str:
        """It, as the table has it."""
        return "\t".join((self.how, *self.words))


def row(how: str, suite: str, test: str, *more: str) -> GuestCase:
    """A case of a suite, which the guest's runner reads as it is written.

    Raises:
        SeriesError: it would read another one, or none.
    """
    where = f"kernel-tests/suites.toml: suite.{suite}"
    if not _NAME.fullmatch(test) or _NO_NAME.search(test):
        raise SeriesError(
            f"{test!r} is no name of a case.",
            where=where,
            hint="Take up to 100 letters, digits and signs, no blank, `#` or `@` among them.",
        )
    made = GuestCase(how, (suite, test, *more))
    long = len(made.words) > MAX_WORDS or len(made.line.encode("utf-8", "replace")) > MAX_LINE
    if long or any(map(_CUTS.search, made.words)):
        raise SeriesError(
            f"the guest cannot read the words of the case `{test}`: they are too many or too long, "
            "or one has a tab or a line's end in it.",
            where=where,
            hint="Put them into a script, as a suite of the kind `command` has some in `files`.",
        )
    return made


def program(suite: str, test: str, seconds: float, words: tuple[str, ...]) -> GuestCase:
    """A case that is a program; ``words`` are its path in the guest and its arguments.

    Raises:
        SeriesError: as ``row``.
    """
    return row("run", suite, test, f"{seconds:g}", *words)


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
    case_seconds: toml.Seconds = 60.0

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
