# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the console says too little to vouch that the kernel did not complain.

The kernel drops lines when its log fills quicker than the console prints it, a case can turn the
console down, and what is lost may be the marks of cases as well. So a case is vouched for only
where each of its marks is on the console and nothing was dropped between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from refseries.guest.console import lines
from refseries.guest.results import CaseMarks


@dataclass(frozen=True)
class Gap:
    """A stretch of a console that is not whole.

    Attributes:
        case: whose it is; None outside of any.
        text: what is missing, in words.
    """

    case: str | None
    text: str


def find(console: str | Iterable[str], marks: Sequence[CaseMarks]) -> tuple[Gap, ...]:
    """All gaps of a console: one outside of any case, and one for each case that has some.

    Args:
        console: its text, or its lines one by one (an open file).
        marks: the cases that init started, in their order.
    """
    seen: set[tuple[str | None, str]] = set()
    lost: Counter[str | None] = Counter()
    for line in lines(console, marks):
        lost[line.case] += line.dropped
        if line.mark:
            seen.add((line.case, line.mark))
    found = [Gap(None, _dropped(lost[None]))] if lost[None] else []
    for case in marks:
        said = [_dropped(lost[case.name])] if lost[case.name] else []
        due = ("start", "end") if case.ended else ("start",)
        if missing := [mark for mark in due if (case.name, mark) not in seen]:
            said.append(f"the console has no mark of its {' and its '.join(missing)}")
        if said:
            found.append(Gap(case.name, "; ".join(said)))
    return tuple(found)


def _dropped(count: int) -> str:
    lines = "line" if count == 1 else "lines"
    return f"the kernel dropped {count} {lines} of its log"
