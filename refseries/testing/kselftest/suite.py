# SPDX-License-Identifier: GPL-2.0-or-later
"""``kernel-tests/kselftest/suite.toml``: which of the base kernel's selftests are run, and how."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

from refseries.errors import SeriesError
from refseries.host import toml
from refseries.model import Series

# What init can list and the guest's list of cases can hold; a program stands in one directory.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
_WORD = re.compile(r"[!-~]{1,100}")
_MAX_WORDS = 12


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One program with its arguments.

    Attributes:
        test: what it is called; one program may make several cases.
        words: the program, a file name, and its arguments; a file that leaves them out means the
            program called as the case.
    """

    test: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suite:
    """The whole file.

    Attributes:
        directory: folder below tools/testing/selftests/; the cases are called after it: ``mm.cow``.
        sources: what its Makefile needs of the kernel tree, paths of files and folders.
        cflags: more options for the compiler.
        left_out: programs of that folder that are not run, each with the reason.
    """

    directory: str
    sources: tuple[str, ...]
    cflags: str
    cases: tuple[Case, ...]
    left_out: dict[str, str]

    @property
    def programs(self) -> tuple[str, ...]:
        """What has to be built, each once."""
        return tuple(dict.fromkeys(case.words[0] for case in self.cases))

    def name(self, case: Case) -> str:
        """What the case is called in a report."""
        return f"{self.directory}.{case.test}"

    def unlisted(self, makefile: str) -> tuple[str, ...]:
        """Programs that a Makefile builds and that stand neither here nor there."""
        built = re.findall(r"^\s*TEST_GEN_(?:FILES|PROGS)\s*[+:]?=\s*([\w -]+)$", makefile, re.M)
        names = dict.fromkeys(name for names in built for name in names.split())
        return tuple(n for n in names if n not in self.programs and n not in self.left_out)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    schema: int
    directory: str
    sources: tuple[str, ...]
    cflags: str = ""
    case: tuple[Case, ...]
    left_out: dict[str, str] = {}


def sources(series: Series) -> Path:
    """Where a series has the suite, and the program that runs its cases in the guest."""
    return series.root / "kernel-tests" / "kselftest"


def load(series: Series) -> Suite:
    """Read the suite of ``series``.

    Raises:
        SeriesError: it is missing or wrong; file, line and key are named.
    """
    path = sources(series) / "suite.toml"
    if not path.exists():
        raise SeriesError(
            "this series does not say which selftests of the kernel to run.",
            where=str(path),
            hint="Copy kernel-tests/kselftest/ from the series that comes with refseries.",
        )
    file = toml.load(path, _File)
    if not _NAME.fullmatch(file.directory):
        raise SeriesError(
            f"`{file.directory}` is no folder of selftests.",
            where=f"{path}: directory",
            hint='Name one below tools/testing/selftests/, such as "mm".',
        )
    text = path.read_text(encoding="utf-8")
    if not file.case:
        raise SeriesError(
            "there is no case, so nothing would be compared.",
            where=f"{path}:{toml.line_of(text, ['case'])}: case",
            hint="Name programs of the folder, each in a [[case]].",
        )
    cases: dict[str, Case] = {}
    for position, case in enumerate(file.case):
        where = f"{path}:{toml.line_of(text, ['case', f'[{position}]'])}: case[{position}]"
        if case.test in cases:
            raise SeriesError(f"a second case `{case.test}`.", where=where, hint="Rename one.")
        cases[case.test] = _checked(case, where)
    return Suite(file.directory, file.sources, file.cflags, tuple(cases.values()), file.left_out)


def _checked(case: Case, where: str) -> Case:
    words = case.words or (case.test,)
    good = _NAME.fullmatch(case.test) and _NAME.fullmatch(words[0]) and len(words) <= _MAX_WORDS
    if not good or not all(map(_WORD.fullmatch, words)):
        raise SeriesError(
            "a case is a name, and a program with its arguments.",
            where=where,
            hint='Write test = "cow", and words = ["gup_test", "-u"] where there are arguments.',
        )
    return Case(case.test, words)
