# SPDX-License-Identifier: GPL-2.0-or-later
"""Finding the kernel's complaints on a console of arm64, arm, x86_64 or RISC-V, from Linux 6.1 on.

A splat is charged to the test case that ran when it began. Its title is made such that the same
complaint has the same title in another boot and in another version of the series: what moves from
boot to boot (time, CPU, process, address) and from build to build (line, offset, size) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from refseries.guest.console import ConsoleLine, lines
from refseries.guest.results import CaseMarks
from refseries.guest.splat_starts import CUT, DYING, SEQUELS, STARTS, WARNING, WORTH_A_LOOK, End
from refseries.model import Splat

MAX_SPLATS = 500
"""Different splats of one boot that are kept."""
MAX_LINES = 400
"""Lines of one splat that are kept."""
_MAX_CALLERS = 64
"""Callers whose lines are told apart."""


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
    r"|_{0,2}(?:kasan|asan|hwasan|kmsan|msan|kfence|kcsan|tsan)_|check_region|end_report"
    r"|(?:__)?(?:refcount|list|fortify|debug_object|usercopy|check_heap)_|__check_object_size"
    r"|_{0,2}(?:pi_|arch_)?(?:mem(?:cpy|set|move|cmp|chr)|str(?:n?len|n?cmp|n?cpy|lcpy|scpy|r?chr"
    r"|str))(?:_\w+)?$|_{0,2}copy_(?:to|from|page)|clear_page|rep_(?:movs|stos)"
)
# Where the kernel checks what others do: the function that complains says nothing.
_CHECKS = re.compile(
    r"(?:WARNING|[kK]ernel BUG at).*? ?(?<![\w/])(?:lib/|kernel/locking/|kernel/softirq\.c"
    r"|mm/(?:slub|slab_common|page_alloc|usercopy)\.c)"
)
_IN = re.compile(r" in ([A-Za-z_][\w.]*)\+0x")
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
        (r"^(WARNING: kernel stack .*?) in .*:[0-9]+ (has bad )", r"\1 \2"),
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
    end: End
    title: str
    first: ConsoleLine
    text: list[str] = field(default_factory=list)
    cut_here: bool = False
    in_trace: bool = False
    entries: int = 0

    def splat(self) -> Splat:
        """The finished value."""
        what = normalise(self.title or "cut here") + self._place()
        return Splat(self.kind, what, self.first.case, "\n".join(self.text))

    def _place(self) -> str:
        """What tells two reports of the same wording apart: message, function, lock or file."""
        if self.title.startswith("UBSAN"):
            return self._caller()
        if self.kind == "warning":
            said = self._message() if self.cut_here else ""
            return said + (self._caller() if _CHECKS.match(self.title) else "")
        if self.kind == "kasan":
            found = _IN.search(self.title)
            return self._caller() if found and _COMMON.match(found[1]) else ""
        if self.title.startswith("CFI failure"):
            return ""
        if self.kind in ("oops", "bug"):
            return (
                self._pc()
                or self._first(_DUMPED, ": ")
                or self._first(_CALLER, " in ")
                or self._first(_WORKER, " in ")
                or self._caller()
            )
        if self.kind == "lockdep":
            return self._first(_RCU_USAGE, ": ") or self._locks()
        if self.kind == "stall":
            return self._pc() or self._caller()
        if self.kind == "hung-task":
            return self._caller()
        if self.kind == "leak":
            names = [m.group("name") for m in map(_TRACE_ENTRY.match, self.text) if m]
            return next((f" in {normalise(n)}" for n in names if n and not _ALLOCATOR.match(n)), "")
        return ""

    def _locks(self) -> str:
        """The lock in question; of a circle both, as either processor may find it."""
        found = [m[1] for m in map(_LOCK.search, self.text) if m]
        of = sorted(map(normalise, found[: 2 if "circular" in self.title else 1]))
        return f": {', '.join(dict.fromkeys(of))}" if of else ""

    def _message(self) -> str:
        """What WARN() was told to say: before its line, or behind it (warn_slowpath_fmt())."""
        at = self.text.index(self.title) if self.title in self.text else len(self.text)
        said = self.text[1] if at > 1 else "".join(self.text[at + 1 : at + 2])
        shown = normalise(said)
        return f": {shown}" if shown and not _NO_MESSAGE.match(said) else ""

    def _pc(self) -> str:
        """Where the kernel was; who called it there, where it is a function that all call."""
        found = next((m for m in map(_PC.search, self.text) if m), None)
        if found is None:
            return ""
        passed_on = _COMMON.match(found[1]) or _CHECKS.match(self.title)
        return (passed_on and self._caller()) or f" in {normalise(found[1])}"

    def _caller(self) -> str:
        """The first function of the call trace that says something about what went wrong."""
        for entry in map(_TRACE_ENTRY.match, self.text):
            name = entry["name"] if entry and not entry["guess"] else None
            if not name or f"{name}+0x" in self.title:
                continue
            if not _COMMON.match(name) and not _ALLOCATOR.match(name):
                return f" in {normalise(name)}"
        return ""

    def _first(self, pattern: re.Pattern[str], before: str) -> str:
        found = next((m for m in map(pattern.search, self.text) if m), None)
        return before + normalise(found.group(1)) if found else ""

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
        elif self.in_trace and _TRACE_ENTRY.match(text):
            self.entries += 1
        return self.entries > 0 and not _TRACE_ENTRY.match(text)


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
        if not WORTH_A_LOOK.search(line.text):
            return
        found = next((start for start in STARTS if start[2].match(line.text)), None)
        if found is None:
            return
        kind, end, _ = found
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
        foreign = reader.idle
        reader.take(line)
        if not reader.idle:
            return
        del self._readers[caller]
        for other in list(self._readers.values()):
            # What a stalled processor does is shown by itself, when it is asked to.
            if foreign and other.open is not None and other.open.kind == "stall":
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
