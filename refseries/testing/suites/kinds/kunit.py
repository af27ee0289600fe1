# SPDX-License-Identifier: GPL-2.0-or-later
"""``kunit``: KUnit suites that run as the kernel boots; each of their cases is a row.

The kernel keeps what they said in debugfs, where the guest's runner reads it. What the kernel
complained of meanwhile stands on the console between the lines of the suites, which have no mark of
init's: ``read`` finds the case that ran.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from refseries.guest import console, splat
from refseries.guest.cases import CasesRun
from refseries.guest.model import Boot
from refseries.guest.results import CaseMarks
from refseries.testing.suites.kind import SuiteKind, SuitePlan, SuiteSite, row

_OPTIONS = ("CONFIG_KUNIT=y", "CONFIG_DEBUG_FS=y", "CONFIG_KUNIT_DEBUGFS=y")
_STAMP = re.compile(
    r"(?P<stamp>\[ {0,8}[0-9]+\.[0-9]{6}\](?:\[ {0,8}[CT][0-9]{1,8}\])? ?)(?P<text>.*)"
)
_SUBTEST = re.compile(r" {4}# Subtest: (?P<name>.+)")
_RESULT = re.compile(r" {4}(?:not )?ok [0-9]+ (?P<name>.+?)(?: # .*)?")
_END = re.compile(r"(?:not )?ok [0-9]+ ")
# Init's first word in the kernel's log: whatever comes behind it, a case may have written.
_INIT = re.compile(r"refseries: start ")


class KunitSuite(SuiteKind, frozen=True, tag_field="kind", tag="kunit"):
    """KUnit suites of the kernel.

    Attributes:
        suites: globs of their names; where none is called so, a row of the glob's name fails.
    """

    suites: tuple[str, ...]

    def needed(self) -> tuple[str, ...]:
        """KUnit itself, and what the suites need."""
        said = {line.partition("=")[0] for line in self.options}
        return (*(line for line in _OPTIONS if line.partition("=")[0] not in said), *self.options)

    def plan(self, name: str, site: SuiteSite) -> SuitePlan:
        """Where the tree knows the options, each glob must be there."""
        return SuitePlan(tuple(row("kunit", name, glob) for glob in self.suites))

    def read(self, cases: CasesRun) -> CasesRun:
        """Charge the kernel's complaints to the cases that ran while it booted."""
        return replace(cases, boots=tuple(map(_charged, cases.boots)))


def _charged(boot: Boot) -> Boot:
    if not any(each.case is None for each in boot.splats):
        return boot
    lines = [line.rstrip("\r\n") for line in console.read(boot.console)]
    marks = [each.mark for each in _stretches(lines)]
    if not marks:
        return boot
    found = splat.find(_marked(lines), (*marks, *boot.report.marks))
    return replace(boot, splats=found)


@dataclass(frozen=True)
class _Stretch:
    """The lines of the console, from ``first`` to ``last``, during which a KUnit case ran."""

    first: int
    last: int
    stamp: str
    name: str

    @property
    def mark(self) -> CaseMarks:
        """As init would have made it; its tokens are no secret, as no case had begun to write."""
        return CaseMarks(self.name, f"{2 * self.first:016x}", f"{2 * self.first + 1:016x}", True)


def _stretches(lines: Iterable[str]) -> Iterator[_Stretch]:
    suite, begin = "", 0
    for number, line in enumerate(lines):
        found = _STAMP.match(line)
        if found is None:
            continue
        text = found["text"]
        if _INIT.match(text):
            return
        if subtest := _SUBTEST.fullmatch(text):
            suite, begin = _word(subtest["name"]), number + 1
        elif suite and (result := _RESULT.fullmatch(text)):
            name = f"{suite}.{_word(result['name'])}"
            yield _Stretch(begin, number, found["stamp"], name)
            begin = number + 1
        elif _END.match(text):
            suite = ""


def _word(name: str) -> str:
    """A name as the guest's runner gives it."""
    return re.sub(r"[^!-~]", "_", name.strip())


def _marked(lines: list[str]) -> Iterator[str]:
    at: dict[int, list[str]] = {}
    for each in _stretches(lines):
        mark = each.mark
        begin, end = (
            f"{each.stamp}refseries: {word} {each.name} {token}"
            for word, token in (("start", mark.begins), ("end", mark.ends))
        )
        at.setdefault(each.first, []).append(begin)
        at.setdefault(each.last + 1, []).insert(0, end)
    for number, line in enumerate(lines):
        yield from at.get(number, ())
        yield line
