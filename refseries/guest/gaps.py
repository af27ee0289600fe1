# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the console says too little to vouch that the kernel did not complain.

The kernel drops lines when its log fills quicker than the console prints it, and a case can turn
the console off, and on again before it ends. So a case is vouched for only where each of its marks
is on the console, nothing was dropped between them, and every line that the kernel's log has
between them, as init read it from the kernel itself, is on the console as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from refseries.guest.console import ConsoleLine, lines
from refseries.guest.results import CaseMarks, LogRecord
from refseries.host.text import counted

_COMPARED = 100
"""Characters of a line that are compared; init cuts very long ones."""
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")

_Key = tuple[str | None, str]


@dataclass(frozen=True)
class Gap:
    """A stretch of a console that is not whole.

    Attributes:
        case: whose it is; None outside of any.
        text: what is missing, in words.
    """

    case: str | None
    text: str


def find(
    console: str | Iterable[str], marks: Sequence[CaseMarks], log: Iterable[LogRecord]
) -> tuple[Gap, ...]:
    """All gaps of a console: one outside of any case, and one for each case that has some.

    Args:
        console: its text, or its lines one by one (an open file).
        marks: the cases that init started, in their order.
        log: the kernel's log, as init sent it.
    """
    told = _told(log, marks)
    dropped: Counter[str | None] = Counter()
    seen: set[_Key] = set()
    for line in lines(console, marks):
        dropped[line.case] += line.dropped
        told.lines[_key(line.case, line)] -= 1
        if line.mark:
            seen.add((line.case, line.mark))
    lacking = _lacking(told.lines)
    found = []
    for case in (None, *marks):
        name = case.name if case else None
        said = [*_marks_missing(case, seen), *told.gaps(case)]
        if dropped[name]:
            said.insert(0, f"the kernel dropped {counted(dropped[name], 'line')} of its log")
        elif name in lacking:
            said.append(lacking[name])
        if said:
            found.append(Gap(name, "; ".join(said)))
    return tuple(found)


def _marks_missing(case: CaseMarks | None, seen: Container[_Key]) -> list[str]:
    due = () if case is None else ("start", "end") if case.ended else ("start",)
    missing = [mark for mark in due if case and (case.name, mark) not in seen]
    return [f"the console has no mark of its {' and its '.join(missing)}"] if missing else []


def _lacking(wanted: Counter[_Key]) -> dict[str | None, str]:
    """What the console lacks, by case; what is wanted still, in the order of the log."""
    count: Counter[str | None] = Counter()
    first: dict[str | None, str] = {}
    for (case, text), times in wanted.items():
        if times > 0:
            count[case] += times
            first.setdefault(case, text)
    return {
        case: f"the console lacks {counted(count[case], 'line')} of the kernel's log, "
        f"the first: {text}"
        for case, text in first.items()
    }


@dataclass(frozen=True)
class _Told:
    """What init sent of the kernel's log.

    Attributes:
        lines: how often each line is to be on the console; init's marks left out.
        missed: how many records are missing in it, by case.
        ended: the cases of which it has the end.
    """

    lines: Counter[_Key]
    missed: Counter[str | None]
    ended: frozenset[str]

    def gaps(self, case: CaseMarks | None) -> list[str]:
        """Why it vouches for nothing, in words."""
        said = []
        if missed := self.missed[case.name if case else None]:
            said.append(f"init missed {counted(missed, 'line')} of the kernel's log")
        if case and case.ended and case.name not in self.ended:
            said.append("init sent no log of the kernel for it")
        return said


def _told(log: Iterable[LogRecord], marks: Sequence[CaseMarks]) -> _Told:
    ends = {f"refseries: end {case.name} {case.ends}": case.name for case in marks}
    of_marks = {*ends, *(f"refseries: start {case.name} {case.begins}" for case in marks)}
    wanted: Counter[_Key] = Counter()
    missed: Counter[str | None] = Counter()
    ended: set[str] = set()
    due = 0
    for record in log:
        missed[record.case] += abs(record.number - due)
        due = record.number + 1
        if record.text in of_marks:
            if record.text in ends:
                ended.add(ends[record.text])
            continue
        for line in lines(_as_on_a_console(record), ()):
            key = _key(record.case, line)
            wanted[key] += bool(key[1])
    return _Told(wanted, missed, frozenset(ended))


def _key(case: str | None, line: ConsoleLine) -> _Key:
    return case, line.text[:_COMPARED].strip()


def _as_on_a_console(record: LogRecord) -> Iterator[str]:
    """The lines that the kernel prints of a record."""
    seconds, rest = divmod(record.microseconds, 1_000_000)
    escaped = record.text.encode("utf-8", "replace")
    raw = _ESCAPED.sub(lambda found: bytes((int(found[1], 16),)), escaped)
    for line in raw.decode("utf-8", "replace").split("\n"):
        # Behind a return, the console's line has no time stamp and may be a program's.
        yield f"[{seconds:5d}.{rest:06d}] {line.partition(chr(13))[0]}"
