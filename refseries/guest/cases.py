# SPDX-License-Identifier: GPL-2.0-or-later
"""All test cases of one image, over as many boots as it takes.

A case that takes the guest down costs no other case: the guest is booted again and goes on behind
it. So it is behind a case in which a check of the kernel turned itself off (``guest.unwatched``):
what ran behind it is run again; what failed there has failed, however it comes out then. The cases
keep their numbers over the boots, and each boot keeps its own console and results.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from refseries.guest import qemu
from refseries.guest.boot import boot, command_line
from refseries.guest.gaps import Gap
from refseries.guest.model import Boot, BootRequest, OnCase, nobody
from refseries.guest.results import GOOD, CaseStatus, KtapResult
from refseries.host.text import unmatched
from refseries.model import Splat, StageOutcome

_MOST = 1_000_000
"""The highest number that init takes for a case."""


@dataclass(frozen=True)
class CasesRun:
    """What came of all cases.

    Attributes:
        boots: in their order; more than one after a death of the guest.
        results: of all boots, by number; a case that took its guest down is a crash, or a timeout
            if the guest hung.
        plan: how many cases there are; None when the guest never said.
        complete: every planned case has its result, a case is to blame for every death, and the
            last guest ended as it should with a report that is sound.
        reason: why it is not complete.
    """

    boots: tuple[Boot, ...]
    results: tuple[KtapResult, ...]
    plan: int | None
    complete: bool
    reason: str

    @property
    def splats(self) -> tuple[Splat, ...]:
        """Those of all boots."""
        return tuple(splat for each in self.boots for splat in each.splats)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Where the consoles of all boots are not whole."""
        return tuple(gap for each in self.boots for gap in each.gaps)

    @property
    def durations(self) -> dict[str, float]:
        """Seconds in the guest, by case."""
        return {name: took for each in self.boots for name, took in each.durations.items()}

    @property
    def seconds(self) -> float:
        """Of all boots together."""
        return sum(each.seconds for each in self.boots)


def run_cases(
    request: BootRequest,
    only: tuple[str, ...] = (),
    on_case: OnCase = nobody,
) -> CasesRun:
    """Run the cases of an image and boot again behind each one that the guest is not fit after.

    Args:
        request: the first boot; its ``words`` are made here, its ``deadline`` is for all boots
            together.
        only: globs of case names; none means all.
        on_case: called in this thread, also for a case that took the guest down.

    A guest that dies before it starts a case is not booted again: the next boot would die as well.

    Raises:
        HostError, SeriesError, Stopped: as ``boot``.
    """
    # Too many words are refused now, and not when a later boot has one more: where it goes on.
    command_line(replace(request, words=_words(request, only, _MOST)), "", "")
    end = time.monotonic() + request.deadline
    told: set[int] = set()

    def tell(result: KtapResult, planned: int) -> None:
        if result.number not in told:  # what is run again was told before
            told.add(result.number)
            on_case(result, planned)

    boots: list[Boot] = []
    results: list[KtapResult] = []
    failed: dict[int, KtapResult] = {}  # when a check was off
    first = 1
    while True:
        this = replace(
            request,
            words=_words(request, only, first),
            number=len(boots) + 1,
            first=first,
            deadline=max(0.0, end - time.monotonic()),
        )
        whole = boot(this, tell)
        done, behind = _watched(_lacking(whole, results))
        boots.append(done)
        came = done.report.results
        if done.report.running is not None:
            # The parser cannot know how the case that never ended died.
            felled = _felled(done)
            came = (*came[:-1], felled)
            tell(felled, done.report.plan or 0)
        results += [_as_it_failed(one, failed.get(one.number)) for one in came]
        failed.update(_failed_behind(whole, done))
        follow = _next(done, first, behind)
        if follow is None or time.monotonic() > end:
            break
        first = follow
    return _sum_up(boots, results, only)


def _words(request: BootRequest, only: tuple[str, ...], first: int) -> tuple[str, ...]:
    return qemu.words_for_tests(
        only,
        first,
        request.case_timeout,
        ptrace=request.case_ptrace,
        rounds=request.rounds,
        seed=request.seed,
        coverage=request.coverage,
    )


