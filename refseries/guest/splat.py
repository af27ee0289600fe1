# SPDX-License-Identifier: GPL-2.0-or-later
"""Finding the kernel's complaints on a console of arm64, arm, x86_64 or RISC-V, from Linux 6.1 on.

A splat is charged to the test case that ran when it began. `splat_title` gives it its title.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from refseries.guest.console import ConsoleLine, lines
from refseries.guest.results import CaseMarks
from refseries.guest.splat_starts import CUT, DYING, SEQUELS, WARNING, End, begins
from refseries.guest.splat_title import TRACE_ENTRY, title_of
from refseries.model import Splat

MAX_SPLATS = 500
"""Different splats of one boot that are kept."""
MAX_LINES = 400
"""Lines of one splat that are kept."""
_MAX_CALLERS = 64
"""Callers whose lines are told apart."""


_TRACE_HEAD = re.compile(
    r"(?:Call [Tt]race:|Backtrace:|  ?backtrace(?: \(crc [0-9a-f]+\))?:|.*leaked reference\.)\s*$"
)
# x86 shows within a trace where the kernel was when the interrupt came that found a stall.
_INTERRUPTED = re.compile(r"RIP: 0010:|Code: |RSP: 0018:|R[A-Z0-9]{2}: |[FGC][SR][0-9]?:  ?|PKRU: ")


@dataclass
class _Open:
    """A report that is being read."""

    kind: str
    end: End
    title: str
    first: ConsoleLine
    text: list[str] = field(default_factory=list)
    cut_here: bool = False
    in_trace: bool = False
    entries: int = 0

    def splat(self) -> Splat:
        """The finished value."""
        title = title_of(self.kind, self.title, self.text, cut_here=self.cut_here)
        return Splat(self.kind, title, self.first.case, "\n".join(self.text))

    def take(self, text: str) -> bool:
        """Add a line; False when the report ended, with this line or before it."""
        if self.end is End.CALL_TRACE and self._behind_trace(text):
            return False
        self.text.append(text)
        if self.end is End.LINE or len(self.text) >= MAX_LINES:
            return False
        if self.end is End.UBSAN:
            mark = End.TRACE_MARK if self.cut_here else End.DOUBLE_LINE
            return not text.startswith(mark.value)
        return self.end is End.CALL_TRACE or not text.startswith(self.end.value)

    def goes_on_with(self, text: str) -> bool:
        """Whether this line, which would begin a report, or does so behind a cut, belongs here."""
        if self.end is End.CALL_TRACE:
            return any(first.match(self.title) and then.match(text) for first, then in SEQUELS)
        if self.title.startswith("CFI failure"):
            return bool(DYING.match(text) or WARNING.match(text))
        if self.title.startswith("UBSAN") and self.text[-1] == self.title:
            return bool(DYING.match(text))  # with CONFIG_UBSAN_TRAP
        return self.kind in ("oops", "bug") and bool(DYING.match(text))

    def _behind_trace(self, text: str) -> bool:
        if self.kind == "stall" and self.in_trace and _INTERRUPTED.match(text):
            return False
        if _TRACE_HEAD.match(text):
            self.in_trace = True
        elif self.in_trace and TRACE_ENTRY.match(text):
            self.entries += 1
        return self.entries > 0 and not TRACE_ENTRY.match(text)


class _Reader:
    """Reads what one caller printed: one report after the other.

    Args:
        keep: told each report when it is over.
    """

    def __init__(self, keep: Callable[[_Open], None]) -> None:
        self._keep = keep
        self.open: _Open | None = None
        self._cut: ConsoleLine | None = None
        self._owed: list[ConsoleLine] = []

    @property
    def idle(self) -> bool:
        """Whether nothing is begun that a later line could belong to."""
        return self.open is None and self._cut is None and not self._owed

    def close(self) -> None:
        """The report that is open is over."""
        if self.open is not None:
            self._keep(self.open)
        self.open = None

    def end(self) -> None:
        """Nothing that began so far goes on."""
        if self._cut is not None:
            self._behind_cut(ConsoleLine(""))
        self.close()
        for cut in self._owed:
            self._keep(_Open("warning", End.TRACE_MARK, "", cut, [cut.text]))
        self._owed.clear()

    def take(self, line: ConsoleLine) -> None:
        """Read a line."""
        if line.text.endswith(CUT):
            if self._cut is not None:  # two processors complain at once
                self._owed.append(self._cut)
            self._cut = line
            return
        if self._cut is None or not self._behind_cut(line):
            self._maybe_start(line)
        self.add(line)

    def add(self, line: ConsoleLine) -> None:
        """Add a line that begins no report to the one that is open."""
        if self.open is not None and not self.open.take(line.text):
            self.close()

    def _behind_cut(self, line: ConsoleLine) -> bool:
        """What follows a cut says whether a report began there or the one before goes on (True)."""
        cut, self._cut = self._cut, None
        assert cut is not None
        joined = self.open is not None and self.open.goes_on_with(line.text)
        if self.open is not None and joined:
            self.open.end = End.TRACE_MARK
        else:
            self.close()
            self.open = _Open("warning", End.TRACE_MARK, "", cut, cut_here=True)
        self.add(cut)
        return joined

    def _maybe_start(self, line: ConsoleLine) -> None:
        found = begins(line.text)
        if found is None:
            return
        kind, end = found
        current = self.open
        cuts = end in (End.TRACE_MARK, End.UBSAN)
        if current is not None and current.cut_here and not current.title:
            if cuts:
                current.kind, current.end, current.title = kind, end, line.text
                return
            if len(current.text) == 1:
                if end in (End.CALL_TRACE, End.LINE):
                    return  # what WARN() was told to say
                self._owed.append(current.first)
                self.open = None
        elif current is not None and current.goes_on_with(line.text):
            current.end = End.TRACE_MARK
            return
        self.close()
        self.open = _Open(kind, end, line.text, line)
        if cuts and self._owed:
            self.open.cut_here = True
            self.open.text.append(self._owed.pop(0).text)


class _Finder:
    """Goes over a console once and collects what it finds.

    Where the kernel says who prints, reports of two processors are told apart line by line.
    """

    def __init__(self) -> None:
        self.found: dict[tuple[str, str | None], Splat] = {}
        self._readers: dict[str, _Reader] = {}

    def _keep(self, report: _Open) -> None:
        if len(self.found) < MAX_SPLATS:
            splat = report.splat()
            self.found.setdefault((splat.title, splat.case), splat)

    def take(self, line: ConsoleLine) -> None:
        """Read a line."""
        if line.mark:
            # Lines of another processor may follow, but none that begins a report.
            self.end()
            return
        caller = line.caller if len(self._readers) < _MAX_CALLERS else ""
        reader = self._readers.setdefault(caller, _Reader(self._keep))
        was_idle = reader.idle
        reader.take(line)
        if not reader.idle:
            return
        del self._readers[caller]
        for other in list(self._readers.values()):
            # A stalled processor is asked to show what it does: its lines belong to the report of
            # the one that found the stall, unless they belong to a report of its own.
            if was_idle and other.open is not None and other.open.kind == "stall":
                other.add(line)

    def end(self) -> None:
        """All that was begun is over."""
        for reader in self._readers.values():
            reader.end()
        self._readers.clear()


def find(
    console: str | Iterable[str], marks: Sequence[CaseMarks] | None = None
) -> tuple[Splat, ...]:
    """All splats of a console in the order in which they end; of equal ones in a case, the first.

    Args:
        console: its text, or its lines one by one (an open file).
        marks: the cases that init started; None: what looks like a mark is one.
    """
    finder = _Finder()
    for line in lines(console, marks):
        finder.take(line)
    finder.end()
    return tuple(finder.found.values())


def new(splats: Iterable[Splat], known: Iterable[Splat]) -> tuple[Splat, ...]:
    """Those of ``splats`` whose title no splat of ``known`` has (those of base, say)."""
    titles = {splat.title for splat in known}
    return tuple(splat for splat in splats if splat.title not in titles)
