# SPDX-License-Identifier: GPL-2.0-or-later
"""Finding the kernel's complaints on a console of arm64, arm, x86_64 or RISC-V, from Linux 6.1 on.

A splat is charged to the test case that ran when it began. Its title is made such that the same
complaint has the same title in another boot and in another version of the series: what moves from
boot to boot (time, CPU, process, address) and from build to build (line, offset, size) is left out.
The wording comes from the kernel's sources: kernel/panic.c, lib/bug.c, traps.c and fault.c of each
architecture, kernel/locking/lockdep.c, kernel/rcu/tree_stall.h, mm/kasan/report.c, …
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from refseries.guest.console import ConsoleLine, lines
from refseries.guest.results import CaseMarks
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
    UBSAN = "a double line; behind a cut, an end mark"
    LINE = "one line"


# A subsystem's name may stand before it ("rcu: INFO: ...", "watchdog: BUG: ...").
_WHO = r"(?:[A-Za-z][\w. -]{0,30}: )?"
_LOCKDEP = (
    r"possible |inconsistent lock|suspicious RCU|bad unlock|bad contention|held lock|lock held"
    r"|Nested lock|nested lock|chain_key|.{0,40}lock order detected|.{0,40}lock inversion"
    r"|.{0,40}still has locks held"
)
# How die() says it on arm64 and arm; x86_64; RISC-V. A report that is open goes on with it.
_DIES = r"Internal error: |.{1,120}: [0-9a-f]{4} \[#[0-9]+\]|.{1,60} \[#[0-9]+\]$"
# WARN() to 6.18, and from 6.19 on.
_WARNS = r"WARNING: (?:CPU: |(?:.* )?at \S+(?: \[\w+\])?, CPU#)"
_STARTS: tuple[tuple[str, _End, re.Pattern[str]], ...] = tuple(
    (kind, end, re.compile(pattern))
    for kind, end, pattern in (
        ("panic", _End.PANIC_MARK, r"Kernel panic - not syncing"),
        ("oops", _End.TRACE_MARK, r"Unable to handle kernel .* at virtual address"),
        ("oops", _End.TRACE_MARK, r"SError Interrupt on CPU|Bad mode in |Unhandled .* on CPU"),
        ("oops", _End.TRACE_MARK, r"Unhandled (?:fault|prefetch abort): "),
        ("oops", _End.TRACE_MARK, r"Insufficient stack space to handle exception"),
        ("oops", _End.TRACE_MARK, r"BUG: (?:kernel NULL|unable to handle |\S+ stack guard page)"),
        ("oops", _End.TRACE_MARK, rf"{_WHO}PANIC: (?:double fault|early exception)"),
        ("oops", _End.TRACE_MARK, _DIES),
        ("bug", _End.TRACE_MARK, r"[kK]ernel BUG at |CFI failure at "),
        ("kasan", _End.DOUBLE_LINE, rf"{_WHO}BUG: (?:KASAN|KCSAN|KFENCE|KMSAN): "),
        ("lockdep", _End.CALL_TRACE, rf"WARNING: (?:{_LOCKDEP})"),
        ("lockdep", _End.CALL_TRACE, r"\[ BUG: |INFO: trying to register non-static key"),
        ("lockdep", _End.CALL_TRACE, r"BUG: (?:MAX_\w+ too low|key .* has not been registered)"),
        ("stall", _End.CALL_TRACE, rf"{_WHO}BUG: (?:soft lockup|workqueue lockup)"),
        ("stall", _End.CALL_TRACE, r".{0,40}\bhard LOCKUP on "),
        ("stall", _End.CALL_TRACE, rf"{_WHO}INFO: rcu\w* (?:self-)?detected"),
        ("stall", _End.CALL_TRACE, rf"{_WHO}Detected non-responsive CSD lock"),
        ("stall", _End.CALL_TRACE, r"sched: CPU [0-9]+ need_resched set for"),
        ("hung-task", _End.CALL_TRACE, rf"{_WHO}INFO: task .* blocked (?:in .* )?for more than"),
        ("leak", _End.CALL_TRACE, rf"{_WHO}unreferenced object 0x"),
        ("leak", _End.LINE, rf"{_WHO}[0-9]+ new suspected memory leaks"),
        ("warning", _End.TRACE_MARK, _WARNS),
        ("warning", _End.UBSAN, r"UBSAN: "),
        ("warning", _End.CALL_TRACE, r"WARNING: |unchecked MSR access error: |Division by zero"),
        ("warning", _End.CALL_TRACE, r"irq [0-9]+: nobody cared|.*something is seriously wrong"),
        ("warning", _End.CALL_TRACE, rf"{_WHO}cannot create duplicate filename"),
        ("bug", _End.LINE, r"BUG: (?:Bad rss-counter|non-zero pgtables_bytes)"),
        ("bug", _End.LINE, r"[\w/.-]{1,60}\.[ch]:[0-9]+: bad (?:pgd|p4d|pud|pmd|pte)\b"),
        ("bug", _End.LINE, rf"{_WHO}(?:Bad|Unused) swap (?:file|offset) entry"),
        ("bug", _End.LINE, r"huh, entered softirq"),
        ("bug", _End.CALL_TRACE, rf"{_WHO}pagealloc: (?:memory corruption|single bit error)"),
        ("bug", _End.CALL_TRACE, rf"{_WHO}BUG: |BUG .{{1,60}} \([^)]*\): "),
        ("bug", _End.CALL_TRACE, r"list_(?:add|del) corruption|detected buffer overflow"),
        ("bug", _End.CALL_TRACE, rf"{_WHO}Kernel memory \w+ attempt detected"),
    )
)  # fmt: skip
# A line without one of these words begins no report: looked for first, as most lines have none.
_WORTH_A_LOOK = re.compile(
    r"BUG|WARNING: |INFO: |Kernel panic|Unable to handle|Internal error|SError|Bad mode"
    r"|Insufficient stack|UBSAN|unreferenced|suspected|corruption|LOCKUP|\[#[0-9]|Unhandled|PANIC"
    r"|CFI failure|CSD lock|need_resched|MSR access|Division|nobody cared|seriously|duplicate file"
    r"|: bad p|swap|huh, |pagealloc|Kernel memory|overflow"
)
_CUT = "------------[ cut here ]------------"
# What is said before BUG() or WARN() cuts belongs to it: the first line, the place behind the cut.
_SEQUELS = tuple(
    (re.compile(first), re.compile(rf"(?:kernel BUG at|WARNING: ).*{place}"))
    for first, place in (
        (r"list_(?:add|del) corruption", r"lib/list_debug\.c"),
        (r".*Kernel memory \w+ attempt", r"mm/usercopy\.c"),
        (r"detected buffer overflow", r"lib/string"),
        (r"BUG .{1,60} \([^)]*\): ", r"mm/slub\.c"),
    )
)
_DYING = re.compile(_DIES)
_WARNING = re.compile(_WARNS)
_TRACE_HEAD = re.compile(r"(?:Call [Tt]race:|Backtrace:|  ?backtrace(?: \(crc [0-9a-f]+\))?:)\s*$")
_TRACE_ENTRY = re.compile(
    r"(?:\s+|(?=\[<))(?:\[<[0-9a-f]+>\] )?(?:(?P<guess>\? )?(?:[\w.]+ from )?"
    r"(?P<name>[A-Za-z_][\w.]*)\+0x|(?:\? )?0x[0-9a-f]+$|</?[A-Z]+[ \w]*>$)"
)
_ALLOCATOR = re.compile(r"(?:__)?(?:kmem|kmalloc|kzalloc|krealloc|vmalloc|slab|alloc_|kvmalloc)")
# Functions that a trace begins with whatever is the matter: those that print it, wait or check.
_COMMON = re.compile(
    r"dump_|show_|unwind|walk_stackframe|print_|__might_|___might|check_preempt|debug_smp|__?schedule"
    r"|schedule|__switch|io_schedule|preempt_sch|mutex_lock|__mutex|rwsem_|down_|__down|wait_for_c"
    r"|__wait_for|bad_page|ubsan_|__ubsan|handle_overflow|spin_|do_raw_|_raw_|warn_slow|__warn"
    r"|check_bytes|check_object|object_err|slab_|__slab_|on_freelist|free_to_p|free_debug"
)
_PC = re.compile(r"(?:pc : |PC is at |RIP: [0-9a-f]{4}:|EIP: |epc : )([A-Za-z_][\w.]*)\+0x")
# x86 shows within a trace where the kernel was when the interrupt came that found a stall.
_INTERRUPTED = re.compile(r"RIP: 0010:|Code: |RSP: 0018:|R[A-Z0-9]{2}: |[FGC][SR][0-9]?:  ?|PKRU: ")
_LOCK = re.compile(r"\(([^(){}]{1,80})\)\{")
_RCU_USAGE = re.compile(r"([\w/.-]+\.[chS]):[0-9]+ suspicious ")
_DUMPED = re.compile(r"page dumped because: (.+)$")
_CALLER = re.compile(r"caller is ([A-Za-z_][\w.]*)\+0x")
_WORKER = re.compile(r"(?:last function: |workfn=)([A-Za-z_][\w.]*)")
# What stands behind a warning that has no message of its own.
_NO_MESSAGE = re.compile(
    r"Modules linked in:|CPU: |Hardware name|Call [Tt]race|Backtrace|[RE]IP: |e?pc : |PC is|---"
)

_MOVING = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # The condition (CONFIG_DEBUG_BUGVERBOSE_DETAILED) and who ran: both may hold anything.
        (r"^WARNING: (?:\[.*\] )?((?:\S+:[0-9]+ )?)at (\S+)(?: .*)?, CPU#.*", r"WARNING: \1\2"),
        (r"^((?:\w+: )*)INFO: task .* (blocked )", r"\1INFO: task \2"),
        (r"^(WARNING|\[ BUG): .*/[0-9]+ (still has locks held)", r"\1: \2"),
        (r"^(BUG: (?:Bad page \w+|[Bb]ad page \w+ \w+)) in process .*", r"\1"),
        (r"(BUG: scheduling (?:while atomic|in a non-blocking section)): .*", r"\1"),
        (r"(BUG: workqueue leaked [^:]*): .*", r"\1"),
        (r"(BUG: (?:soft|workqueue) lockup) - .*", r"\1"),
        (r"(?:CPU[0-9]+: )?(Watchdog detected hard LOCKUP) on .*", r"\1"),
        (r"(BUG: (?:spin|rw)lock .*?) on CPU#.*", r"\1"),
        (r"( in preemptible) \[[0-9a-f]+\] code: .*", r"\1 code"),
        (r"(detected expedited stalls) on .*", r"\1"),
        (r"(Detected non-responsive CSD lock) .*", r"\1"),
        (r"(\bswap \w+ entry) [0-9a-f]+", r"\1"),
        (r"(: bad (?:pgd|p4d|pud|pmd|pte)\b).*", r"\1"),
        (r"^(CFI failure at \S+).*", r"\1"),
        (r"^(WARNING: CPU: .*) \[\w+\]$", r"\1"),  # the module
        (r" Comm:.* Pid:[0-9]+$", ""),
        (r"(?:,| for) address: [0-9a-f]+$", ""),
        (r"( stack guard page was hit) at .*", r"\1"),
        (r"\+0x[0-9a-f]+(?:/0x[0-9a-f]+)?", ""),  # offset and size
        (r"\.(?:isra|constprop|part|cold|llvm)(?:\.[0-9]+)*", ""),  # what the compiler cloned
        (r"\bCPU: [0-9]+ PID: [0-9]+ (?:UID: [0-9]+ )?(?:at )?", ""),
        (r"(?<=\.[chS]):[0-9]+", ""),  # line: moves with every patch to the file
        (r"(?:: [0-9a-f]{4})? \[#[0-9]+\].*", ""),  # how many oopses before, and the config
        (r"\b(?:pfn|pte|pmd|mm|val|order):\S+", ""),
        (r" \((?:Not tainted|Tainted: [^)]*)\)", ""),
        (r"(?<=[\w>\]])(?:[:/]u?[0-9]+)+(?:/0x[0-9a-f]+)?(?!\w)", ""),  # process, worker
        (r"\b0x[0-9a-f]+", "0x"),
        (r"(?<![\w.-])(?:(?=[0-9a-f]*[0-9])[0-9a-f]{8,}|[0-9a-f]{16})(?!\w|-(?!>))", ""),  # address
        (r"(?<=CPU)[# ]?[0-9]+", ""),
        (r"(?<=\w)#[0-9]+\b", ""),  # which lock of that name came how late
        (r"(?<![\w.-])[0-9]+(?=s?\b)(?![\w-]*-)", "N"),
        (r"\s+", " "),
    )
)  # fmt: skip


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
        if self.title.startswith("UBSAN"):
            return self._caller()
        if self.kind == "warning" and self.cut_here:
            return self._message()
        if self.title.startswith("CFI failure"):
            return ""
        if self.kind in ("oops", "bug"):
            return (
                self._first(_PC, " in ")
                or self._first(_DUMPED, ": ")
                or self._first(_CALLER, " in ")
                or self._first(_WORKER, " in ")
                or self._caller()
            )
        if self.kind == "lockdep":
            return self._first(_RCU_USAGE, ": ") or self._first(_LOCK, ": ")
        if self.kind == "stall":
            return self._first(_PC, " in ") or self._caller()
        if self.kind == "hung-task":
            return self._caller()
        if self.kind == "leak":
            names = [m.group("name") for m in map(_TRACE_ENTRY.match, self.text) if m]
            return next((f" in {normalise(n)}" for n in names if n and not _ALLOCATOR.match(n)), "")
        return ""

    def _message(self) -> str:
        """What WARN() was told to say: before its line, or behind it (warn_slowpath_fmt())."""
        at = self.text.index(self.title) if self.title in self.text else len(self.text)
        said = self.text[1] if at > 1 else "".join(self.text[at + 1 : at + 2])
        shown = normalise(said)
        return f": {shown}" if shown and not _NO_MESSAGE.match(said) else ""

    def _caller(self) -> str:
        """The first function of the call trace that says something about what went wrong."""
        for entry in map(_TRACE_ENTRY.match, self.text):
            name = entry["name"] if entry and not entry["guess"] else None
            if name and not _COMMON.match(name) and not _ALLOCATOR.match(name):
                return f" in {normalise(name)}"
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
        if self.end is _End.UBSAN:
            mark = _End.TRACE_MARK if self.cut_here else _End.DOUBLE_LINE
            return not text.startswith(mark.value)
        return self.end is _End.CALL_TRACE or not text.startswith(self.end.value)

    def goes_on_with(self, text: str) -> bool:
        """Whether this line, which would begin a report, or does so behind a cut, belongs here."""
        if self.end is _End.CALL_TRACE:
            return any(first.match(self.title) and then.match(text) for first, then in _SEQUELS)
        if self.title.startswith("CFI failure"):
            return bool(_DYING.match(text) or _WARNING.match(text))
        if self.title.startswith("UBSAN") and self.text[-1] == self.title:
            return bool(_DYING.match(text))  # with CONFIG_UBSAN_TRAP
        return self.kind in ("oops", "bug") and bool(_DYING.match(text))

    def _behind_trace(self, text: str) -> bool:
        if self.kind == "stall" and self.in_trace and _INTERRUPTED.match(text):
            return False
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
        self.cut: ConsoleLine | None = None

    def close(self) -> None:
        if self.open is not None and len(self.found) < MAX_SPLATS:
            splat = self.open.splat()
            self.found.setdefault((splat.title, splat.case), splat)
        self.open = None

    def take(self, line: ConsoleLine) -> None:
        joined = self.cut is not None and self._behind_cut(line)
        if line.mark:
            # Lines of another processor may follow, but none that begins a report.
            self.close()
        elif line.text.endswith(_CUT):
            self.cut = line
        else:
            if not joined:
                self._maybe_start(line)
            self._add(line)

    def finish(self) -> None:
        """The console is over."""
        if self.cut is not None:
            self._behind_cut(ConsoleLine(""))
        self.close()

    def _behind_cut(self, line: ConsoleLine) -> bool:
        """What follows a cut says whether a report began there or the one before goes on (True)."""
        cut, self.cut = self.cut, None
        assert cut is not None
        joined = self.open is not None and self.open.goes_on_with(line.text)
        if self.open is not None and joined:
            self.open.end = _End.TRACE_MARK
        else:
            self.close()
            self.open = _Open("warning", _End.TRACE_MARK, "", cut.case, cut_here=True)
        self._add(cut)
        return joined

    def _add(self, line: ConsoleLine) -> None:
        if self.open is not None and not self.open.take(line.text):
            self.close()

    def _maybe_start(self, line: ConsoleLine) -> None:
        if not _WORTH_A_LOOK.search(line.text):
            return
        found = next((start for start in _STARTS if start[2].match(line.text)), None)
        if found is None:
            return
        kind, end, _ = found
        current = self.open
        if current is not None and current.cut_here and not current.title:
            if end in (_End.TRACE_MARK, _End.UBSAN):
                current.kind, current.end, current.title = kind, end, line.text
                return
            if end in (_End.CALL_TRACE, _End.LINE) and len(current.text) == 1:
                return  # what WARN() was told to say
        elif current is not None and current.goes_on_with(line.text):
            current.end = _End.TRACE_MARK
            return
        self.close()
        self.open = _Open(kind, end, line.text, line.case)


def find(
    console: str | Iterable[str], marks: Sequence[CaseMarks] | None = None
) -> tuple[Splat, ...]:
    """All splats of a console in their order; of equal ones in the same case, the first.

    Args:
        console: its text, or its lines one by one (an open file).
        marks: the cases that init started; None: what looks like a mark is one.
    """
    finder = _Finder()
    for line in lines(console, marks):
        finder.take(line)
    finder.finish()
    return tuple(finder.found.values())


def new(splats: Iterable[Splat], known: Iterable[Splat]) -> tuple[Splat, ...]:
    """Those of ``splats`` whose title no splat of ``known`` has (those of base, say)."""
    titles = {splat.title for splat in known}
    return tuple(splat for splat in splats if splat.title not in titles)