def _felled(done: Boot) -> KtapResult:
    hung = done.outcome is StageOutcome.BOOT_TIMEOUT
    status = CaseStatus.TIMEOUT if hung else CaseStatus.CRASH
    last = done.report.results[-1]
    text = f"{last.text}; {done.reason}" if last.text else done.reason
    return replace(last, status=status, text=text)


def _lacking(done: Boot, before: Sequence[KtapResult]) -> Boot:
    """``done`` with a gap for each of its cases, if it lacks a module that loaded ``before``."""
    good = {one.name for one in before if one.status in GOOD}
    gone = [name for name in done.report.lacking if name in good]
    if not gone:
        return done
    text = f"it ran without {', '.join(gone)}, which did not load when the guest was booted again"
    here = (mark.name for mark in done.report.marks)
    return replace(done, gaps=(*done.gaps, *(Gap(name, text) for name in here)))


def _failed_behind(whole: Boot, done: Boot) -> dict[int, KtapResult]:
    """The cases of ``whole`` that ``done`` leaves out and that said they failed, by number."""
    off = whole.unwatched
    left_out = whole.report.results[len(done.report.results) :]
    if whole.report.running is not None:
        left_out = left_out[:-1]  # it said nothing
    where = f"behind {off.case}, in which {off.check} turned itself off" if off else "before"
    return {
        one.number: replace(one, text="; ".join(filter(None, (one.text, f"it failed {where}"))))
        for one in left_out
        if one.status not in GOOD
    }


def _as_it_failed(again: KtapResult, before: KtapResult | None) -> KtapResult:
    """``again``, unless it did well and had failed ``before``: then that stands, and says so."""
    if before is None or again.status not in GOOD:
        return again
    return replace(before, text=f"{before.text}, and came out as {again.status} when run again")


def _watched(done: Boot) -> tuple[Boot, bool]:
    """``done`` without the cases that ran when a check was off, and whether more are to run.

    Where it was off before any case ran, another boot would be no better: ``gaps`` say so.
    """
    off, report = done.unwatched, done.report
    behind = off.behind if off and not off.early else ()
    if done.cut and not behind and report.running is not None:
        behind = (report.running,)
    if not behind:
        return done, done.cut
    names = [result.name for result in report.results]
    at = next((number for number, name in enumerate(names) if name in behind), len(names))
    unwatched = {*behind, *names[at:]}
    # How it died behind that is no death that a case is to blame for.
    return replace(
        done,
        cut=True,
        report=replace(report, results=report.results[:at], running=None),
        gaps=tuple(gap for gap in done.gaps if gap.case not in unwatched),
    ), True


def _next(done: Boot, first: int, behind: bool) -> int | None:
    """Number of the case to go on with; None when there is nothing to go on with.

    Args:
        behind: the guest was sound, and more are to run.
    """
    report = done.report
    if report.exit_status is not None and not behind:
        return None
    if report.bail is not None and report.running is None and not behind:
        return None  # init's own trouble; while a case ran, it is that case's doing
    if not report.results or report.plan is None:
        return None
    follow = report.results[-1].number + 1
    # Numbers that do not rise would boot for ever.
    return follow if first < follow <= report.plan else None


def _sum_up(boots: list[Boot], results: list[KtapResult], only: Sequence[str]) -> CasesRun:
    plan = next((each.report.plan for each in boots if each.report.plan is not None), None)
    last = boots[-1]
    died_in_last_case = last.report.running is not None and len(results) == plan
    reason = ""
    for each in boots:
        if each.report.exit_status is None and each.report.running is None and not each.cut:
            reason = each.reason  # it died and no case can be blamed
        elif each.report.plan != plan:
            reason = f"the guest planned {plan} cases, and {each.report.plan} in another boot"
    if not reason and not died_in_last_case:
        if last.outcome is not StageOutcome.PASS:
            reason = last.reason
        elif plan == 0:
            reason = "" if only else "there are no cases"
        elif last.report.errors:
            reason = f"the guest's report is not sound: {last.report.errors[0]}"
    if not reason and len(results) != plan:
        reason = f"{len(results)} results of {plan} cases"
    if not reason and (unknown := unmatched(only, {result.name for result in results})):
        reason = f"no case is called {' or '.join(unknown)}"
    return CasesRun(
        boots=tuple(boots),
        results=tuple(sorted(results, key=lambda result: result.number)),
        plan=plan,
        complete=not reason,
        reason=reason,
    )
