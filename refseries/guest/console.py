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
_HELD = 10_000
"""Lines without a time stamp that are kept until it is known whose they are."""
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
    """The kernel's lines of a console.

    The kernel stamps each of its lines, or none (CONFIG_PRINTK_TIME). On a console with stamps, a
    line without one was written by a program (to /dev/console, say) and is left out, whatever it
    looks like; what the kernel says behind a program's unfinished line is found there. When a mark
    of init's comes without a stamp, somebody has turned the stamps off: the lines before it, back
    to the last stamp, and all behind it count as the kernel's.

    Args:
        console: its text, or its lines one by one (an open file).
    """
    case: str | None = None
    for text, seconds in _of_the_kernel(console):
        mark = _MARK.match(text)
        if mark is None:
            yield Line(text, seconds, case)
            continue
        yield Line(text, seconds, mark.group("case"), mark.group("what"))
        case = mark.group("case") if mark.group("what") == "start" else None


def _of_the_kernel(console: str | Iterable[str]) -> Iterator[tuple[str, float | None]]:
    """Text, and time stamp in seconds, of each line that the kernel printed."""
    stamped = False
    held: list[str] = []
    for raw in console.splitlines() if isinstance(console, str) else console:
        text = raw[:MAX_LINE].rstrip("\r\n").translate(_CONTROL)
        if stamp := _STAMP.search(text):
            stamped = True
            held.clear()
            yield text[stamp.end() :], float(stamp.group("seconds"))
        elif not stamped:
            yield text, None
        elif _MARK.match(text):
            stamped = False
            yield from ((each, None) for each in (*held, text))
            held.clear()
        elif len(held) < _HELD:
            held.append(text)


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
