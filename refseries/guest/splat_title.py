# SPDX-License-Identifier: GPL-2.0-or-later
"""What a splat is called, such that the same complaint has the same title in another boot.

What moves from boot to boot (time, CPU, process, address) and from build to build (line, offset,
size) is left out; where the wording alone says too little, a function, a lock or a file is added.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

TRACE_ENTRY = re.compile(
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
    r"|netdev_rx_csum|_{0,2}skb_checksum"
)
# Where the kernel checks what others do: the function that complains says nothing.
_CHECKS = re.compile(
    r"(?:WARNING|[kK]ernel BUG at).*? ?(?<![\w/])(?:lib/|kernel/locking/|kernel/softirq\.c"
    r"|mm/(?:slub|slab_common|page_alloc|usercopy)\.c)"
)
_IN = re.compile(r" in ([A-Za-z_][\w.]*)\+0x")
_PC = re.compile(r"(?:pc : |PC is at |RIP: [0-9a-f]{4}:|EIP: |epc : )([A-Za-z_][\w.]*)\+0x")
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
        (
            r"^WARNING: (?:\[.*\] )?((?:\S+:[0-9]+ )?)at (\S+?)(?: \[\S+\])?, CPU#.*",
            r"WARNING: \1\2",
        ),
        (r"^((?:\w+: )*)INFO: task .* (blocked )", r"\1INFO: task \2"),
        (r"^.*:[0-9]+ (blocked (?:in .* )?for more than)", r"INFO: task \1"),
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
        (r"^(psi: .*?)! .*", r"\1"),
        (r"^(CFI failure at \S+).*", r"\1"),
        (r"^(WARNING: CPU: .*) \[\w+\]$", r"\1"),  # the module
        (r" Comm:.* Pid:[0-9]+$", ""),
        (r"^(.*INFO: The task) .* (has been waiting )", r"\1 \2"),
        (r"(exiting task) .* (is an active)", r"\1 \2"),
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
        # Few match, and sub() looks at its replacement first, which takes longer than to search.
        if pattern.search(text):
            text = pattern.sub(replacement, text)
    return text.strip(" :!")


def title_of(kind: str, title: str, text: Sequence[str], *, cut_here: bool) -> str:
    """The title of a splat.

    Args:
        kind: as in the table of `splat_starts`.
        title: the line that says what is wrong; empty where only a cut was seen.
        text: all lines of the report, that one included.
        cut_here: whether it began with "cut here".
    """
    return normalise(title or "cut here") + _Report(kind, title, text, cut_here).place()


@dataclass(frozen=True)
class _Report:
    """What the title is made of; the fields are those of `title_of`."""

    kind: str
    title: str
    text: Sequence[str]
    cut_here: bool

    def place(self) -> str:
        """What tells two reports of the same wording apart: message, function, lock or file."""
        if self.title.startswith("UBSAN"):
            return self._caller()
        if self.title.startswith("CFI failure") and self.kind != "warning":
            return ""
        match self.kind:
            case "warning":
                said = self._message() if self.cut_here else ""
                return said + (self._caller() if _CHECKS.match(self.title) else "")
            case "kasan":
                found = _IN.search(self.title)
                return self._caller() if found and _COMMON.match(found[1]) else ""
            case "oops" | "bug":
                return self._pc() or self._cause() or self._caller()
            case "lockdep":
                return self._first(_RCU_USAGE, ": ") or self._locks()
            case "stall":
                return self._pc() or self._caller()
            case "hung-task":
                return self._caller()
            case "leak":
                return self._allocated_by()
        return ""

    def _cause(self) -> str:
        """What a BUG says of it by itself."""
        return (
            self._first(_DUMPED, ": ")
            or self._first(_CALLER, " in ")
            or self._first(_WORKER, " in ")
        )

    def _allocated_by(self) -> str:
        names = [entry["name"] for entry in map(TRACE_ENTRY.match, self.text) if entry]
        caller = next((name for name in names if name and not _ALLOCATOR.match(name)), "")
        return f" in {normalise(caller)}" if caller else ""

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
        for entry in map(TRACE_ENTRY.match, self.text):
            name = entry["name"] if entry and not entry["guess"] else None
            if not name or f"{name}+0x" in self.title:
                continue
            if not _COMMON.match(name) and not _ALLOCATOR.match(name):
                return f" in {normalise(name)}"
        return ""

    def _first(self, pattern: re.Pattern[str], before: str) -> str:
        found = next((m for m in map(pattern.search, self.text) if m), None)
        return before + normalise(found.group(1)) if found else ""
