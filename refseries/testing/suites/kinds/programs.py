# SPDX-License-Identifier: GPL-2.0-or-later
"""``programs``: C programs of the project, with the kselftest harness or without it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from refseries.errors import SeriesError
from refseries.guest import initramfs
from refseries.host import resources, toml
from refseries.kernel import toolchain
from refseries.testing.lab import harness_headers
from refseries.testing.suites import compiled, project
from refseries.testing.suites.kind import PLACE, SuiteKind, SuitePlan, SuiteSite, program

_WHERE = "kernel-tests/suites.toml: suite.{}"


class ProgramCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A program without the harness, which its exit status and its own KTAP judge.

    Attributes:
        test: what it is called.
        words: the program that make leaves in ``build/``, and its arguments; ``test`` if not given.
        seconds: how long it may take; 0 for the suite's.
    """

    test: str
    words: tuple[str, ...] = ()
    seconds: toml.SecondsOrDefault = 0.0


class ProgramsSuite(SuiteKind, frozen=True, tag_field="kind", tag="programs"):
    """What the Makefile of a folder builds.

    Attributes:
        directory: of the project, with a Makefile as that of ``kernel-tests/``.
        case: its programs without the harness; all others have it.
    """

    directory: str = "kernel-tests"
    case: tuple[ProgramCase, ...] = ()

    def inputs(self, root: Path) -> Mapping[str, bytes]:
        """The sources."""
        place = project.inside(root, self.directory, "kernel-tests/suites.toml: directory")
        return {
            str(path.relative_to(root)): path.read_bytes() for path in initramfs.source_files(place)
        }

    def plan(self, name: str, site: SuiteSite) -> SuitePlan:
        """Every tree has all of it; headers of the harness are the base's."""
        cases = []
        for each in self.case:
            first, *rest = each.words or (each.test,)
            seconds = each.seconds or self.case_seconds
            words = (f"{PLACE}/{name}/{first}", *rest)
            cases.append(program(name, each.test, seconds, words))
        return SuitePlan(tuple(cases), harness=True, key=site.lab.base.commit)

    def make(
        self, name: str, site: SuiteSite, plan: SuitePlan, scratch: Path
    ) -> Mapping[str, bytes]:
        """Compile them."""
        recipe = initramfs.Recipe(
            qemu=resources.qemu_dir(),
            tests=project.inside(site.root, self.directory, _WHERE.format(name)),
            headers=harness_headers(site.lab.base),
            cross=toolchain.find(site.arch).cross_compile,
        )
        built = initramfs.compile_tests(recipe, scratch)
        alone = {(each.words or (each.test,))[0] for each in self.case}
        if missing := sorted(alone - built.keys()):
            raise SeriesError(
                f"make leaves no program {missing[0]} in build/.",
                where=_WHERE.format(name),
                hint=f"It makes {', '.join(built)}.",
            )
        return compiled.placed(name, built.keys() - alone, built)
