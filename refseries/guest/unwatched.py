# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a check of the kernel turned itself off, so that its silence says nothing from there on.

Lockdep reports once in a boot and is off then; so it is after an oops, a KASAN report or any other
taint that makes it unreliable (kernel/panic.c, kernel/locking/). KASAN reports once, unless it was
told ``kasan_multi_shot``; by hardware tags, never again (mm/kasan/, arch/arm64/mm/fault.c).
Kmemleak, debugobjects and the detector of hung tasks give up, and say so. DMA-API reports once
(kernel/dma/debug.c), debugobjects five times of states and five of stacks (lib/debugobjects.c), and
bad pages are reported 60 times, then not for a minute (bad_page(), print_bad_pte()). Behind a
report of a sleeping function that was called where none may be, or of a context that is not as it
must be, no other is made for a second (__might_resched(), __cant_sleep(), __cant_migrate()).

What is said once for each place in the code, WARN_ON_ONCE() and UBSAN, is no such check: what goes
wrong elsewhere is still reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from refseries.guest.console import lines
from refseries.guest.gaps import Gap
from refseries.guest.results import CaseMarks

MULTI_SHOT = "kasan_multi_shot"
"""The kernel parameter by which KASAN goes on reporting; only a kernel with KASAN knows it."""
_KASAN = re.compile(rb"^CONFIG_KASAN=y$", re.MULTILINE)


class _Check(NamedTuple):
    """A check of the kernel.

    Attributes:
        name: as the user knows it.
        off: lines after which it reports nothing more.
        early: true: it counts as off also where it was turned off before the first case; some are
            left off by a config on purpose.
        times: how many of these lines it takes.
    """

    name: str
    off: re.Pattern[str]
    early: bool
    times: int = 1


_LOCKDEP = _Check(
    "lockdep",
    re.compile(
        r"Disabling lock debugging due to kernel taint|DEBUG_LOCKS_WARN_ON\("
        r"|turning off the locking correctness validator|INFO: lockdep is turned off"
        r"|BUG: (?:spinlock|rwlock) |\[ BUG: |INFO: trying to register non-static key"
        r"|WARNING: (?:possible |inconsistent lock|bad unlock|bad contention|held lock|lock held"
        r"|[Nn]ested lock|.{0,60}lock order detected|.{0,60}lock inversion"
        r"|.{0,40}still has locks held)"
    ),
    early=True,
)
_ONE_SHOT = _Check("KASAN", re.compile(r"BUG: KASAN: "), early=True)
_OTHERS = (
    _Check("kmemleak", re.compile(r"kmemleak: Kernel memory leak detector disabled"), False),
    _Check("debugobjects", re.compile(r"(?:ODEBUG: )?Out of memory\. ODEBUG disabled"), False),
    _Check("debugobjects", re.compile(r"ODEBUG: .{0,80}\(active state "), True, times=5),
    _Check("debugobjects", re.compile(r"ODEBUG: object .{0,80} on stack "), True, times=5),
    _Check("the check for bad pages", re.compile("BUG: Bad page state in process"), True, times=60),
    _Check("the check for bad pages", re.compile("BUG: Bad page map in process"), True, times=60),
    _Check("the detector of hung tasks", re.compile("Future hung task reports are"), False),
    _Check(
        "the check for sleeping functions",
        re.compile("BUG: (?:sleeping function called|assuming (?:atomic|non migratable) context)"),
        False,
    ),
    _Check("DMA-API", re.compile(r"DMA-API: (?:\S+ \S+: |debugging out of memory)"), False),
)
# What the kernel says at boot where it has the check.
_ON = (
    ("Lock dependency validator: ", _LOCKDEP),
    ("KernelAddressSanitizer initialized (hw-tags", _ONE_SHOT),
)
# A line without one of these words turns nothing off: looked for first.
_WORTH_A_LOOK = re.compile(
    r"Disabling lock|_LOCKS_|turning off|turned off|BUG: |INFO: try|WARNING: |disabled|Future hung"
    r"|dependency validator|Sanitizer|DMA-API|ODEBUG: "
)
_TAIL = 256  # bytes; a line may arrive in two pieces


