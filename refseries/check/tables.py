# SPDX-License-Identifier: GPL-2.0-or-later
"""System-call tables: a call is in all of them, under one number and one entry point.

``scripts/checksyscalls.sh`` runs in every build of the compile matrix, but looks at one
architecture at a time and only for what i386 has. This looks at the tables themselves. Pure, but
for reading.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from refseries import git
from refseries.check import compare
from refseries.check.context import CheckContext
from refseries.check.model import CheckedVersion, Diagnostic, Finding

VERSION = 1
PROGRAMS = ("git",)

GENERIC = "scripts/syscall.tbl"
UAPI = "include/uapi/asm-generic/unistd.h"
PROTOTYPES = "include/linux/syscalls.h"
# Numbers given since 5.1 are the same everywhere but on alpha, which is that far ahead.
_ALPHA_AHEAD = 110
_COMMON_FROM = 424

_TABLE = re.compile(r"(^|/)syscall[\w]*\.tbl$")
_ROW = re.compile(r"^(?P<number>\d+)\s+(?P<abi>\S+)\s+(?P<name>\w+)(?:\s+(?P<entry>\S+))?", re.M)
_DEFINE = re.compile(r"^#define __NR(?:3264)?_(?P<name>\w+)\s+(?P<number>\d+)", re.M)
_LAST = "syscalls"


@dataclass(frozen=True)
class TableRow:
    """One row of a table; ``line`` counts from 1."""

    number: int
    name: str
    entry: str
    line: int


def check(subject: CheckedVersion, context: CheckContext) -> tuple[Finding, ...]:
    """What is new in the state after each patch."""
    base = subject.base

    def state(commit: str) -> tuple[Diagnostic, ...]:
        listed = git.git(
            base.repo, "ls-tree", "-r", "-z", commit, "--", "arch", "scripts", UAPI, PROTOTYPES
        )
        entries = (entry.split("\t", 1) for entry in listed.stdout.split("\0") if entry)
        # arm64's table is a symbolic link to the generic one; tools/ keeps copies for perf.
        files = {
            name: words.split()[2]
            for words, name in entries
            if (_TABLE.search(name) or name in (UAPI, PROTOTYPES)) and words.startswith("100")
        }

        def read() -> Iterator[Diagnostic]:
            texts = git.read_all(base.repo, commit, files)
            return complaints(
                {name: text.decode("utf-8", "replace") for name, text in texts.items()}
            )

        return context.said(["tables", VERSION, files], read)

    return compare.of_states("tables", subject, state)


def complaints(texts: Mapping[str, str]) -> Iterator[Diagnostic]:
    """What is wrong with the tables whose paths and texts are ``texts``."""
    tables = {name: rows(text) for name, text in texts.items() if name.endswith(".tbl")}
    for name, table in tables.items():
        yield from _twice(name, table)
    yield from _everywhere(tables)
    yield from _generic_header(texts.get(UAPI, ""), tables.get(GENERIC, ()))
    prototypes = texts.get(PROTOTYPES, "")
    for row in tables.get(GENERIC, ()):
        if row.number >= _COMMON_FROM and f"{row.entry}(" not in prototypes:
            yield Diagnostic(PROTOTYPES, 0, f"has no prototype of {row.entry}()")


def rows(text: str) -> tuple[TableRow, ...]:
    """The rows of a table in the form of scripts/syscall.tbl, s390's with its two entries too."""
    return tuple(
        TableRow(
            int(found["number"]),
            found["name"],
            found["entry"] or "",
            text.count("\n", 0, found.start()) + 1,
        )
        for found in _ROW.finditer(text)
    )


def _common_number(table: str, row: TableRow) -> int:
    return row.number - _ALPHA_AHEAD if table.startswith("arch/alpha/") else row.number


def _twice(name: str, table: Iterable[TableRow]) -> Iterator[Diagnostic]:
    """New numbers are given once; old ones may be shared by two ABIs."""
    first: dict[int, TableRow] = {}
    for row in table:
        number = _common_number(name, row)
        if not _COMMON_FROM <= number < 512:  # 512 to 547 are x32's own
            continue
        other = first.setdefault(number, row)
        if other.name != row.name:
            text = f"{row.number} is given to {other.name} and to {row.name}"
            yield Diagnostic(name, row.line, text)


def _everywhere(tables: Mapping[str, Iterable[TableRow]]) -> Iterator[Diagnostic]:
    """Every call that one table has under a new number, all have, with the same number."""
    by_name: dict[str, dict[str, TableRow]] = defaultdict(dict)
    for table, its_rows in tables.items():
        for row in its_rows:
            if _COMMON_FROM <= _common_number(table, row) < 512:
                by_name[row.name].setdefault(table, row)
    for name, found in by_name.items():
        numbers = [_common_number(table, row) for table, row in found.items()]
        usual = max(set(numbers), key=numbers.count)
        for table in sorted(tables.keys() - found.keys()):
            yield Diagnostic(table, 0, f"does not have {name}, which is {usual} elsewhere")
        for table, row in found.items():
            number = _common_number(table, row)
            if number != usual:
                text = f"{name} has the number {number} here, and {usual} elsewhere"
                yield Diagnostic(table, row.line, text)


def _generic_header(text: str, table: Iterable[TableRow]) -> Iterator[Diagnostic]:
    """The UAPI header agrees with the generic table, and its end is one behind its last."""
    if not text:
        return
    defined = {found["name"]: int(found["number"]) for found in _DEFINE.finditer(text)}
    end = defined.pop(_LAST, 0)
    for row in table:
        if row.number < _COMMON_FROM:
            continue
        if row.name not in defined:
            yield Diagnostic(UAPI, 0, f"does not define __NR_{row.name}")
        elif defined[row.name] != row.number:
            there = defined[row.name]
            yield Diagnostic(UAPI, 0, f"__NR_{row.name} is {there}, but {row.number} in {GENERIC}")
    if defined and end != max(defined.values()) + 1:
        yield Diagnostic(UAPI, 0, f"__NR_syscalls is {end}, not {max(defined.values()) + 1}")
