# SPDX-License-Identifier: GPL-2.0-or-later
"""One mutant tried: with the cases that are known to run its line, then with all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from unidiff.patch import PatchSet

from refseries.coverage.model import ConfigCoverage
from refseries.guest.cases import CasesRun
from refseries.guest.results import CaseStatus, KtapResult
from refseries.model import Splat, StageOutcome, Target
from refseries.mutate.model import Mutant
from refseries.testing import verdict
from refseries.testing.expectations import Expectations
from refseries.testing.jobs import BootJob, Here, Lane, Step
from refseries.testing.model import CaseResult, Outcome

# What fits on the kernel's command line with room to spare.
_MOST_CASES = 24
_MOST_BYTES = 1000
# Of the time that all cases take.
_PART_OF_ALL = 0.25
# A statement goes on for so many lines behind the one that the compiler counts.
_GOES_ON = 3


@dataclass(frozen=True)
class Judging:
    """By what a guest is judged.

    Attributes:
        target, config: what the mutant is made of, which says what is expected of each case.
        known: splats of base in this config.
        slow: cases on which the version itself spent much of their time, so that a mutant's may
            run out of it by what else the machine does: that gives nothing away.
    """

    target: Target
    config: str
    expectations: Expectations
    known: tuple[Splat, ...]
    slow: frozenset[str] = frozenset()

    def says(self, case: CaseResult) -> bool:
        """Whether one case shows that this is not the version."""
        if case.outcome is Outcome.NO_CONSOLE:  # a console that is not whole gives nothing away
            return False
        by_time_alone = case.outcome is Outcome.TIMEOUT and case.name in self.slow
        return not case.as_expected and not by_time_alone

    def gives_away(self, answer: CasesRun) -> tuple[str, str] | None:
        """What shows that this is not the version: case or stage, and why; None if nothing does.

        Of a guest that went through all its cases, a splat or a death may still give it away.
        """
        results = verdict.judge(answer, self.expectations, self.known, self.target, self.config)
        if wrong := next((each for each in results if self.says(each)), None):
            return wrong.name, wrong.message
        if answer.gaps:
            return None
        right = [each for each in results if each.as_expected]
        booted, tested, message = verdict.stages(answer, right, self.known)
        for stage, outcome in (("boot", booted), ("test", tested)):
            if outcome is not StageOutcome.PASS:
                return stage, message
        return None


class _Caught(Exception):  # noqa: N818 - good news
    """A guest showed what gives a mutant away; the rest of its cases do not matter."""

    def __init__(self, case: CaseResult) -> None:
        self.case = case


@dataclass(frozen=True)
class TryJob:
    """Boot a mutant until a case gives it away.

    The answer is that case, or the CasesRun of a guest that went through its cases: all of them,
    unless it was given away before.

    Attributes:
        boot: the guest, with all cases.
        hurry: seconds that a case has at first: a kernel that lets no process die shows it soon.
            What is merely slow is tried again with what ``boot`` gives: on a busy machine it
            would be as slow without the mutant.
        likely: cases that are tried first, in a boot of their own.
    """

    lane: ClassVar[Lane] = Lane.BOOT

    boot: BootJob
    judging: Judging
    hurry: float
    likely: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The boot's."""
        return self.boot.name

    def perform(self, here: Here) -> CaseResult | CasesRun:
        """Boot it, and end it as soon as may be."""
        here.tell(Step("test", ""))
        answer = self._tried(here, replace(self.boot, case_seconds=self.hurry))
        return self._tried(here, self.boot) if _is_slow(answer) else answer

    def _tried(self, here: Here, boot: BootJob) -> CaseResult | CasesRun:
        def on_case(result: KtapResult, _planned: int) -> None:
            judging = self.judging
            case = verdict.early(result, judging.expectations, judging.target, judging.config)
            if judging.says(case):
                raise _Caught(case)

        try:
            if self.likely:
                first = replace(boot, name=f"{boot.name}-likely", only=self.likely)
                answer = first.boot(here, on_case)
                if self.judging.gives_away(answer):
                    return answer
            return boot.boot(here, on_case)
        except _Caught as caught:
            return caught.case


def _is_slow(answer: CaseResult | CasesRun) -> bool:
    if isinstance(answer, CaseResult):
        return answer.outcome is Outcome.TIMEOUT
    return any(result.status is CaseStatus.TIMEOUT for result in answer.results)


def likely(mutant: Mutant, kept: ConfigCoverage | None) -> tuple[str, ...]:
    """The cases to begin with; none where nothing is known of its line. Pure.

    Cases that run a line that the mutant changes: of each fixture the quickest, then the second of
    each, and so on, since cases of one fixture notice much the same; slow ones only where no other
    runs it. Before them the one that was said to catch it, and those that left the line by the way
    that the fewest took: of a refusal that is gone, no others know.

    Args:
        kept: what the cases run of the version.
    """
    if kept is None:
        return ()
    seconds = {case.name: case.seconds for case in kept.cases if case.as_expected}
    ran, strayed = _that_run(mutant, kept)
    ordered: list[tuple[bool, int, float, str]] = []
    ranks: Counter[str] = Counter()
    for name in sorted(ran & seconds.keys(), key=lambda name: (seconds[name], name)):
        fixture = name.partition(".")[0]
        ordered.append((name not in strayed, ranks[fixture], seconds[name], name))
        ranks[fixture] += 1
    said = [mutant.case] if mutant.case in seconds else []
    room = sum(seconds.values()) * _PART_OF_ALL
    quick: list[str] = []
    for *_rank, took, name in sorted(ordered):
        if took <= room or not (quick or said):
            quick.append(name)
            room -= took
    names = dict.fromkeys([*said, *quick])
    return tuple(_fitting(names)) if len(names) < len(kept.cases) else ()


def _fitting(names: Iterable[str]) -> Iterator[str]:
    room = _MOST_BYTES
    for count, name in enumerate(names):
        room -= len(name) + len(" only=")
        if count == _MOST_CASES or room < 0:
            return
        yield name


def _that_run(mutant: Mutant, kept: ConfigCoverage) -> tuple[set[str], set[str]]:
    """The cases that run what the mutant changes, and those that leave it by a rare way. Pure."""
    found: set[str] = set()
    strayed: set[str] = set()
    for file in PatchSet(mutant.diff):
        known = {line.number for line in kept.lines if line.file == file.path}
        numbers: set[int] = set()
        for hunk in file:
            at, replaced = hunk.source_start, False
            for line in hunk:
                # Where it only adds, the line behind is on the same way.
                if line.is_removed or (line.is_added and not replaced):
                    behind = range(at, at - _GOES_ON - 1, -1)
                    numbers.update(next(([each] for each in behind if each in known), []))
                at += not line.is_added
                replaced = line.is_removed or (replaced and line.is_added)
        found |= kept.ran(file.path, numbers)
        strayed |= kept.strayed(file.path, numbers)
    return found, strayed
