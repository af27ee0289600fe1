# SPDX-License-Identifier: GPL-2.0-or-later
"""All test cases of one image, over as many boots as it takes.

A case that takes the guest down costs no other case: the guest is booted again and goes on behind
it. The cases keep their numbers over the boots, and each boot keeps its own console and results.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from refseries.guest import qemu
from refseries.guest.boot import Boot, BootRequest, OnCase, boot, nobody
from refseries.guest.gaps import Gap
from refseries.guest.results import CaseStatus, KtapResult
from refseries.model import Splat, StageOutcome


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
    """Run the cases of an image and boot again behind every one that takes the guest down.

    Args:
        request: the first boot; its ``words`` are made here, its ``deadline`` is for all boots
            together.
        only: globs of case names; none means all.
        on_case: called in this thread, also for a case that took the guest down.

    A guest that dies before it starts a case is not booted again: the next boot would die as well.

    Raises:
        HostError, SeriesError, Stopped: as ``boot``.
    """
    end = time.monotonic() + request.deadline
    boots: list[Boot] = []
    results: list[KtapResult] = []
    first = 1
    while True:
        this = replace(
            request,
            words=qemu.words_for_tests(
                only,
                first,
                request.case_timeout,
                ptrace=request.case_ptrace,
                rounds=request.rounds,
                seed=request.seed,
                coverage=request.coverage,
            ),
            number=len(boots) + 1,
            first=first,
            deadline=max(0.0, end - time.monotonic()),
        )
        done = boot(this, on_case)
        boots.append(done)
        if done.report.running is not None:
            # The parser cannot know how the case that never ended died.
            felled = _felled(done)
            results += [*done.report.results[:-1], felled]
            on_case(felled, done.report.plan or 0)
        else:
            results += done.report.results
        follow = _next(done, first)
        if follow is None or time.monotonic() > end:
            break
        first = follow
    return _sum_up(boots, results, only)


def _felled(done: Boot) -> KtapResult:
    hung = done.outcome is StageOutcome.BOOT_TIMEOUT
    status = CaseStatus.TIMEOUT if hung else CaseStatus.CRASH
    last = done.report.results[-1]
    text = f"{last.text}; {done.reason}" if last.text else done.reason
    return replace(last, status=status, text=text)


def _next(done: Boot, first: int) -> int | None:
    """Number of the case to go on with; None when there is nothing to go on with."""
    report = done.report
    if report.exit_status is not None:
        return None
    if report.bail is not None and report.running is None:
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
        if each.report.exit_status is None and each.report.running is None:
            reason = each.reason  # it died and no case can be blamed
        elif each.report.plan != plan:
            reason = f"the guest planned {plan} cases, and {each.report.plan} in another boot"
    if not reason and not died_in_last_case:
        if last.outcome is not StageOutcome.PASS:
            reason = last.reason
        elif plan == 0:
            reason = f"no case is called {' or '.join(only)}" if only else "there are no cases"
        elif last.report.errors:
            reason = f"the guest's report is not sound: {last.report.errors[0]}"
    if not reason and len(results) != plan:
        reason = f"{len(results)} results of {plan} cases"
    return CasesRun(
        boots=tuple(boots),
        results=tuple(sorted(results, key=lambda result: result.number)),
        plan=plan,
        complete=not reason,
        reason=reason,
    )
