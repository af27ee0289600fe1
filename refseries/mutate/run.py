# SPDX-License-Identifier: GPL-2.0-or-later
"""Every mutant built, booted and tested, until something notices it.

Mutants are built in the work tree that the version was built in, so that only what a mutant changes
is compiled; the guests of those that are built run beside. What became of a mutant is kept under a
key of all that it depends on, its kernel is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from refseries.coverage import keeping
from refseries.coverage.model import ConfigCoverage
from refseries.errors import SeriesError, StageError, Stopped
from refseries.guest.cases import CasesRun
from refseries.host import typed
from refseries.host.progress import Say
from refseries.host.text import unmatched
from refseries.kernel.model import Config, Image
from refseries.model import Applied, Target
from refseries.mutate import commits, handwritten, trying
from refseries.mutate.model import Mutant, MutantFate, MutantResult, MutationReport
from refseries.mutate.trying import Judging, TryJob
from refseries.series import apply, store
from refseries.testing import runner as runners
from refseries.testing import runs, verdict
from refseries.testing.events import Done
from refseries.testing.expectations import Expectations
from refseries.testing.jobs import BootJob, BuildJob, Job, Step
from refseries.testing.lab import Lab
from refseries.testing.model import CaseResult
from refseries.testing.runner import Runner
from refseries.testing.suites import guest, load, options

# A mutant's case has so much longer than the version's slowest one before it is ended at first.
_HURRY, _LEAST_SECONDS = 4.0, 10.0
# What was slow has so much more than the config gives, for a machine that has become busy since.
_PATIENCE = 5.0
# Of the time that the config gives. A program may give itself less than the config does.
_MUCH = 0.25
# From so many on it pays to record what make does for one, which takes as long as eight.
_MANY = 20


@dataclass(frozen=True)
class MutationRequest:
    """How mutants are tried.

    Attributes:
        target: the version that they are made of.
        config: in which they are built and tested.
        likely_first: begin with the cases that run a mutant's line, where that is known.
    """

    lab: Lab
    target: Target
    config: Config
    likely_first: bool = True


@dataclass(frozen=True)
class MutationPlan:
    """What can be tried.

    Attributes:
        applied: the version.
        mutants: all of it, those written by hand first.
        survivors: what is known of those that no case catches.
    """

    applied: Applied
    mutants: tuple[Mutant, ...]
    survivors: handwritten.Survivors


def plan(lab: Lab, target: Target) -> MutationPlan:
    """Apply a version and find its mutants.

    Raises:
        SeriesError: ``target`` is no version of the series, or a file about mutants is wrong.
        StageError: the version does not apply.
    """
    version = store.version(lab.series, target.version)
    if target.within is not None:
        raise SeriesError(
            f"{target} is a state between versions, and only versions have mutants.",
            hint=f"Name {target.version}.",
        )
    applied = apply.apply(lab.series, lab.base, target, lab.cache)
    survivors = handwritten.Survivors.load(lab.series.root)
    by_hand = handwritten.load(lab.series.root, target)
    made = commits.made_mutants(lab.base.of(version.name), version, applied)
    return MutationPlan(applied, (*by_hand, *made), survivors)


def choose(mutants: Sequence[Mutant], globs: Sequence[str]) -> list[Mutant]:
    """Those whose names fit one of ``globs``; all without any.

    Raises:
        SeriesError: there is none, or none that one of the globs fits.
    """
    chosen = [m for m in mutants if not globs or any(fnmatchcase(m.name, g) for g in globs)]
    if not mutants:
        raise SeriesError(
            "the version gives no mutants: it adds no C that kernels are built from.",
            hint="Write some by hand; see kernel-tests/README.md.",
        )
    if unknown := unmatched(globs, {mutant.name for mutant in mutants}):
        raise SeriesError(
            f"no mutant is called {' or '.join(unknown)}.",
            where="--mutant",
            hint="`refseries mutate VERSION --list` shows their names.",
        )
    return chosen


def run(
    request: MutationRequest, plan: MutationPlan, chosen: Sequence[Mutant], say: Say
) -> MutationReport:
    """Try mutants.

    Args:
        chosen: those of ``plan`` that are tried.
        say: called in this thread.

    Raises:
        StageError: the version itself does not build, or does not come out as expected.
        HostError: the machine lacks something.
    """
    work = _Work(request, plan.applied, chosen, say)
    stopped = False
    try:
        work.do_all()
    except Stopped:
        stopped = True
    done = (work.done[m.name] for m in chosen if m.name in work.done)
    results = tuple(
        plan.survivors.explain(request.target, request.config.name, result) for result in done
    )
    stale: tuple[str, ...] = ()
    if len(chosen) == len(plan.mutants):
        stale = plan.survivors.stale(request.target, [mutant.name for mutant in chosen])
    return MutationReport(request.target, results, len(chosen), stopped, stale)


@dataclass(frozen=True)
class _Whole:
    """The version without a mistake: what a mutant is compared with.

    Attributes:
        cases: seconds of each.
    """

    digest: str
    cases: Mapping[str, float]


class _KeptFate(msgspec.Struct, frozen=True):
    """What is kept of a `MutantResult`."""

    fate: MutantFate
    by: str
    message: str


class _Work:
    """One run over mutants."""

    def __init__(
        self, request: MutationRequest, applied: Applied, mutants: Sequence[Mutant], say: Say
    ) -> None:
        self.request = request
        self.lab = request.lab
        self.applied = applied
        self.mutants = mutants
        self.say = say
        self.expectations = Expectations.load(self.lab.series.root)
        suites = load.load(self.lab.series.root)
        # A mutant changes no test: all are tried with those of the version.
        self.config = options.asked(request.config, suites, applied)
        self.guest = guest.needed(self.lab, suites, applied, self.config)
        self.known = runs.known_splats(
            self.lab.cache,
            self.lab.series.home,
            request.config.name,
            self.lab.base,
            request.target.version,
        )
        self.judging = Judging(request.target, request.config.name, self.expectations, self.known)
        self.lines = self._lines()
        self.records = self.lab.cache / self.lab.series.home / "mutants"
        self.done: dict[str, MutantResult] = {}

    def _lines(self) -> ConfigCoverage | None:
        """What the cases run of the version as it stands, if `refseries coverage` counted it.

        Cases that came later are tried with all the others.
        """
        lab, request = self.lab, self.request
        kept = keeping.load(lab.cache, lab.series.home, request.target, request.config.name)
        same = kept is not None and kept.tree == self.applied.tree
        return kept if same and request.likely_first else None

    def do_all(self) -> None:
        """Everything that is not known yet."""
        todo = []
        base, who = self.lab.base, self.lab.series.identity
        with commits.index(base, self.applied) as whole:
            for mutant in self.mutants:
                commit = commits.commit(base, self.applied, mutant, who, whole)
                if commit is None:
                    self.done[mutant.name] = MutantResult(mutant, MutantFate.NO_APPLY)
                elif recalled := self._recall(mutant, commit):
                    self.done[mutant.name] = recalled
                else:
                    todo.append((mutant, commit))
        if not todo:
            return
        with runners.opened(self.lab) as runner:
            self._try(runner, self._whole(runner), todo)

    def _try(self, runner: Runner, whole: _Whole, todo: Sequence[tuple[Mutant, Applied]]) -> None:
        """Build them all, and boot each that is a kernel of its own."""
        of: dict[Job, tuple[Mutant, Applied, Image | None]] = {}
        many = len(todo) >= _MANY
        for mutant, commit in todo:
            job = replace(BuildJob.of(commit, self.config, mutant.name), one_of_many=many)
            of[job] = (mutant, commit, None)
            runner.submit(job)
        for event in runner.events():
            mutant, commit, image = of[event.job]
            if not isinstance(event, Done):
                self._tell(mutant.name, event.step)
            elif event.error is not None and image is not None:
                raise event.error  # nobody came back from its boot: neither caught nor not
            elif event.error is not None:
                unbuilt = MutantResult(mutant, MutantFate.NO_BUILD, "build", str(event.error))
                self._finish(unbuilt, commit, keep=event.error.lasting)
            elif isinstance(event.answer, CaseResult | CasesRun):
                assert image is not None
                self._finish(self._judge(mutant, event.answer), commit)
                runner.discard(image)
            elif not isinstance(event.answer, Image):
                raise AssertionError(event.answer)
            elif event.answer.digest() == whole.digest:
                self._finish(MutantResult(mutant, MutantFate.NO_CHANGE), commit)
                runner.discard(event.answer)
            else:
                tried = self._tried(mutant, event.answer, whole)
                of[tried] = (mutant, commit, event.answer)
                runner.submit(tried)

    def _say(self, text: str) -> None:
        done, planned = len(self.done), len(self.mutants)
        self.say(f"{done} of {planned} mutants, {text}", done / planned)

    def _tell(self, name: str, step: Step) -> None:
        if step.stage == "wait":
            self._say(step.text)
        elif step.stage == "build" and not step.done:
            self._say(f"building {name}")

    def _whole(self, runner: Runner) -> _Whole:
        """The version itself, built and tested: a mutant of a red version would prove nothing."""
        target, config = self.request.target, self.config

        def told(step: Step) -> None:
            self._tell(f"{target} itself", step)

        image = runners.answer(runner, BuildJob.of(self.applied, config), Image, told)
        self._say(f"testing {target} itself")
        boot = self._boot("whole", image)
        cases = runners.answer(runner, boot, CasesRun, told)
        results = verdict.judge(cases, self.expectations, self.known, target, config.name)
        wrong = [each for each in results if not each.as_expected]
        if not cases.complete or not results or wrong:
            why = f"{wrong[0].name}: {wrong[0].outcome}" if wrong else cases.reason
            raise StageError(
                f"{target} itself does not come out as expected: {why}.",
                where=str(runner.place() / boot.name),
                hint=f"See `refseries test {target} --config {config.name}` first.",
            )
        much = _MUCH * self.guest.case_seconds
        slow = frozenset(each.name for each in results if each.seconds > much)
        self.judging = replace(self.judging, slow=slow)
        return _Whole(image.digest(), {each.name: each.seconds for each in results})

    def _boot(self, name: str, image: Image) -> BootJob:
        folder = name.replace(":", "-").replace("/", "+")
        return self.guest.boot(folder, self.config, image.key)

    def _tried(self, mutant: Mutant, image: Image, whole: _Whole) -> TryJob:
        boot = self._boot(mutant.name, image)
        slowest = max(whole.cases.values())
        hurry = min(max(_LEAST_SECONDS, _HURRY * slowest), boot.case_seconds)
        boot = replace(boot, case_seconds=_PATIENCE * boot.case_seconds)
        # The tests may have changed since their lines were counted.
        likely = (name for name in trying.likely(mutant, self.lines) if name in whole.cases)
        return TryJob(boot, self.judging, hurry, tuple(likely))

    def _judge(self, mutant: Mutant, answer: CaseResult | CasesRun) -> MutantResult:
        if isinstance(answer, CaseResult):
            return MutantResult(mutant, MutantFate.CAUGHT, answer.name, answer.message)
        if found := self.judging.gives_away(answer):
            return MutantResult(mutant, MutantFate.CAUGHT, *found)
        missing = answer.gaps[0].text if answer.gaps else ""
        return MutantResult(mutant, MutantFate.SURVIVED, message=missing)

    def _finish(self, result: MutantResult, commit: Applied, *, keep: bool = True) -> None:
        if keep:
            typed.keep(self._record(commit), _KeptFate(result.fate, result.by, result.message))
        self.done[result.mutant.name] = result
        self._say(f"{result.mutant.name}: {result.fate}")

    def _recall(self, mutant: Mutant, commit: Applied) -> MutantResult | None:
        kept = typed.kept(self._record(commit), _KeptFate)
        return MutantResult(mutant, kept.fate, kept.by, kept.message) if kept else None

    def _record(self, commit: Applied) -> Path:
        """Where its fate is kept: by its tree, how it is built, and what it is tried by."""
        config, seconds = self.config, self.guest.case_seconds
        digest = hashlib.sha256()
        for text in (
            self.lab.image_key(commit.tree, config),
            self.guest.programs,
            f"{self.request.target} {config.name} {seconds} {config.case_ptrace}",
            repr(self.expectations),
            *sorted(splat.title for splat in self.known),
            f"{_HURRY} {_LEAST_SECONDS} {_PATIENCE} {_MUCH}",  # what was caught by time alone
        ):
            digest.update(text.encode("utf-8", "surrogateescape") + b"\0")
        return self.records / f"{digest.hexdigest()[:32]}.json"