@dataclass(frozen=True)
class Unwatched:
    """From where on a boot was not watched.

    Attributes:
        check: what was turned off.
        case: the test case that ran then; None: that was outside of any.
        early: no case had begun; to boot again does not help.
        behind: the cases that began behind it, in their order.
    """

    check: str
    case: str | None
    early: bool
    behind: tuple[str, ...] = ()

    def gaps(self) -> tuple[Gap, ...]:
        """Where nobody can vouch for what the kernel did not say."""
        where = "before any case ran" if self.early else f"in {self.case or 'the guest'}"
        text = f"{self.check} had turned itself off {where} and reports nothing more"
        return tuple(Gap(each, text) for each in (*((None,) if self.early else ()), *self.behind))


def parameters(config: Path) -> tuple[str, ...]:
    """Kernel parameters by which the checks of a kernel report all that they find.

    Args:
        config: its ``.config``; one that is not there asks for none.
    """
    try:
        return (MULTI_SHOT,) if _KASAN.search(config.read_bytes()) else ()
    except OSError:
        return ()


def find(
    console: str | Iterable[str], marks: Sequence[CaseMarks] | None, *, multi_shot: bool
) -> Unwatched | None:
    """The first place of a console from which on a check of the kernel was off.

    Args:
        console: its text, or its lines one by one (an open file).
        marks: the cases that init started, in their order.
        multi_shot: KASAN was told to go on reporting.
    """
    checks = _checks(multi_shot)
    said: Counter[_Check] = Counter()
    began = False
    off: Unwatched | None = None
    behind: list[str] = []
    for line in lines(console, marks):
        if line.mark == "start":
            began = True
            if off and line.case:
                behind.append(line.case)
        elif off is not None or not _WORTH_A_LOOK.search(line.text):
            continue
        elif found := next((each for on, each in _ON if line.text.find(on) >= 0), None):
            checks = checks if found in checks else (found, *checks)
        elif found := next(_turned_off(checks, line.text, 0, said), None):
            off = Unwatched(found.name, line.case, not began) if began or found.early else None
    return replace(off, behind=tuple(behind)) if off else None


def _turned_off(
    checks: Iterable[_Check], text: str, since: int, said: Counter[_Check]
) -> Iterator[_Check]:
    """The checks that are off by what ends behind ``since`` in ``text``; it is counted."""
    for each in checks:
        new = sum(found.end() > since for found in each.off.finditer(text))
        said[each] += new
        if new and said[each] >= each.times:
            yield each


def _checks(multi_shot: bool) -> tuple[_Check, ...]:
    return _OTHERS if multi_shot else (_ONE_SHOT, *_OTHERS)


class Listener:
    """Hears a console as it comes, to end a guest that is no longer watched before its time.

    It hears programs as well as the kernel, so what it says is to be looked over by ``find``.

    Args:
        multi_shot: as for ``find``.
    """

    def __init__(self, multi_shot: bool) -> None:
        self._checks = _checks(multi_shot)
        self._said: Counter[_Check] = Counter()
        self._tail = ""
        self._early = False
        self.during: str | None = None

    def hear(self, said: bytes, running: str | None, began: bool) -> None:
        """Take what has come; ``during`` is the case behind which no check can be relied on.

        Args:
            running: the case that runs now.
            began: whether one had begun before this came.
        """
        heard = len(self._tail)
        text = self._tail + said.decode("utf-8", "replace")
        self._tail = text[-_TAIL:]
        there = (each for on, each in _ON if on in text and each not in self._checks)
        self._checks = (*there, *self._checks)
        off = list(_turned_off(self._checks, text, heard, self._said))
        if self.during or self._early or not off:
            return
        if began:
            self.during = running
        else:
            self._early, self._tail = any(each.early for each in off), ""
