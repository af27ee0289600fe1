# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest's init sent of the counters of lines, case by case; see qemu/init/counters.c. Pure.

What a case may have written on the port itself is not read: a record begins with the second token
of its case, which init says when every process of the case is dead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from refseries.guest.results import CaseMarks

BOOT = "boot"
"""The name of what ran before the first case."""
MAX_FILE = 4 << 20
MAX_FILES = 10_000

_FILE = re.compile(rb"file (?P<size>[0-9]{1,7}) (?P<path>/[^\n]{1,4096})\n")
_DONE = re.compile(rb"done (?P<files>[0-9]{1,5})\n")
_LINE = 4200
_BOOT_TOKEN = "0" * 16


@dataclass(frozen=True)
class CaseCounters:
    """What one case left in the counters.

    Attributes:
        case: its name, or ``BOOT``.
        files: the path that the compiler gave each file of counters, and its contents.
        wrong: why they are not to be believed; empty when they are.
    """

    case: str
    files: tuple[tuple[str, bytes], ...]
    wrong: str = ""


def read(data: bytes, marks: Iterable[CaseMarks]) -> Iterator[CaseCounters]:
    """The counters of one boot: of booting itself, and of each case that was started in it.

    Args:
        data: all that came on the port.
        marks: those of the results, with the tokens.
    """
    first = _record(data, BOOT, _BOOT_TOKEN)
    yield first if data.startswith(_head(BOOT, _BOOT_TOKEN)) else _nothing(BOOT)
    for mark in marks:
        yield _record(data, mark.name, mark.ends) if mark.ended else _nothing(mark.name)


def _head(case: str, token: str) -> bytes:
    return f"\n# refseries: counters {case} {token}\n".encode()


def _nothing(case: str) -> CaseCounters:
    return CaseCounters(case, (), "the guest sent no counters of it")


def _record(data: bytes, case: str, token: str) -> CaseCounters:
    head = _head(case, token)
    at = data.find(head)
    if at < 0:
        return _nothing(case)
    at += len(head)
    files: list[tuple[str, bytes]] = []
    while len(files) <= MAX_FILES:
        line = data[at : at + _LINE]
        if done := _DONE.match(line):
            if int(done["files"]) != len(files):
                break
            return CaseCounters(case, tuple(files))
        found = _FILE.match(line)
        if found is None:
            break
        at += found.end()
        size = int(found["size"])
        if size > MAX_FILE or at + size > len(data):
            break
        files.append((found["path"].decode("utf-8", "replace"), data[at : at + size]))
        at += size
    return CaseCounters(case, (), "its counters did not arrive whole")
