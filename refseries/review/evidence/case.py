# SPDX-License-Identifier: GPL-2.0-or-later
"""``test``: selftests that fail or are absent on the version criticised and pass on the other."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Annotated

import msgspec

from refseries.review.evidence.kind import (
    Evidence,
    Known,
    Pair,
    Proof,
    Rests,
    Told,
    Verdict,
    Word,
    listed,
    overall,
)
from refseries.testing.model import CaseResult, Outcome, failed_stage

if TYPE_CHECKING:
    from refseries.testing.runs import LatestRun

_FAILS = frozenset({Outcome.FAIL, Outcome.XFAIL, Outcome.TIMEOUT, Outcome.CRASH})
_PASSES = frozenset({Outcome.PASS, Outcome.XPASS})
# What was not seen to run, or that nobody can vouch for.
_LOST = frozenset({Outcome.VANISHED})
_Case = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.*?!\[\]-]+\Z")]


class CaseEvidence(Evidence, frozen=True, tag="test"):
    """See above.

    Attributes:
        cases: names, or shell patterns that match at least one.
        config: the kernel config in which they run; None is the first that the series names.
    """

    cases: Annotated[tuple[_Case, ...], msgspec.Meta(min_length=1)]
    config: Word | None = None

    def detail(self) -> str:
        """The cases."""
        names = ", ".join(self.cases)
        return f"{names} in {self.config}" if self.config else names

    def rests(self, first: str) -> Rests:
        """On boots."""
        return Rests(self.config or first, boot=True)

    def judge(self, pair: Pair, known: Known) -> Proof:
        """Each case fails, or is absent, before, and passes after.

        Of the cases that a shell pattern matches, all have to pass after, and one to fail before.
        What was not seen proves nothing: a skipped case, a run that ended before its cases, or
        selftests that differ between the two leave it untested.
        """
        config = self.config or known.config
        sides: list[LatestRun] = []
        for name in (pair.before, pair.after):
            latest = known.latest(name, config)
            if latest is None:
                what = f"{name} as it stands has not been tested in {config}"
                return Proof(Verdict.UNTESTED, what)
            failed = failed_stage(latest.stages)
            if not latest.booted and not failed:
                return Proof(Verdict.UNTESTED, f"{name} was only built in {config}")
            if failed and failed != "test":
                verdict = Verdict.BROKEN if name == pair.after else Verdict.UNTESTED
                what = f"{latest.stages[failed]} on {name} in {config}: no case ran"
                return Proof(verdict, what)
            sides.append(latest)
        before, after = sides
        if before.initramfs != after.initramfs:
            what = f"{pair.before} and {pair.after} were tested with different selftests"
            return Proof(Verdict.UNTESTED, what)
        old = {result.name: result for result in before.results}
        new = {result.name: result for result in after.results}
        proofs = [_judge_glob(glob, pair, old, new) for glob in self.cases]
        worst = overall(proofs)
        shown = next(proof.seen for proof in proofs if proof.verdict is worst)
        if len(proofs) > 1:
            same = sum(proof.verdict is worst for proof in proofs)
            shown += f" ({same} of {len(proofs)} {worst})"
        return Proof(worst or Verdict.UNTESTED, shown)

    def tell(self, pair: Pair, proof: Proof, known: Known | None) -> Told:
        """Which fail there and pass here."""
        named = [case for case in self.cases if not set(case) & set("*?[")]
        before, after = pair.before, pair.after
        sentences = []
        if len(named) == 1:
            sentences.append(f"The selftest {named[0]} fails on {before} and passes on {after}.")
        elif named:
            names = listed(named)
            sentences.append(f"The selftests {names} fail on {before} and pass on {after}.")
        for glob in self.cases:
            if glob not in named:
                sentences.append(f"All of {glob} pass on {after}; on {before}, not all do.")
        return Told(tuple(sentences))


def _judge_glob(
    glob: str, pair: Pair, old: dict[str, CaseResult], new: dict[str, CaseResult]
) -> Proof:
    names = [name for name in {**old, **new} if fnmatch.fnmatchcase(name, glob)]
    if not names:
        what = f"{glob}: there is no such case, neither on {pair.before} nor on {pair.after}"
        return Proof(Verdict.BROKEN, what)
    # A case that a dead guest never came to has no name; which one it was, nobody knows.
    lost = next((one for one in old.values() if one.outcome in _LOST and " " in one.name), None)
    proofs = [_judge_case(name, pair, old.get(name, lost), new.get(name)) for name in names]
    if len(names) == 1:
        return proofs[0]
    late = [name for name in names if not (name in new and new[name].outcome in _PASSES)]
    worst = [proof for name, proof in zip(names, proofs, strict=True) if name in late]
    if not late and not any(proof.verdict is Verdict.PROVEN for proof in proofs):
        # One that was not seen before may have failed there.
        worst = [proof for proof in proofs if proof.verdict is Verdict.UNTESTED] or proofs
    if worst:
        proof = next(each for each in worst if each.verdict is overall(worst))
        return Proof(proof.verdict, f"{glob}: {proof.seen}")
    proven = [proof.seen for proof in proofs if proof.verdict is Verdict.PROVEN]
    return Proof(Verdict.PROVEN, f"{proven[0]} ({len(names)} cases fit {glob})")


def _judge_case(name: str, pair: Pair, old: CaseResult | None, new: CaseResult | None) -> Proof:
    seen = f"{name}: {pair.seen(_word(old), _word(new))}"
    # A case that was there and reports no more was lost, which is worse than not being tested.
    if new is None or new.outcome in _LOST:
        return Proof(Verdict.BROKEN, seen)
    if new.outcome not in _PASSES | _FAILS:
        return Proof(Verdict.UNTESTED, seen)
    if new.outcome not in _PASSES or (old is not None and old.outcome in _PASSES):
        return Proof(Verdict.BROKEN, seen)
    if old is None or old.outcome in _FAILS:
        return Proof(Verdict.PROVEN, seen)
    return Proof(Verdict.UNTESTED, seen)


def _word(result: CaseResult | None) -> str:
    """What a case did, whatever was expected of it."""
    return "absent" if result is None else str(result.did)
