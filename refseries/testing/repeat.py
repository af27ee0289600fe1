# SPDX-License-Identifier: GPL-2.0-or-later
"""The same cases again and again: how each round is varied, and what all of them come to; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from refseries.guest import rounds as guest_rounds
from refseries.guest.cases import CasesRun
from refseries.model import Splat, StageOutcome
from refseries.testing.jobs import BootJob
from refseries.testing.model import CaseResult, Outcome, Run

MOST_ROUNDS = 10_000
_KEPT = 10  # rounds of one guest: then the next one is booted, with other processors
_PATIENCE = 4.0
# 0 stands for what the machines have by themselves, which is two.
_CPUS = (0, 1, 4)
_UNNAMED = re.compile(r"case [0-9]+")


@dataclass(frozen=True)
class Repeat:
    """How often the cases run, and how.

    Attributes:
        rounds: how often.
        fresh: in a guest of its own each time.
        until_failure: no more guests once a case did not come out as expected.
        load: the host is kept busy meanwhile.
    """

    rounds: int = 1
    fresh: bool = False
    until_failure: bool = False
    load: bool = False


def patience(wanted: Repeat | None) -> float:
    """By how much a case may take longer than usual: we make the machine slow ourselves."""
    return _PATIENCE if wanted is not None and wanted.load else 1.0


@dataclass(frozen=True)
class Variation:
    """One guest of several.

    Attributes:
        number: counts them from 1; 0 for one that is the only one, and as guests are.
        first: its first round; they count from 1. The seed of a round is its number.
        rounds: how many it goes through.
        cpus: its processors; 0 for what the machine has by itself.
        parameters: of its kernel.
    """

    number: int = 0
    first: int = 1
    rounds: int = 1
    cpus: int = 0
    parameters: tuple[str, ...] = ()

    def job(self, plain: BootJob) -> BootJob:
        """``plain`` as this one has it."""
        if not self.number:
            return plain
        return replace(
            plain,
            name=f"{plain.name}/{self.number}",
            parameters=(*plain.parameters, *self.parameters),
            rounds=self.rounds,
            seed=self.first,
            cpus=self.cpus,
        )

    def told(self, number: int) -> str:
        """Under which circumstances round ``number`` of all ran, in words."""
        cpus = {0: (), 1: ("1 processor",)}.get(self.cpus, (f"{self.cpus} processors",))
        return ", ".join((f"round {number}", *cpus, *self.parameters, f"seed {number}"))


@dataclass(frozen=True)
class Answered:
    """A guest, and what it said."""

    variation: Variation
    cases: CasesRun


ONCE = (Variation(),)


def variations(wanted: Repeat | None) -> tuple[Variation, ...]:
    """The guests that ``wanted`` takes; the first one is as guests are.

    Each has other processors than the one before it; of each round of those, every second has its
    addresses where the last one had them.
    """
    if wanted is None:
        return ONCE
    kept = 1 if wanted.fresh else _KEPT
    return tuple(
        Variation(
            number=at + 1,
            first=at * kept + 1,
            rounds=min(kept, wanted.rounds - at * kept),
            cpus=_CPUS[at % len(_CPUS)],
            parameters=("norandmaps",) if at // len(_CPUS) % 2 else (),
        )
        for at in range(-(-wanted.rounds // kept))
    )


class Guests:
    """The guests of one target in one config, on their way.

    Args:
        plain: one of them, as it is when nothing is varied.
    """

    def __init__(self, plain: BootJob, wanted: Repeat | None) -> None:
        self._plain = plain
        self._waiting = list(variations(wanted))
        self._under_way: dict[BootJob, Variation] = {}
        self._until_failure = wanted is not None and wanted.until_failure
        self.heard: list[Answered] = []
        self._unjudged: list[Answered] = []

    def next(self) -> BootJob | None:
        """The next one to boot; None when there is none."""
        if not self._waiting:
            return None
        variation = self._waiting.pop(0)
        job = variation.job(self._plain)
        self._under_way[job] = variation
        return job

    def take(
        self, job: BootJob, cases: CasesRun, judge: Callable[[Sequence[Answered]], Run] | None
    ) -> None:
        """``job`` is done; where ``judge`` finds it a failure, it may be the last.

        Args:
            judge: None while nobody can tell; it is asked with the next one.
        """
        self.heard.append(Answered(self._under_way.pop(job), cases))
        self._unjudged.append(self.heard[-1])
        if not self._until_failure or judge is None:
            return
        if not judge(self._unjudged).as_expected:
            self._waiting = []
        self._unjudged = []

    @property
    def over(self) -> bool:
        """Whether no guest is left."""
        return not self._waiting and not self._under_way


@dataclass(frozen=True)
class Round:
    """One round: under which circumstances it ran, and what its guest said."""

    told: str
    cases: CasesRun


def apart(heard: Iterable[Answered]) -> tuple[Round, ...]:
    """The rounds of several guests, in their order."""
    found = []
    for guest in sorted(heard, key=lambda each: each.variation.number):
        variation = guest.variation
        by_round = guest_rounds.apart(guest.cases, variation.rounds)
        for number, cases in enumerate(by_round, variation.first):
            found.append(Round(variation.told(number), cases))
    return tuple(found)


def together(rounds: Sequence[Round], runs: Sequence[Run], heard: Iterable[Answered]) -> Run:
    """One run of all rounds.

    Args:
        rounds: at least one.
        runs: what each of them came to by itself.
        heard: the guests, for what they took.

    Returns:
        A run whose cases are ``flaky`` where they did not come out the same in each round, and
        whose stages are those of the first round that is not as it should be.
    """
    if len(rounds) == 1:
        return runs[0]
    results = _cases(rounds, runs)
    worst = next((run for run in runs if not run.as_expected), runs[0])
    message = worst.message
    stages = dict(worst.stages)
    wrong = [each for each in results if not each.as_expected]
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        message = f"not as expected: {wrong[0].name}: {wrong[0].outcome}{more}; {wrong[0].message}"
        if stages.get("test") is StageOutcome.PASS:
            stages["test"] = StageOutcome.FAIL
    elif not worst.as_expected:
        message = f"{rounds[runs.index(worst)].told}: {worst.message}"
    guests = [each.cases for each in heard]
    booting = sum(boot.ready for cases in guests for boot in cases.boots)
    taken = sum(cases.seconds for cases in guests)
    return replace(
        runs[0],
        stages=stages,
        seconds={**runs[0].seconds, "boot": booting, "test": taken - booting},
        results=results,
        splats=_splats(runs),
        message=message,
        as_expected=not wrong and all(run.as_expected for run in runs),
        unseen=next(filter(None, (run.unseen for run in runs)), ""),
    )


def _splats(runs: Sequence[Run]) -> tuple[Splat, ...]:
    """Each once, as it was printed first."""
    found: dict[tuple[str, str | None], Splat] = {}
    for splat in (splat for run in runs for splat in run.splats):
        found.setdefault((splat.title, splat.case), splat)
    return tuple(found.values())


def _cases(rounds: Sequence[Round], runs: Sequence[Run]) -> tuple[CaseResult, ...]:
    by_round = [{result.name: result for result in run.results} for run in runs]
    names = dict.fromkeys(name for results in by_round for name in results)
    unnamed = [name for name in names if _UNNAMED.fullmatch(name)]
    # What nobody could name in one round is named by the others, as far as they name it.
    spare = len(names) - max(map(len, by_round))
    left_out = frozenset(unnamed[: max(0, spare)])
    return tuple(
        _case(rounds, [results.get(name) or _gone(name) for results in by_round])
        for name in names
        if name not in left_out
    )


def _gone(name: str) -> CaseResult:
    return CaseResult(name, Outcome.VANISHED, message="never reported")


def _case(rounds: Sequence[Round], results: Sequence[CaseResult]) -> CaseResult:
    """What one case comes to by the results of all rounds."""
    count = len(results)
    known = next((each for each in results if each.outcome is not Outcome.VANISHED), results[0])
    base = replace(known, rounds=count, seconds=max(each.seconds for each in results))
    outcomes = Counter(each.outcome for each in results)
    if known.expected is Outcome.FLAKY and Outcome.XFAIL in outcomes and not outcomes[Outcome.PASS]:
        return replace(base, outcome=Outcome.FAIL)  # not one round shows that it can pass
    if len(outcomes) == 1:
        return base
    good = {Outcome.PASS} if known.expected is Outcome.FLAKY else _as_expected(results)
    # Of several that are as expected (pass, and xfail by the case's own word), the most frequent.
    usual = next((each for each, _ in outcomes.most_common() if not good or each in good), None)
    odd = [at for at, each in enumerate(results) if each.outcome is not usual]
    first = results[odd[0]]
    why = f": {first.message}" if first.message else ""
    return replace(
        base,
        outcome=Outcome.FLAKY,
        odd=len(odd),
        message=f"{len(odd)} of {count} rounds; {rounds[odd[0]].told}: {first.outcome}{why}",
    )


def _as_expected(results: Iterable[CaseResult]) -> set[Outcome]:
    return {each.outcome for each in results if each.as_expected}
