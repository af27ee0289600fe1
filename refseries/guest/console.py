# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's console, line by line: what printk said, and which case ran meanwhile."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_LINE = 1024
"""Characters of a line that are looked at; printk's own limit is about that."""
MAX_LINES = 500_000
"""Lines of a console's file that are looked at; a sound guest prints some hundreds."""

_STAMP = re.compile(
    r"(?:<[0-9]{1,3}>)?\[ {0,8}(?P<seconds>[0-9]{1,10}\.[0-9]{6})\](?:\[ {0,8}[CT][0-9]{1,8}\])? ?"
)
# Init writes these marks to /dev/kmsg around every case.
_MARK = re.compile(r"refseries: (?P<what>start|end) (?P<case>\S+)$")
_CONTROL = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if code != ord("\t")}


@dataclass(frozen=True)
class Line:
    """One line of the console.

    Attributes:
        text: without time stamp, level and caller; leading blanks are kept.
        seconds: its time stamp, seconds since the guest's start; None without one.
        case: the test case that ran when it was printed.
        mark: ``start`` or ``end`` when it is such a mark of ``case``; otherwise empty.
    """

    text: str
    seconds: float | None = None
    case: str | None = None
    mark: str = ""


def read(path: Path) -> Iterator[str]:
    """The lines of a console's file, ``MAX_LINES`` at most; an endless line comes in pieces."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        yield from itertools.islice(iter(lambda: stream.readline(8 * MAX_LINE), ""), MAX_LINES)


def lines(console: str | Iterable[str]) -> Iterator[Line]:
    """The lines of a console.

    Args:
        console: its text, or its lines one by one (an open file).
    """
    case: str | None = None
    for raw in console.splitlines() if isinstance(console, str) else console:
        text = raw[:MAX_LINE].rstrip("\r\n").translate(_CONTROL)
        seconds = None
        if stamp := _STAMP.match(text):
            seconds = float(stamp.group("seconds"))
            text = text[stamp.end() :]
        mark = _MARK.match(text)
        if mark is None:
            yield Line(text, seconds, case)
            continue
        yield Line(text, seconds, mark.group("case"), mark.group("what"))
        case = mark.group("case") if mark.group("what") == "start" else None


def durations(console: str | Iterable[str]) -> dict[str, float]:
    """How many seconds each case took in the guest; cases without both marks are left out."""
    started: dict[str, float] = {}
    took: dict[str, float] = {}
    for line in lines(console):
        if line.case is None or line.seconds is None:
            continue
        if line.mark == "start":
            started[line.case] = line.seconds
        elif line.mark == "end" and line.case in started:
            took[line.case] = max(0.0, line.seconds - started[line.case])
    return took
