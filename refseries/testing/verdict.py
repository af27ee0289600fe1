# SPDX-License-Identifier: GPL-2.0-or-later
"""From what a guest said to what it means: expectations, splats and the cases that are gone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from refseries.guest import splat as splats_of
from refseries.guest.cases import CasesRun
from refseries.guest.results import GOOD, CaseStatus, KtapResult
from refseries.model import Splat, StageOutcome, Target
from refseries.testing.expectations import Expectation, Expectations
from refseries.testing.model import CaseResult, Outcome

_RAW = {
    CaseStatus.PASS: Outcome.PASS,
    CaseStatus.FAIL: Outcome.FAIL,
    CaseStatus.ERROR: Outcome.FAIL,
    CaseStatus.SKIP: Outcome.SKIP,
    CaseStatus.XFAIL: Outcome.XFAIL,
    CaseStatus.XPASS: Outcome.XPASS,
    CaseStatus.TIMEOUT: Outcome.TIMEOUT,
    CaseStatus.CRASH: Outcome.CRASH,
}
# How kselftest's harness names the line of a failed assertion: "# file.c:12:test:Expected ...".
_ASSERTION = re.compile(r"#?\s*(?P<what>[\w./-]+\.[ch]:[0-9]+:.*)")
# What holds only if the kernel made no new complaint meanwhile.
_NEEDS_CONSOLE = frozenset({Outcome.PASS, Outcome.SKIP, Outcome.XFAIL, Outcome.XPASS})
_FAILURES = frozenset({Outcome.FAIL, Outcome.TIMEOUT, Outcome.CRASH})
_MAX_MESSAGE = 300
_MAX_GONE = 1000  # whatever a guest says that it planned


def judge(
    run: CasesRun,
    expectations: Expectations,
    known: Iterable[Splat],
    target: Target,
    config: str,
) -> tuple[CaseResult, ...]:
    """What each case means.

    Args:
        run: what the guest said.
        expectations: the whole file.
        known: splats that base has, too; they are nobody's fault.
        target, config: what was booted.

    Returns:
        One result for each case, in the order of their numbers. A case that ran while the kernel
        made a new splat has failed, whatever it says. One whose console is not whole is at best
        ``no-console``. Planned cases that never came, and that nobody can name (``case 7``), have
        vanished.
    """
    charged: dict[str, Splat] = {}
    for each in splats_of.new(run.splats, known):
        if each.case is not None:
            charged.setdefault(each.case, each)
    gaps = {gap.case: gap.text for gap in run.gaps}
    took = run.durations
    judged = [
        _case(
            result,
            charged.get(result.name),
            gaps.get(result.name, ""),
            expectations.case(target, config, result.name),
            took.get(result.name, 0.0),
        )
        for result in run.results
    ]
    return (*judged, *_gone(run))


def early(
    result: KtapResult, expectations: Expectations, target: Target, config: str
) -> CaseResult:
    """What one case means by its own word, while its guest still runs: splats are found later."""
    return _case(result, None, "", expectations.case(target, config, result.name), 0.0)


def _case(
    result: KtapResult,
    splat: Splat | None,
    gap: str,
    entry: Expectation | None,
    seconds: float,
) -> CaseResult:
    raw, message = _RAW[result.status], _message(result)
    if splat is not None and result.status in GOOD:
        raw, message = Outcome.FAIL, f"says {result.status}, but: {splat.title}"
    elif splat is not None:
        message = f"{message}; {splat.title}" if message else splat.title
    expected = entry.outcome if entry else Outcome.PASS
    outcome = _weigh(raw, expected)
    if gap and outcome in _NEEDS_CONSOLE:
        outcome, message = Outcome.NO_CONSOLE, f"says {result.status}, but {gap}"
        message += f"; {splat.title}" if splat else ""
    elif gap:
        message = f"{message}; {gap}" if message else gap
    if outcome is Outcome.XPASS and entry:
        message = f"passes, but was expected to {expected}: {entry.why}"
    return CaseResult(
        name=result.name or f"case {result.number}",
        outcome=outcome,
        expected=expected,
        task=entry.task if entry else None,
        message=message[:_MAX_MESSAGE],
        seconds=seconds,
    )


def _weigh(raw: Outcome, expected: Outcome) -> Outcome:
    """What happened, in the light of what was expected."""
    if expected is Outcome.PASS:
        return raw
    if expected is Outcome.FLAKY:
        return Outcome.XFAIL if raw in _FAILURES else raw
    if raw is Outcome.PASS:
        return Outcome.XPASS
    if raw is expected and raw is not Outcome.SKIP:
        return Outcome.XFAIL
    return raw


def _message(result: KtapResult) -> str:
    """Why a result is no pass, in one line: the assertion, what stands behind #, the first part."""
    if result.status is CaseStatus.PASS:
        return ""
    if result.status is CaseStatus.FAIL:
        lines = (line for each in result.walk() for line in each.diagnostics)
        found = next((match for match in map(_ASSERTION.match, lines) if match), None)
        if found:
            return found.group("what")
        wrong = [each for each in result.walk() if _is_to_blame(each, result)]
        if wrong:
            first = ": ".join(filter(None, (wrong[0].name, wrong[0].text)))
            more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            return f"{result.text}: {first}{more}".removeprefix(": ")
    return result.text


