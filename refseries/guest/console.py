# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's console, line by line: what printk said, and which case ran meanwhile."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from refseries.guest.results import CaseMarks
from refseries.host.text import CONTROL

MAX_LINE = 1024
"""Characters of a line that are looked at; printk's own limit is about that."""
MAX_LINES = 500_000
"""Lines of a console's file that are looked at; a sound guest prints some hundreds."""

_CALLER = r"\[ {0,8}(?P<caller>[CT][0-9]{1,8})\]"  # with CONFIG_PRINTK_CALLER
_STAMP = re.compile(rf"\[ {{0,8}}(?P<seconds>[0-9]{{1,10}}\.[0-9]{{6}})\](?:{_CALLER})? ?")
_ONLY_CALLER = re.compile(rf"{_CALLER} ")
_MAX_STAMP = 64
_HELD = 10_000
"""Lines without a time stamp that are kept until it is known whose they are."""
_LEVEL = re.compile(r"<[0-9]{1,3}>")
# Init writes these marks to /dev/kmsg around every case; so can a case, but for the token.
_MARK = re.compile(r"refseries: (?P<what>start|end) (?P<case>\S+)(?: (?P<token>[0-9a-f]{16}))?$")
# Said by printk where the console did not keep up with the kernel's log; without a time stamp.
_DROPPED = re.compile(r"\*\* (?P<lost>[0-9]{1,20}) printk messages dropped \*\*")
# What a case writes to the terminal need not end with a line: the kernel's goes on behind it.
_GLUED = re.compile(
    r"(?<=.)(?=\[ {0,8}[0-9]{1,10}\.[0-9]{6}\]|\*\* [0-9]{1,20} printk messages dropped \*\*)"
)


@dataclass(frozen=True)
class ConsoleLine:
    """One line of the console.

    Attributes:
        text: without time stamp, level and caller; leading blanks are kept.
        seconds: its time stamp, seconds since the guest's start; None without one.
        case: the test case that ran when it was printed.
        mark: ``start`` or ``end`` when it is such a mark of ``case``; otherwise empty.
        dropped: how many lines of the kernel's log are missing here.
        caller: the task or processor that printed it, as ``T70`` or ``C1``; empty when not told.
    """

    text: str
    seconds: float | None = None
    case: str | None = None
    mark: str = ""
    dropped: int = 0
    caller: str = ""


def read(path: Path) -> Iterator[str]:
    """The lines of a console's file, ``MAX_LINES`` at most; an endless line comes in pieces."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        yield from itertools.islice(_pieces(stream), MAX_LINES)


def _pieces(stream: TextIO) -> Iterator[str]:
    """Lines, or pieces of those that are too long; no time stamp is torn."""
    rest = ""
    while piece := stream.readline(8 * MAX_LINE):
        line, rest = rest + piece, ""
        if not line.endswith("\n"):
            line, rest = line[:-_MAX_STAMP], line[-_MAX_STAMP:]
        if line:
            yield line
    if rest:
        yield rest


def lines(
    console: str | Iterable[str], marks: Sequence[CaseMarks] | None = None
) -> Iterator[ConsoleLine]:
    """The kernel's lines of a console.

    The kernel stamps each of its lines, or none (CONFIG_PRINTK_TIME). On a console with stamps, a
    line without one, and without a caller, was written by a program (to /dev/console, say) and is
    left out, whatever it looks like; what the kernel says behind a program's unfinished line is
    found there. When a mark of init's comes without a stamp, somebody has turned the stamps off:
    the lines before it, back to the last stamp, and all behind it count as the kernel's.

    Args:
        console: its text, or its lines one by one (an open file).
        marks: the cases that init started; of what looks like a mark of a case, only the first
            with its token is one. None: nothing is known of them, and all are.
    """
    case: str | None = None
    known = _tokens(marks or ())
    for text, seconds, caller in _of_the_kernel(console):
        mark = _MARK.match(text)
        if mark and marks is not None and known.pop(mark["token"], None) != mark.group(1, 2):
            mark = None
        if mark is None:
            dropped = sum(int(each["lost"]) for each in _DROPPED.finditer(text))
            yield ConsoleLine(text, seconds, case, dropped=dropped, caller=caller)
            continue
        yield ConsoleLine(text, seconds, mark["case"], mark["what"])
        case = mark["case"] if mark["what"] == "start" else None


def _of_the_kernel(console: str | Iterable[str]) -> Iterator[tuple[str, float | None, str]]:
    """Text, time stamp in seconds, and caller of each line that the kernel printed."""
    stamped = False
    held: list[str] = []
    for raw in console.splitlines() if isinstance(console, str) else console:
        for piece in _GLUED.split(raw):
            if _LEVEL.fullmatch(piece):
                continue
            text = piece[:MAX_LINE].rstrip("\r\n").translate(CONTROL)
            if level := _LEVEL.match(text):
                text = text[level.end() :]
            if stamp := _STAMP.match(text):
                stamped = True
                held.clear()
                yield text[stamp.end() :], float(stamp["seconds"]), stamp["caller"] or ""
            elif named := _ONLY_CALLER.match(text):
                yield text[named.end() :], None, named["caller"]
            elif not stamped or _DROPPED.search(text):
                yield text, None, ""
            elif _MARK.match(text):
                stamped = False
                yield from ((each, None, "") for each in (*held, text))
                held.clear()
            elif len(held) < _HELD:
                held.append(text)


def _tokens(marks: Sequence[CaseMarks]) -> dict[str, tuple[str, str]]:
    """What the mark with a token says."""
    starts = {each.begins: ("start", each.name) for each in marks}
    ends = {each.ends: ("end", each.name) for each in marks if each.ended}
    return {**starts, **ends}


def durations(
    console: str | Iterable[str], marks: Sequence[CaseMarks] | None = None
) -> dict[str, float]:
    """How many seconds each case took in the guest; cases without both marks are left out.

    Args:
        console, marks: as for ``lines``.
    """
    started: dict[str, float] = {}
    took: dict[str, float] = {}
    for line in lines(console, marks):
        if line.case is None or line.seconds is None:
            continue
        if line.mark == "start":
            started[line.case] = line.seconds
        elif line.mark == "end" and line.case in started:
            took[line.case] = max(0.0, line.seconds - started[line.case])
    return took
