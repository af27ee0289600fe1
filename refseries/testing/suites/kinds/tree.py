# SPDX-License-Identifier: GPL-2.0-or-later
"""``tree``: selftests of the tree under test, as its own Makefile builds them.

They are compiled from the applied tree, with the headers that this tree gives to programs. A
program that a tree does not have is absent there. The folder's ``config`` is asked of the kernel,
and the ``timeout`` of its ``settings`` is how long a case may take.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from refseries import git
from refseries.errors import StageError
from refseries.git.unpack import present, unpack
from refseries.host import compilers, proc, toml
from refseries.kernel import arch as arches
from refseries.kernel import toolchain
from refseries.kernel.model import Fragment
from refseries.model import Applied
from refseries.testing.lab import SELFTESTS
from refseries.testing.suites import compiled
from refseries.testing.suites.kind import (
    ABSENT,
    PLACE,
    GuestCase,
    SuiteKind,
    SuitePlan,
    SuiteSite,
    program,
)

# What `make headers` and the Makefiles of selftests need beside the folder itself.
_SOURCES = (
    "Makefile", "Kbuild", "Kconfig", "scripts", "include", "tools/include", "tools/scripts",
    "tools/build", "tools/arch", "mm/gup_test.h",
    *(f"{SELFTESTS}/{name}" for name in ("lib.mk", "kselftest.h", "kselftest_harness.h")),
)  # fmt: skip
# The guest has no libraries; symbols would fill its memory.
_LINK = "USERLDFLAGS=-static -s"
_TIMEOUT = re.compile(rb"^timeout=([0-9]{1,6})\s*$", re.M)
_SECONDS = 60.0
# What ``timeout=0``, no limit, comes to: the boot has one.
_NO_LIMIT = 1800.0


class TreeCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A program of the folder.

    Attributes:
        program: its name; ``PROGRAM.c`` stands in the folder.
        test: what it is called, where it has no harness; its name if not given.
        words: its arguments, where it has no harness.
        seconds: how long it may take, where it has no harness; 0 for the suite's.
    """

    program: str
    test: str = ""
    words: tuple[str, ...] = ()
    seconds: toml.SecondsOrDefault = 0.0


