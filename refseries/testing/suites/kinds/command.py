# SPDX-License-Identifier: GPL-2.0-or-later
"""``command``: commands and scripts of the user's, judged by their exit status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import msgspec

from refseries.errors import SeriesError
from refseries.host import toml
from refseries.testing.suites import project
from refseries.testing.suites.kind import PLACE, SuiteKind, SuitePlan, SuiteSite, program

# Busybox's shell has its tools built in: no link is needed for each.
_SHELL = ("/bin/sh", "-c", 'exec "$@"', "sh")


class CommandCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One command.

    Attributes:
        test: what it is called.
        words: program and arguments. A file of the suite is found by its name; anything else is one
            of busybox's tools.
        seconds: how long it may take; 0 for the suite's.
    """

    test: str
    words: tuple[str, ...]
    seconds: toml.SecondsOrDefault = 0.0


class CommandSuite(SuiteKind, frozen=True, tag_field="kind", tag="command"):
    """Commands in a shell's surroundings.

    Attributes:
        files: of the project, put beside each other into the guest.
    """

    case: tuple[CommandCase, ...]
    files: tuple[str, ...] = ()

    def inputs(self, root: Path) -> Mapping[str, bytes]:
        """Its files."""
        where = "kernel-tests/suites.toml: files"
        names = Counter(PurePosixPath(name).name for name in self.files)
        if twice := next((name for name, count in names.items() if count > 1), None):
            raise SeriesError(
                f"two files are called {twice}, and all stand in one folder of the guest.",
                where=where,
                hint="Rename one.",
            )
        return {name: project.inside(root, name, where).read_bytes() for name in self.files}

    def plan(self, name: str, site: SuiteSite) -> SuitePlan:
        """Every tree has all of it."""
        own = {PurePosixPath(file).name for file in self.files}
        cases = []
        for each in self.case:
            if not each.words:
                raise SeriesError(
                    f"the case `{each.test}` has no command.",
                    where=f"kernel-tests/suites.toml: suite.{name}.case",
                    hint='Write words = ["sh", "-c", "…"], or put a script into `files`.',
                )
            words = [f"{PLACE}/{name}/{word}" if word in own else word for word in each.words]
            cases.append(
                program(name, each.test, each.seconds or self.case_seconds, (*_SHELL, *words))
            )
        return SuitePlan(tuple(cases), tools=True)

    def make(
        self, name: str, site: SuiteSite, plan: SuitePlan, scratch: Path
    ) -> Mapping[str, bytes]:
        """Its files as they are."""
        return {
            f"{PLACE}/{name}/{PurePosixPath(file).name}": data
            for file, data in self.inputs(site.root).items()
        }
