# SPDX-License-Identifier: GPL-2.0-or-later
"""Finding the kernel's complaints on an arm64 console.

A splat is charged to the test case that ran when it began. Its title is made such that the same
complaint has the same title in another boot and in another version of the series: what moves from
boot to boot (time, CPU, process, address) and from build to build (line, offset, size) is left out.
The wording comes from the kernel's sources: kernel/panic.c, lib/bug.c, arch/arm64/kernel/traps.c,
arch/arm64/mm/fault.c, kernel/locking/lockdep.c, kernel/rcu/tree_stall.h, mm/kasan/report.c, …
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from refseries.guest.console import Line, lines
from refseries.model import Splat

MAX_SPLATS = 500
"""Different splats of one boot that are kept."""
MAX_LINES = 400
"""Lines of one splat that are kept."""


class _End(Enum):
    """How the end of a report is known."""

    TRACE_MARK = "---[ end trace"
    DOUBLE_LINE = "===="
    PANIC_MARK = "---[ end Kernel panic"
    CALL_TRACE = "the first line behind its call trace"
    LINE = "one line"


# A subsystem's name may stand before it ("rcu: INFO: ...", "watchdog: BUG: ...").
_WHO = r"(?:[A-Za-z][\w.-]{0,30}: )?"
_LOCKDEP = (
    r"possible |inconsistent lock|suspicious RCU|bad unlock|bad contention|held lock|lock held"
    r"|Nested lock|nested lock|chain_key|.{0,40}lock order detected|.{0,40}lock inversion"
    r"|.{0,40}locks still held"
)
_STARTS: tuple[tuple[str, _End, re.Pattern[str]], ...] = tuple(
    (kind, end, re.compile(pattern))
    for kind, end, pattern in (
        ("panic", _End.PANIC_MARK, r"Kernel panic - not syncing"),
        ("oops", _End.TRACE_MARK, r"Unable to handle kernel .* at virtual address"),
        ("oops", _End.TRACE_MARK, r"Internal error: |SError Interrupt on CPU|Bad mode in "),
        ("oops", _End.TRACE_MARK, r"Insufficient stack space to handle exception"),
        ("bug", _End.TRACE_MARK, r"[kK]ernel BUG at "),
        ("kasan", _End.DOUBLE_LINE, rf"{_WHO}BUG: (?:KASAN|KCSAN|KFENCE|KMSAN): "),
        ("lockdep", _End.CALL_TRACE, rf"WARNING: (?:{_LOCKDEP})"),
        ("lockdep", _End.CALL_TRACE, r"\[ BUG: |INFO: trying to register non-static key"),
        ("lockdep", _End.CALL_TRACE, r"BUG: (?:MAX_\w+ too low|key .* has not been registered)"),
        ("stall", _End.CALL_TRACE, rf"{_WHO}BUG: (?:soft lockup|workqueue lockup)"),
        ("stall", _End.CALL_TRACE, rf"{_WHO}INFO: rcu\w* (?:self-)?detected"),
        ("hung-task", _End.CALL_TRACE, rf"{_WHO}INFO: task .* blocked for more than"),
        ("leak", _End.CALL_TRACE, rf"{_WHO}unreferenced object 0x"),
        ("leak", _End.LINE, rf"{_WHO}[0-9]+ new suspected memory leaks"),
        ("warning", _End.TRACE_MARK, r"UBSAN: |WARNING: CPU: "),
        ("warning", _End.CALL_TRACE, r"WARNING: "),
        ("bug", _End.CALL_TRACE, rf"{_WHO}BUG: |BUG \S+ \([^)]*\): |list_(?:add|del) corruption"),
    )
)
# A line without one of these words begins no report: looked for first, as most lines have none.
_WORTH_A_LOOK = re.compile(
    r"BUG|WARNING: |INFO: |Kernel panic|Unable to handle|Internal error|SError|Bad mode"
    r"|Insufficient stack|UBSAN|unreferenced|suspected|corruption"
)
_CUT = "------------[ cut here ]------------"
_TRACE_HEAD = re.compile(r"(?:Call trace:|  ?backtrace(?: \(crc [0-9a-f]+\))?:)\s*$")
_TRACE_ENTRY = re.compile(r"\s+(?:\[<[0-9a-f]+>\] )?([A-Za-z_][\w.]*)\+0x")
_ALLOCATOR = re.compile(r"(?:__)?(?:kmem|kmalloc|kzalloc|krealloc|vmalloc|slab|alloc_|kvmalloc)")
_PC = re.compile(r"pc : ([A-Za-z_][\w.]*)\+0x")
_LOCK = re.compile(r"\(([^(){}]{1,80})\)\{")
_RCU_USAGE = re.compile(r"([\w/.-]+\.[chS]):[0-9]+ suspicious ")

_MOVING = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\+0x[0-9a-f]+(?:/0x[0-9a-f]+)?", ""),  # offset and size
        (r"\.(?:isra|constprop|part|cold|llvm)(?:\.[0-9]+)*", ""),  # what the compiler cloned
        (r"\bCPU: [0-9]+ PID: [0-9]+ (?:UID: [0-9]+ )?(?:at )?", ""),
        (r"(?<=\.[chS]):[0-9]+", ""),  # line: moves with every patch to the file
        (r"\[#[0-9]+\].*", ""),  # how many oopses before, and flags of the config
        (r"\b(?:pfn|pte|pmd|mm|val|order):\S+", ""),
        (r" \((?:Not tainted|Tainted: [^)]*)\)", ""),
        (r"(?<=[\w>\]])(?:[:/]u?[0-9]+)+(?:/0x[0-9a-f]+)?(?!\w)", ""),  # process, worker
        (r"\b0x[0-9a-f]+", "0x"),
        (r"(?<![\w.-])(?=[0-9a-f]*[0-9])[0-9a-f]{8,}(?![\w-])", ""),  # bare address
        (r"(?<=CPU)[# ]?[0-9]+", ""),
        (r"(?<![\w.-])[0-9]+(?=s?\b)(?![\w-]*-)", "N"),
        (r"\s+", " "),
    )
)


def normalise(text: str) -> str:
    """``text`` without what differs between boots and builds of the same code."""
    for pattern, replacement in _MOVING:
        text = pattern.sub(replacement, text)
    return text.strip(" :!")


@dataclass
class _Open:
    """A report that is being read."""

    kind: str
    end: _End
    title: str
    case: str | None
    text: list[str] = field(default_factory=list)
    cut_here: bool = False
    in_trace: bool = False
    entries: int = 0

    def splat(self) -> Splat:
        """The finished value."""
        what = normalise(self.title or "cut here") + self._place()
        return Splat(self.kind, what, self.case, "\n".join(self.text))

    def _place(self) -> str:
        """What tells two reports of the same wording apart: message, function, lock or file."""
        if self.kind == "warning" and self.cut_here:
            said = self.text[1] if len(self.text) > 1 else ""
            return f": {normalise(said)}" if said and said != self.title else ""
        if self.kind in ("oops", "bug"):
            return self._first(_PC, " in ")
        if self.kind == "lockdep":
            return self._first(_RCU_USAGE, ": ") or self._first(_LOCK, ": ")
        if self.kind == "leak":
            names = [m.group(1) for m in map(_TRACE_ENTRY.match, self.text) if m]
            return next((f" in {normalise(n)}" for n in names if not _ALLOCATOR.match(n)), "")
        return ""

    def _first(self, pattern: re.Pattern[str], before: str) -> str:
        found = next((m for m in map(pattern.search, self.text) if m), None)
        return before + normalise(found.group(1)) if found else ""

    def take(self, text: str) -> bool:
        """Add a line; False when the report ended, with this line or before it."""
        if self.end is _End.CALL_TRACE and self._behind_trace(text):
            return False
        self.text.append(text)
        if self.end is _End.LINE or len(self.text) >= MAX_LINES:
            return False
        return self.end is _End.CALL_TRACE or not text.startswith(self.end.value)

    def _behind_trace(self, text: str) -> bool:
        if _TRACE_HEAD.match(text):
            self.in_trace = True
        elif self.in_trace and _TRACE_ENTRY.match(text):
            self.entries += 1
        return self.entries > 0 and not _TRACE_ENTRY.match(text)


class _Finder:
    """Goes over a console once and collects what it finds."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str | None], Splat] = {}
        self.open: _Open | None = None

    def close(self) -> None:
        if self.open is not None and len(self.found) < MAX_SPLATS:
            splat = self.open.splat()
            self.found.setdefault((splat.title, splat.case), splat)
        self.open = None

    def take(self, line: Line) -> None:
        if line.mark:
            # Lines of another processor may follow, but none that begins a report.
            self.close()
            return
        if line.text.endswith(_CUT):
            self.close()
            self.open = _Open("warning", _End.TRACE_MARK, "", line.case, cut_here=True)
        else:
            self._maybe_start(line)
        if self.open is not None and not self.open.take(line.text):
            self.close()

    def _maybe_start(self, line: Line) -> None:
        if not _WORTH_A_LOOK.search(line.text):
            return
        found = next((start for start in _STARTS if start[2].match(line.text)), None)
        if found is None:
            return
        kind, end, _ = found
        current = self.open
        if current is not None and current.cut_here and not current.title:
            if end is _End.TRACE_MARK:
                current.kind, current.title = kind, line.text
                return
        elif current is not None and kind != "panic" and current.end is not _End.CALL_TRACE:
            return  # part of the report that is open
        self.close()
        self.open = _Open(kind, end, line.text, line.case)


def find(console: str | Iterable[str]) -> tuple[Splat, ...]:
    """All splats of a console in their order; of equal ones in the same case, the first.

    Args:
        console: its text, or its lines one by one (an open file).
    """
    finder = _Finder()
    for line in lines(console):
        finder.take(line)
    finder.close()
    return tuple(finder.found.values())


def new(splats: Iterable[Splat], known: Iterable[Splat]) -> tuple[Splat, ...]:
    """Those of ``splats`` whose title no splat of ``known`` has (those of base, say)."""
    titles = {splat.title for splat in known}
    return tuple(splat for splat in splats if splat.title not in titles)