class TreeSuite(SuiteKind, frozen=True, kw_only=True, tag_field="kind", tag="tree"):
    """Programs of one folder of selftests.

    Attributes:
        directory: the folder below ``tools/testing/selftests/``.
        case: its programs; without any, those that the tree adds to its base.
        sources: what its Makefile needs of the tree besides.
        cflags: more options for the compiler.
        case_seconds: 0 for what the folder's ``settings`` say, or else 60.
    """

    directory: str
    case_seconds: toml.SecondsOrDefault = 0.0
    case: tuple[TreeCase, ...] = ()
    sources: tuple[str, ...] = ()
    cflags: str = ""

    @property
    def folder(self) -> str:
        """Its path in the tree."""
        return f"{SELFTESTS}/{self.directory}"

    def advice(self, name: str) -> str:
        """Of which programs it looked for the sources, and where."""
        if self.case:
            looked = ", ".join(f"{each.program}.c" for each in self.case)
            return f"Correct its directory or programs: {self.folder} has no {looked}."
        return (
            f"It runs what the series adds to {self.folder}, which is no program that a Makefile "
            f"there names. Name each other one of that folder in a [[suite.{name}.case]], as "
            '`program = "NAME"`.'
        )

    def wished(self, applied: Applied) -> Fragment | None:
        """The folder's ``config``."""
        path = f"{self.folder}/config"
        text = git.read_files(applied.repo, applied.commit, [path]).get(path)
        return None if text is None else Fragment(path, text.decode("utf-8", "replace"))

    def _seconds(self, applied: Applied) -> float:
        if self.case_seconds:
            return self.case_seconds
        path = f"{self.folder}/settings"
        text = git.read_files(applied.repo, applied.commit, [path]).get(path, b"")
        found = _TIMEOUT.search(text)
        return (float(found[1]) or _NO_LIMIT) if found else _SECONDS

    def plan(self, name: str, site: SuiteSite) -> SuitePlan:
        """Those programs whose source the tree has."""
        applied = site.applied
        listed = present(applied.repo, applied.commit, [f"{self.folder}/"])
        files = {Path(path).name for path in listed}
        wanted = self.case or tuple(map(_case, self._added(site)))
        there = [each for each in wanted if f"{each.program}.c" in files]
        if not there:
            return ABSENT
        paths = {each.program: f"{self.folder}/{each.program}.c" for each in there}
        texts = git.read_all(applied.repo, applied.commit, paths.values())
        harness = {name for name, path in paths.items() if compiled.has_harness(texts[path])}
        seconds = self._seconds(applied)
        alone = [each for each in there if each.program not in harness]
        return SuitePlan(
            tuple(self._row(name, each, each.seconds or seconds) for each in alone),
            bool(harness),
            tuple(paths),
            key=applied.tree,
            seconds=seconds if harness else 0.0,
        )

    def _row(self, name: str, case: TreeCase, seconds: float) -> GuestCase:
        start = f"{PLACE}/{name}/{case.program}"
        return program(name, case.test or case.program, seconds, (start, *case.words))

    def _added(self, site: SuiteSite) -> tuple[str, ...]:
        """Programs whose source the tree adds to its base, and that its Makefile names."""
        applied = site.applied
        base = applied.base or site.lab.base.commit
        if base == applied.commit:
            return ()
        words = ("diff", "--name-only", "--no-renames", "--diff-filter=A", base, applied.commit)
        added = git.git(applied.repo, *words, "--", f"{self.folder}/").stdout.splitlines()
        names = [Path(path).stem for path in added if path.endswith(".c")]
        if not names:
            return ()
        makefile = git.read_file(applied.repo, applied.commit, f"{self.folder}/Makefile")
        built = makefile.decode("utf-8", "replace").split()
        return tuple(name for name in names if name in built)

    def make(
        self, name: str, site: SuiteSite, plan: SuitePlan, scratch: Path
    ) -> Mapping[str, bytes]:
        """Install the tree's headers for programs, then build by the folder's Makefile."""
        tree, out = scratch / "tree", scratch / "out"
        for directory in (tree, out):
            directory.mkdir()
        self._unpack(site, tree)
        cross = toolchain.find(site.arch).cross_compile
        words = (f"ARCH={site.arch}", f"CROSS_COMPILE={cross}", f"-j{site.lab.jobs}")
        kernel = toolchain.environment(site.lab.cache / "ccache")
        environment = {**kernel, **compilers.PROGRAMS}
        self._make(["make", "-C", str(tree), *words, "headers"], environment)
        selftest = ["make", "-C", str(tree / self.folder), *words, f"OUTPUT={out}", _LINK]
        selftest += [f"KHDR_INCLUDES=-isystem {tree}/usr/include", f"USERCFLAGS={self.cflags}"]
        self._make([*selftest, *(str(out / each) for each in plan.programs)], environment)
        built = {each: (out / each).read_bytes() for each in plan.programs}
        alone = {Path(case.words[3]).name for case in plan.cases}
        return compiled.placed(name, built.keys() - alone, built)

    def _unpack(self, site: SuiteSite, tree: Path) -> None:
        applied = site.applied
        arch = f"arch/{arches.get(site.arch).source}"
        own = (f"{arch}/{part}" for part in ("Makefile", "include", "kernel", "tools", "entry"))
        signals = f"{SELFTESTS}/{site.arch}"  # of which folders of others take headers
        wanted = [self.folder, *_SOURCES, *self.sources, *own, signals]
        unpack(applied.repo, applied.commit, present(applied.repo, applied.commit, wanted), tree)

    def _make(self, argv: list[str], environment: Mapping[str, str | None]) -> None:
        try:
            proc.run(argv, deadline=900, env=environment)
        except StageError as error:
            raise StageError(
                f"the tree's selftests do not compile: {error.what}",
                where=self.folder,
                hint="The compiler's words stand below; `sources` and `cflags` of the suite help.",
                detail=error.detail,
            ) from error


def _case(name: str) -> TreeCase:
    return TreeCase(program=name)
