# SPDX-License-Identifier: GPL-2.0-or-later
"""How the kernel's complaints begin: a table of patterns; ``refseries.guest.splat`` reads by it.

The wording comes from the kernel's sources: kernel/panic.c, lib/bug.c, traps.c and fault.c of each
architecture, kernel/locking/lockdep.c, kernel/rcu/tree_stall.h, mm/kasan/report.c, …
"""

from __future__ import annotations

import re
from enum import Enum


class End(Enum):
    """How the end of a report is known."""

    TRACE_MARK = "---[ end trace"
    DOUBLE_LINE = "===="
    PANIC_MARK = "---[ end Kernel panic"
    CALL_TRACE = "the first line behind its call trace"
    UBSAN = "a double line; behind a cut, an end mark"
    LINE = "one line"


# One line of a check that has neither BUG nor WARNING in it.
_MISTAKES = (
    r"task underflow!|inconsistent task state!|Leaked \w+(?: lock)? on dev=|tree is corrupted: "
    r"|Page cache invalidation failure|Trying to free nonexistent resource"
    r"|Huge Page Reserved count may go neg|Inconsistency in POSIX message queue|BUG(?: in |, )"
    r"|CPA detected W\^X violation|bad magic number in fasync_struct|\S+ returned bad count$"
    r"|iounmap: bad address"
    r"|CPU ?[0-9]+:? (?:failed to (?:come online|start|report)|will not boot|is stuck in k"
    r"|died during early|(?:cpu )?didn't die|may not have shut down)"
    r"|sysctl (?:duplicate entry|table check failed): |exiting task .{1,40} is an active IRQ thread"
    r"|.{1,60}: attempted to be registered with NULL name"
    r"|Attempt to release (?:alive|TCP) |(?:Freeing|Destroying) alive "
)
_REFERENCE = r"ref_tracker: (?:(?:\S+ )?leaked reference|reference already released)\."
_DMA = r"(?:\((?:corrupted|bad dma)\)|already free$)"
# A subsystem's name may stand before it ("rcu: INFO: ...", "watchdog: BUG: ...").
_WHO = r"(?:[A-Za-z_][\w.() -]{0,40}: ){0,2}"
# A result of KUnit or test_bpf, and what a program logs, may name a BUG without being one.
_NOT_OURS = r"(?!\s*(?:#|(?:not )?ok [0-9]|K?TAP )|test_bpf: |[\w.@-]{1,40}\[[0-9]+\]: )"
_LOCKDEP = (
    r"possible |inconsistent lock|suspicious RCU|bad unlock|bad contention|held lock|lock held"
    r"|Nested lock|nested lock|chain_key|.{0,60}lock order detected|.{0,60}lock inversion"
    r"|.{0,40}still has locks held"
)
# How die() says it on arm64 and arm; x86_64; RISC-V. A report that is open goes on with it.
_DIES = r"Internal error: |.{1,120}: [0-9a-f]{4} \[#[0-9]+\]|.{1,60} \[#[0-9]+\]$"
_LIST = r"list_(?:add|del) (?:corruption|double add)"
# What kmemleak finds wrong with what it was told.
_LEAK_CHECK = (
    r"Cannot insert 0x|Found object by alias|[A-Z][\w ]{3,40} unknown object|Scan area larger than"
)
# Advice to the user of a mount option or of a processor; nothing went wrong.
_ADVICE = r"[Tt]he mand mount option|Unprivileged eBPF is enabled"
_WARNING = rf"WARNING: (?!{_ADVICE})"
# WARN() to 6.18, and from 6.19 on.
_WARNS = r"WARNING: (?:CPU: |(?:.* )?at \S+(?: \[\w+\])?, CPU#)"
_STARTS: tuple[tuple[str, End, str], ...] = (
    ("panic", End.PANIC_MARK, r"Kernel panic - not syncing"),
    ("oops", End.TRACE_MARK, r"Unable to handle kernel .* at virtual address"),
    ("oops", End.TRACE_MARK, r"SError Interrupt on CPU|Bad mode in |Unhandled .* on CPU"),
    ("oops", End.TRACE_MARK, r"Unhandled (?:fault|prefetch abort): "),
    ("oops", End.TRACE_MARK, r"Insufficient stack space to handle exception"),
    ("oops", End.TRACE_MARK, r"BUG: (?:kernel NULL|unable to handle |\S+ stack guard page)"),
    ("oops", End.TRACE_MARK, rf"{_WHO}PANIC: (?:double fault|early exception|invalid or)"),
    ("oops", End.TRACE_MARK, _DIES),
    ("bug", End.TRACE_MARK, r"[kK]ernel BUG at |CFI failure at "),
    ("kasan", End.DOUBLE_LINE, rf"{_WHO}BUG: (?:KASAN|KCSAN|KFENCE|KMSAN): "),
    ("lockdep", End.CALL_TRACE, rf"WARNING: (?:{_LOCKDEP})"),
    ("lockdep", End.CALL_TRACE, r"\[ BUG: |INFO: trying to register non-static key"),
    ("lockdep", End.CALL_TRACE, r"BUG: (?:MAX_\w+ too low|key .* has not been registered)"),
    ("stall", End.CALL_TRACE, rf"{_WHO}BUG: (?:soft lockup|workqueue lockup)"),
    ("stall", End.CALL_TRACE, r".{0,40}\bhard LOCKUP on "),
    ("stall", End.CALL_TRACE, rf"{_WHO}INFO: rcu\w* (?:self-)?detected"),
    ("stall", End.CALL_TRACE, rf"{_WHO}Detected non-responsive CSD lock"),
    ("stall", End.LINE, r"unregister_netdevice: waiting for |(?:.{0,80}: )?NETDEV WATCHDOG: CPU: "),
    ("stall", End.LINE, r"\w+\(\):? .{0,40}stalled pool shutdown: "),
    ("stall", End.CALL_TRACE, r"sched: CPU [0-9]+ need_resched set for"),
    ("hung-task", End.CALL_TRACE, rf"{_WHO}INFO: task .* blocked (?:in .* )?for more than"),
    ("hung-task", End.LINE, rf"{_WHO}INFO: The task .* has been waiting for at least"),
    # The rest of it, where the task's name, which is its own to choose, has a line's end.
    ("hung-task", End.CALL_TRACE, r".{0,20}:[0-9]+ blocked (?:in .* )?for more than [0-9]+ s"),
    ("leak", End.CALL_TRACE, rf"{_WHO}unreferenced object 0x"),
    ("leak", End.CALL_TRACE, rf"{_WHO}kmemleak: (?:{_LEAK_CHECK})"),
    ("leak", End.LINE, rf"{_WHO}[0-9]+ new suspected memory leaks"),
    ("warning", End.TRACE_MARK, _WARNS),
    ("warning", End.UBSAN, r"UBSAN: "),
    ("warning", End.CALL_TRACE, rf"{_WARNING}|unchecked MSR access error: |Division by zero"),
    ("warning", End.CALL_TRACE, r"irq (?:event )?[0-9]+: (?:nobody cared|bogus return value)"),
    ("warning", End.CALL_TRACE, r".*something is seriously wrong"),
    ("warning", End.CALL_TRACE, rf"{_WHO}cannot create duplicate filename"),
    ("bug", End.LINE, r"BUG: (?:Bad rss-counter|non-zero pgtables_bytes)"),
    ("bug", End.LINE, r"[\w/.-]{1,60}\.[ch]:[0-9]+: bad (?:pgd|p4d|pud|pmd|pte)\b"),
    ("bug", End.LINE, rf"{_WHO}(?:Bad|Unused) swap (?:file|offset) entry"),
    ("bug", End.LINE, rf"{_WHO}huh, entered softirq|PAGETABLE BUG #"),
    ("bug", End.CALL_TRACE, rf"{_WHO}pagealloc: (?:memory corruption|single bit error)"),
    ("bug", End.LINE, rf"{_WHO}(?:{_MISTAKES})"),
    ("bug", End.LINE, rf".{{0,80}}: (?:dma_)?pool_\w+ \S+, .*{_DMA}"),
    ("bug", End.CALL_TRACE, _REFERENCE),
    ("bug", End.CALL_TRACE, rf"{_WHO}(?:wrong timeout value|bad: scheduling from the idle)"),
    ("bug", End.CALL_TRACE, r"XFS \([^)]*\): (?:Internal err|Assertion fai|Corruption of in-)"),
    ("bug", End.LINE, rf"{_WHO}Double-freed CB |Slab corruption \("),
    ("bug", End.CALL_TRACE, rf"{_WHO}slab error in \w|(?:BUG|WARN) at \S+:[0-9]"),
    ("bug", End.CALL_TRACE, r"VFS: (?:Busy inodes after unmount|Close: file count is 0)"),
    ("bug", End.CALL_TRACE, rf"{_NOT_OURS}(?:.{{0,80}}: )?BUG: |BUG .{{1,60}} \([^)]*\): "),
    ("bug", End.CALL_TRACE, rf"{_LIST}|detected buffer overflow|\S{{1,20}}: hw csum failure$"),
    ("bug", End.CALL_TRACE, rf"{_WHO}Kernel memory \w+ attempt detected"),
)
# One pattern instead of one after the other, the first that matches: no row has a group in it.
_START = re.compile("|".join(f"({pattern})" for _, _, pattern in _STARTS))
# A line without one of these words begins no report: looked for first, as most lines have none.
_WORTH_A_LOOK = re.compile(
    r"BUG|WARNING: |INFO: |Kernel panic|Unable to handle|Internal error|SError|Bad mode"
    r"|Insufficient stack|UBSAN|unreferenced|suspected|corruption|LOCKUP|\[#[0-9]|Unhandled|PANIC"
    r"|CFI failure|CSD lock|need_resched|MSR access|Division|nobody cared|seriously|duplicate file"
    r"|: bad p|swap|huh, |pagealloc|Kernel memory|overflow|Double-freed|slab error|double add|VFS: "
    r"|underflow!|inconsis|Inconsis|Leaked|tree is|invalidation fail|nonexistent|may go neg"
    r"|CPA det|bad |bad: |to come online|to start|not boot|is stuck|died during|wrong timeout|XFS"
    r"|already free|corrupted|blocked (?:for|in)|bogus return|unregister_netdevice|kmemleak"
    r"|WARN at|waiting for at|didn't die|to report|not have shut|sysctl |active IRQ|NULL name"
    r"| alive |Attempt to|leaked ref|already released|stalled pool|NETDEV WATCHDOG|hw csum"
)
CUT = "------------[ cut here ]------------"
# What is said before BUG() or WARN() cuts belongs to it: the first line, the place behind the cut.
SEQUELS = tuple(
    (re.compile(first), re.compile(rf"(?:kernel BUG at|WARNING: ).*{place}"))
    for first, place in (
        (_LIST, r"lib/list_debug\.c"),
        (_REFERENCE, r"lib/ref_tracker\.c"),
        (r"VFS: ", r"fs/(?:super|open)\.c"),
        (r".*Kernel memory \w+ attempt", r"mm/usercopy\.c"),
        (r"detected buffer overflow", r"lib/string"),
        (r"BUG .{1,60} \([^)]*\): ", r"mm/slub\.c"),
    )
)
DYING = re.compile(_DIES)
WARNING = re.compile(_WARNS)


def begins(line: str) -> tuple[str, End] | None:
    """What kind of report begins with this line and where it ends; None: none begins."""
    found = _WORTH_A_LOOK.search(line) and _START.match(line)
    return _STARTS[(found.lastindex or 0) - 1][:2] if found else None
