# SPDX-License-Identifier: GPL-2.0-or-later
"""Judging: what evidence says, given what is known of the two versions. Pure.

Every function takes the facts of the version criticised (*before*) and of the one that settles
(*after*) and gives a verdict with one line of what was seen. What was not seen proves nothing: a
skipped case, a run that ended before its cases, or selftests that differ between the two leave the
evidence untested.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from refseries.bench import measurements
from refseries.bench.measurements import Measurement
from refseries.check import model as check
from refseries.check.results import Latest as Checked
from refseries.model import CaseResult, Outcome, StageOutcome, failed_stage
from refseries.review import patterns
from refseries.review.model import (
    BuildEvidence,
    CaseEvidence,
    CheckEvidence,
    DiffEvidence,
    ManualEvidence,
    MeasureEvidence,
    TextEvidence,
    Verdict,
)
from refseries.testing.runs import Latest

_FAILS = frozenset({Outcome.FAIL, Outcome.XFAIL, Outcome.TIMEOUT, Outcome.CRASH})
_PASSES = frozenset({Outcome.PASS, Outcome.XPASS})
_SAYS_NOTHING = frozenset({Outcome.SKIP, Outcome.VANISHED})
_ABSENT = "absent"


@dataclass(frozen=True)
class Proof:
    """What became of one evidence; ``seen`` is one line about both versions."""

    verdict: Verdict
    seen: str


@dataclass(frozen=True)
class Pair:
    """The names of the version criticised and of the settling one, and the task, for errors."""

    before: str
    after: str
    task: str = ""

    def seen(self, before: str, after: str) -> str:
        """``fail on v3, pass on v4``."""
        return f"{before} on {self.before}, {after} on {self.after}"


def overall(proofs: Sequence[Proof]) -> Verdict | None:
    """The verdict on a task: the worst of its evidence; None when it has none.

    A person's word beside a proof takes nothing away from it.
    """
    verdicts = {proof.verdict for proof in proofs}
    order = (Verdict.BROKEN, Verdict.UNTESTED, Verdict.PROVEN, Verdict.CLAIMED)
    return next((verdict for verdict in order if verdict in verdicts), None)


def judge_cases(
    evidence: CaseEvidence, pair: Pair, before: Latest | None, after: Latest | None
) -> Proof:
    """Each case fails, or is absent, before, and passes after.

    Of the cases that a shell pattern matches, all have to pass after, and one to fail before.
    """
    for name, latest in ((pair.before, before), (pair.after, after)):
        if latest is None:
            return Proof(Verdict.UNTESTED, f"{name} has not been tested in {evidence.config}")
        failed = failed_stage(latest.stages)
        if not latest.booted and not failed:
            return Proof(Verdict.UNTESTED, f"{name} was only built in {evidence.config}")
        if failed and failed != "test":
            verdict = Verdict.BROKEN if latest is after else Verdict.UNTESTED
            what = f"{latest.stages[failed]} on {name} in {evidence.config}: no case ran"
            return Proof(verdict, what)
    assert before is not None
    assert after is not None
    if before.initramfs != after.initramfs:
        what = f"{pair.before} and {pair.after} were tested with different selftests"
        return Proof(Verdict.UNTESTED, what)
    old = {result.name: result for result in before.results}
    new = {result.name: result for result in after.results}
    proofs = [_judge_glob(glob, pair, old, new) for glob in evidence.cases]
    worst = overall(proofs)
    shown = next(proof.seen for proof in proofs if proof.verdict is worst)
    if len(proofs) > 1:
        same = sum(proof.verdict is worst for proof in proofs)
        shown += f" ({same} of {len(proofs)} {worst})"
    return Proof(worst or Verdict.UNTESTED, shown)


def _judge_glob(
    glob: str, pair: Pair, old: dict[str, CaseResult], new: dict[str, CaseResult]
) -> Proof:
    names = [name for name in {**old, **new} if fnmatch.fnmatchcase(name, glob)]
    if not names:
        what = f"{glob}: there is no such case, neither on {pair.before} nor on {pair.after}"
        return Proof(Verdict.BROKEN, what)
    proofs = [_judge_case(name, pair, old.get(name), new.get(name)) for name in names]
    if len(names) == 1:
        return proofs[0]
    late = [name for name in names if not (name in new and new[name].outcome in _PASSES)]
    if late or not any(proof.verdict is Verdict.PROVEN for proof in proofs):
        proof = proofs[names.index(late[0])] if late else proofs[0]
        return Proof(proof.verdict, f"{glob}: {proof.seen}")
    proven = [proof.seen for proof in proofs if proof.verdict is Verdict.PROVEN]
    return Proof(Verdict.PROVEN, f"{proven[0]} ({len(names)} cases fit {glob})")


def _judge_case(name: str, pair: Pair, old: CaseResult | None, new: CaseResult | None) -> Proof:
    seen = f"{name}: {pair.seen(_word(old), _word(new))}"
    if new is None or new.outcome in _SAYS_NOTHING:
        # A case that was there and reports no more was lost, which is worse than not being tested.
        lost = new is None or new.outcome is Outcome.VANISHED
        return Proof(Verdict.BROKEN if lost else Verdict.UNTESTED, seen)
    if new.outcome not in _PASSES or (old is not None and old.outcome in _PASSES):
        return Proof(Verdict.BROKEN, seen)
    if old is None or old.outcome in _FAILS:
        return Proof(Verdict.PROVEN, seen)
    return Proof(Verdict.UNTESTED, seen)


def _word(result: CaseResult | None) -> str:
    """What a case did, whatever was expected of it."""
    if result is None:
        return _ABSENT
    if result.outcome is Outcome.XFAIL:
        return str(result.expected)
    return "pass" if result.outcome is Outcome.XPASS else str(result.outcome)


def judge_build(
    evidence: BuildEvidence, pair: Pair, before: Latest | None, after: Latest | None
) -> Proof:
    """The config breaks before and builds after."""
    for name, latest in ((pair.before, before), (pair.after, after)):
        if latest is None or latest.stages.get("build") in (None, StageOutcome.NOT_RUN):
            return Proof(Verdict.UNTESTED, f"{name} has not been built in {evidence.config}")
    assert before is not None
    assert after is not None
    broke = before.stages["build"] is StageOutcome.BUILD_FAILED
    builds = after.stages["build"] is StageOutcome.PASS
    words = ("build-failed" if broke else "builds", "builds" if builds else "build-failed")
    seen = f"{evidence.config}: {pair.seen(*words)}"
    return Proof(Verdict.PROVEN if broke and builds else Verdict.BROKEN, seen)


def judge_check(
    evidence: CheckEvidence, pair: Pair, before: Checked | None, after: Checked | None
) -> Proof:
    """The check finds something that the pattern fits before, and nothing such after.

    Only what a version brought itself counts, not what base has as well.
    """
    found = []
    for name, checked in ((pair.before, before), (pair.after, after)):
        outcome = checked.outcomes.get(evidence.check) if checked else None
        if outcome is None:
            return Proof(Verdict.UNTESTED, f"{evidence.check} has not been run on {name}")
        if outcome.state not in (check.State.OK, check.State.FINDINGS):
            why = outcome.message or str(outcome.state)
            return Proof(Verdict.UNTESTED, f"{evidence.check} on {name}: {why}")
        lines = [f"{finding.where}: {finding.text}" for finding in outcome.new]
        number = patterns.find_line(evidence.pattern, lines, pair.task)
        found.append(lines[number - 1] if number else "")
    old, new = found
    seen = pair.seen(old or "nothing", new or "nothing")
    good = bool(old) and not new
    return Proof(Verdict.PROVEN if good else Verdict.BROKEN, f"{evidence.check}: {seen}")


def judge_measure(
    evidence: MeasureEvidence,
    pair: Pair,
    before: Measurement | None,
    after: Measurement | None,
) -> Proof:
    """The figure after is at most so many times the one before, both counted in the same way."""
    for name, kept in ((pair.before, before), (pair.after, after)):
        if kept is None or kept.figure(evidence.figure) is None:
            return Proof(Verdict.UNTESTED, f"no {evidence.figure} of {name} as it stands is saved")
    assert before is not None
    assert after is not None
    others = set(measurements.stale(before.origin, after.origin)) - {"tree"}
    if others:
        named = ", ".join(sorted(others))
        return Proof(Verdict.UNTESTED, f"{evidence.figure} was measured with another {named}")
    old, new = before.figure(evidence.figure), after.figure(evidence.figure)
    assert old is not None
    assert new is not None
    if not (old.settled and new.settled):
        return Proof(Verdict.UNTESTED, f"{evidence.figure} is not settled")
    good = new.value <= evidence.at_most * old.value
    words = pair.seen(f"{old.value:,.1f}", f"{new.value:,.1f} {new.unit}")
    seen = f"{evidence.figure}: {words}, at most {evidence.at_most:g} times"
    return Proof(Verdict.PROVEN if good else Verdict.BROKEN, seen)


def judge_diff(
    evidence: DiffEvidence, pair: Pair, before: Sequence[str], after: Sequence[str]
) -> Proof:
    """Each pattern of ``added`` is in a line of the file after and in none before; ``gone``: back.

    Args:
        before, after: the lines of the file as each version leaves it, none where it has no such
            file. That is more than the patches' own lines: a pattern cannot be proven by a line
            that moved, or that the base has elsewhere in the file.
    """

    def at(pattern: str) -> tuple[str, str]:
        return (
            _line(patterns.find_line(pattern, before, pair.task)),
            _line(patterns.find_line(pattern, after, pair.task)),
        )

    return _judge_patterns(evidence.file, evidence.added, evidence.gone, pair, at)


def judge_text(evidence: TextEvidence, pair: Pair, before: str, after: str) -> Proof:
    """As ``judge_diff``, in a running text whose lines may be wrapped anywhere."""

    def at(pattern: str) -> tuple[str, str]:
        there = (patterns.is_in_text(pattern, text, pair.task) for text in (before, after))
        old, new = ("there" if found else "" for found in there)
        return old, new

    return _judge_patterns(evidence.where, evidence.added, evidence.gone, pair, at)


def judge_recipients(evidence: TextEvidence, pair: Pair, now: str) -> Proof:
    """Who gets the mail from now on; who got that of older versions is not kept.

    So it can be broken by what is seen, and never be more than claimed.
    """
    proofs = []
    for pattern, wanted in (
        *((pattern, True) for pattern in evidence.added),
        *((pattern, False) for pattern in evidence.gone),
    ):
        there = patterns.is_in_text(pattern, now, pair.task)
        verdict = Verdict.CLAIMED if there is wanted else Verdict.BROKEN
        words = pair.seen("not kept", "there" if there else _ABSENT)
        proofs.append(Proof(verdict, f"`{pattern}` in {evidence.where}: {words}"))
    return min(proofs, key=lambda proof: proof.verdict is Verdict.CLAIMED)


def _line(number: int) -> str:
    return f"line {number}" if number else ""


def _judge_patterns(
    where: str,
    added: Sequence[str],
    gone: Sequence[str],
    pair: Pair,
    at: Callable[[str], tuple[str, str]],
) -> Proof:
    proofs = []
    for pattern, wanted in (*((p, False) for p in added), *((p, True) for p in gone)):
        old, new = at(pattern)
        good = bool(old) is wanted and bool(new) is not wanted
        seen = f"`{pattern}` in {where}: {pair.seen(old or _ABSENT, new or _ABSENT)}"
        proofs.append(Proof(Verdict.PROVEN if good else Verdict.BROKEN, seen))
    worst = overall(proofs)
    if worst is None:
        return Proof(Verdict.BROKEN, f"names no pattern for {where}")
    shown = next(proof.seen for proof in proofs if proof.verdict is worst)
    more = f" (and {len(proofs) - 1} more)" if len(proofs) > 1 and worst is Verdict.PROVEN else ""
    return Proof(worst, shown + more)


def judge_manual(evidence: ManualEvidence) -> Proof:
    """A person's word is never more than claimed."""
    return Proof(Verdict.CLAIMED, evidence.text)
