# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that ran all its cases again and again, taken apart into rounds; pure.

Init counts on over the rounds, and calls the case ``NAME`` of the second one ``NAME@2``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from refseries.guest.cases import CasesRun
from refseries.guest.gaps import Gap
from refseries.guest.model import Boot
from refseries.model import Splat

_Charged = TypeVar("_Charged", Splat, Gap)


def apart(run: CasesRun, rounds: int) -> tuple[CasesRun, ...]:
    """What each round of ``run`` says by itself, with the names and numbers of a single one.

    What the guest showed outside of any case belongs to the first round of its boot. A guest that
    never said its plan, or one that cannot be divided, has one round, which is the run itself.
    """
    if rounds < 2 or not run.plan or run.plan % rounds:
        return (run,)
    cases = run.plan // rounds
    return tuple(_round(run, number, cases) for number in range(1, rounds + 1))


def _round(run: CasesRun, number: int, cases: int) -> CasesRun:
    before = (number - 1) * cases
    results = tuple(
        replace(result, number=result.number - before, name=_name(result.name, number))
        for result in run.results
        if before < result.number <= before + cases
    )
    whole = len(results) == cases and (run.complete or not _is_last(run, before + cases))
    return CasesRun(
        boots=tuple(_boot(boot, number, cases) for boot in run.boots),
        results=results,
        plan=cases,
        complete=whole,
        reason="" if whole else run.reason,
    )


def _is_last(run: CasesRun, end: int) -> bool:
    """Whether nothing was heard of what comes behind case ``end``."""
    return max(result.number for result in run.results) <= end


def _name(name: str, number: int) -> str:
    return name.removesuffix(f"@{number}") if number > 1 else name


def _boot(boot: Boot, number: int, cases: int) -> Boot:
    """What of a boot belongs to a round."""
    numbers = [result.number for result in boot.report.results]
    first = (min(numbers, default=1) - 1) // cases + 1
    return replace(
        boot,
        splats=tuple(_of_round(boot.splats, number, first)),
        gaps=tuple(_of_round(boot.gaps, number, first)),
        durations={
            _name(name, number): took
            for name, took in boot.durations.items()
            if _round_of(name) == number
        },
    )


def _round_of(name: str) -> int:
    number = name.rpartition("@")[2] if "@" in name else ""
    return int(number) if number.isascii() and number.isdecimal() else 1


def _of_round(found: Iterable[_Charged], number: int, first: int) -> Iterable[_Charged]:
    for each in found:
        if (first if each.case is None else _round_of(each.case)) == number:
            yield each if each.case is None else replace(each, case=_name(each.case, number))