def _is_to_blame(part: KtapResult, case: KtapResult) -> bool:
    """Whether ``part`` went wrong, not for its own parts, and says what ``case`` does not."""
    if part is case or part.status in GOOD or any(s.status not in GOOD for s in part.subtests):
        return False
    return not (case.name.endswith(part.name) and part.text in ("", case.text))


def _gone(run: CasesRun) -> list[CaseResult]:
    planned = run.plan or 0
    numbers = {result.number for result in run.results}
    missing = max(0, planned - len(run.results))
    unnamed = (number for number in range(1, planned + 1) if number not in numbers)
    return [
        CaseResult(f"case {number}", Outcome.VANISHED, message=f"never reported: {run.reason}")
        for _, number in zip(range(min(missing, _MAX_GONE)), unnamed, strict=False)
    ]


def stages(
    run: CasesRun, results: Sequence[CaseResult], known: Iterable[Splat]
) -> tuple[StageOutcome, StageOutcome, str]:
    """Outcome of the stages boot and test, and why they are not both passes.

    Args:
        run: what the guest said.
        results: of ``judge``.
        known: splats that base has, too.

    The boot passes when the guest's init said its plan. The tests pass when every case came out as
    expected, the run is complete, no new splat is left that no case is charged with, and the
    console is whole outside of the cases.
    """
    first = run.boots[0]
    if run.plan is None:
        failed = (
            first.outcome if first.outcome is not StageOutcome.PASS else StageOutcome.NO_RESULTS
        )
        return failed, StageOutcome.NOT_RUN, run.reason
    if not run.complete:
        last = run.boots[-1].outcome
        return (
            StageOutcome.PASS,
            StageOutcome.FAIL if last is StageOutcome.PASS else last,
            run.reason,
        )
    stray = [each.title for each in splats_of.new(run.splats, known) if each.case is None]
    stray += [gap.text for gap in run.gaps if gap.case is None]
    if stray:
        return StageOutcome.PASS, StageOutcome.FAIL, f"outside of any case: {stray[0]}"
    wrong = [each for each in results if not each.as_expected]
    if wrong:
        what = f"{wrong[0].name}: {wrong[0].outcome}"
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        why = f"; {wrong[0].message}" if wrong[0].message else ""
        return StageOutcome.PASS, StageOutcome.FAIL, f"not as expected: {what}{more}{why}"
    return StageOutcome.PASS, StageOutcome.PASS, ""
