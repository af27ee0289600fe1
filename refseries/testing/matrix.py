# SPDX-License-Identifier: GPL-2.0-or-later
"""Versions x configs: apply -> build -> boot -> test, and what came of each.

Builds are submitted in the order that rebuilds least, and each boot once its build is there.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from refseries import git
from refseries.errors import StageError, Stopped
from refseries.guest.cases import CasesRun
from refseries.host.load import busy, processes
from refseries.kernel import build_order
from refseries.kernel.model import Config, Image
from refseries.model import BASE, Applied, Splat, StageOutcome, Target
from refseries.testing import applying, by_patch, columns, repeat, runs, session
from refseries.testing import runner as runners
from refseries.testing.columns import Column
from refseries.testing.events import Done
from refseries.testing.expectations import Expectations
from refseries.testing.jobs import BootJob, BuildJob, Job, Step
from refseries.testing.judges import Judges
from refseries.testing.lab import Lab
from refseries.testing.model import STAGES, Matrix, Run
from refseries.testing.repeat import Answered, Guests, Repeat
from refseries.testing.runner import Runner
from refseries.testing.suites import guest, load, options
from refseries.testing.suites.guest import Guest


@dataclass(frozen=True)
class Event:
    """Something that happened to one run; ``run`` is there when it is finished."""

    target: Target
    config: str
    stage: str
    text: str
    run: Run | None = None


OnEvent = Callable[[Event], None]


@dataclass(frozen=True)
class MatrixRequest:
    """What is to be built, and tested unless ``boot`` is False.

    Attributes:
        chain: the version whose fixups ``targets`` go through (``--by-task``); None otherwise.
        by_patch: ``targets`` go through the patches of ``chain``, not its fixups (``--by-patch``).
        only: names or globs of the cases to run; empty for all.
        boot: False to stop behind the builds.
        repeat: how often the cases run; None: once, as it is.
    """

    lab: Lab
    targets: tuple[Target, ...]
    configs: tuple[Config, ...]
    chain: str | None = None
    by_patch: bool = False
    only: tuple[str, ...] = ()
    boot: bool = True
    repeat: Repeat | None = None


def run(request: MatrixRequest, tell: OnEvent) -> Matrix:
    """Do what ``request`` asks for.

    Args:
        tell: called with every event, in this thread.

    Returns:
        A run for each target and config, in their order. Failures of stages are in the runs; a run
        that the user stopped early is marked so.

    Raises:
        SeriesError: the series, a config or the expectations are wrong.
        HostError: the machine lacks something.
    """
    work = _Work(request, tell)
    stopped = False
    try:
        with contextlib.ExitStack() as work.guests_last, runners.opened(request.lab) as runner:
            work.do_all(runner)
    except Stopped:
        stopped = True
    return Matrix(work.lab.series.name, work.lab.base, work.collect(), stopped)


class _Work:
    """One matrix being worked off."""

    def __init__(self, request: MatrixRequest, tell: OnEvent) -> None:
        self.request = request
        self.tell = tell
        self.lab = request.lab
        self.expectations = Expectations.load(self.lab.series.root)
        self.judges = Judges.load(self.lab.series.root)
        self.trees: dict[Target, str] = {}
        self.changed = functools.cache(functools.partial(git.changed_paths, self.lab.base.repo))
        self.done: dict[tuple[Target, str], Run] = {}
        self.columns: dict[Job, Column] = {}
        self.heard: list[Column] = []
        # What lasts as long as guests run.
        self.guests_last = contextlib.ExitStack()
        self.loaded = False
        self.suites = load.load(self.lab.series.root)

    def do_all(self, runner: Runner) -> None:
        """Everything: the builds are all submitted at once, a boot when its build is done."""
        applied = self._apply_all()
        guests = self._guests([each for each, _ in applied])
        for config in self.request.configs:
            for each, took in self._ordered(applied, config):
                if (each.target, config.name) in self.done:
                    continue  # its tests do not compile
                told = guests.get((each.target, config.name))
                column = Column(each, config, told, seconds={"apply": took})
                wanted = options.asked(config, self.suites, each)
                self._submit(runner, BuildJob.of(each, wanted), column)
        for event in runner.events():
            column = self.columns[event.job]
            if not isinstance(event, Done):
                self._say(column, event.step)
                continue
            if isinstance(event.answer, CasesRun):
                assert isinstance(event.job, BootJob)
                self._heard(runner, column, event.job, event.answer)
            elif event.error is not None:
                self._finish(self._not_done(column, event.error, event.seconds))
            elif isinstance(event.answer, Image):
                column.seconds["build"] = event.seconds
                self._built(runner, column, event.answer)
            self._judge_those_heard(runner)

    def _apply_all(self) -> list[tuple[Applied, float]]:
        request = self.request
        if request.chain is None:
            made = applying.each(self.lab, request.targets)
        else:
            made = applying.chain(self.lab, request.chain, request.targets, request.by_patch)
        self.trees = {each.target: each.tree for each, _seconds in made.applied}
        for target, error in made.failed:
            for config in request.configs:
                self._finish(self._failed(target, config, StageOutcome.APPLY_FAILED, error))
        return made.applied

    def collect(self) -> tuple[Run, ...]:
        """The runs in the order of the request; those that never ended are marked stopped."""
        stopped = dict.fromkeys(STAGES, StageOutcome.STOPPED)
        return tuple(
            self.done.get((target, config.name)) or Run(target, config.name, config.arch, stopped)
            for config, target in itertools.product(self.request.configs, self.request.targets)
        )

    def _submit(self, runner: Runner, job: Job, column: Column) -> None:
        self.columns[job] = column
        runner.submit(job)

    def _say(self, column: Column, step: Step) -> None:
        self.tell(Event(column.applied.target, column.config.name, step.stage, words(step)))

    def _guests(self, applied: list[Applied]) -> dict[tuple[Target, str], Guest]:
        """What each target is booted with, in each config that boots."""
        found: dict[tuple[Target, str], Guest] = {}
        for config in self.request.configs:
            booted = applied if self.request.boot and config.boot else []
            if booted and not self.suites:  # the same programs for all trees
                same = guest.prepare(self.lab, self.suites, booted[0], config)
                found |= {(each.target, config.name): same for each in booted}
                continue
            for each in booted:
                self.tell(Event(each.target, config.name, "build", "compiling its tests"))
                try:
                    made = guest.prepare(self.lab, self.suites, each, config)
                except StageError as error:
                    self._finish(
                        self._failed(each.target, config, StageOutcome.BUILD_FAILED, error)
                    )
                    continue
                found[(each.target, config.name)] = made
        if not self.done:
            guest.check_used(self.lab, self.suites, found.values(), self.request.targets)
        return found

    def _ordered(
        self, applied: list[tuple[Applied, float]], config: Config
    ) -> tuple[tuple[Applied, float], ...]:
        """The order of the builds; base comes first, for what its guest says of the others'."""
        base = [item for item in applied if item[0].target.version == BASE]
        versions = build_order.order(
            [item for item in applied if item not in base],
            lambda one, other: self.changed(one[0].tree, other[0].tree),
            config.arch,
            start=base[0] if base else None,
        )
        return (*base, *versions)

    def _not_done(self, column: Column, error: StageError, seconds: float) -> Run:
        """A build that failed; or a boot of which nobody came back, as all that did it died."""
        built = column.built is not None
        outcome = StageOutcome.NO_RESULTS if built else StageOutcome.BUILD_FAILED
        failed = self._failed(column.applied.target, column.config, outcome, error)
        return replace(failed, seconds={**column.seconds, "boot" if built else "build": seconds})

    def _failed(
        self, target: Target, config: Config, outcome: StageOutcome, error: StageError
    ) -> Run:
        return columns.failed(target, config, outcome, error, self.expectations)

    def _built(self, runner: Runner, column: Column, image: Image) -> None:
        target, config = column.applied.target, column.config
        booted = column.guest
        programs = booted.programs if booted else ""
        initramfs = self.lab.programs(programs) if programs else None
        column.built = columns.built(column, image, initramfs, self.expectations)
        if booted is None or not programs:
            self._finish(column.built)
            return
        self.tell(Event(target, config.name, "boot", "waiting for a processor to boot on"))
        slower = repeat.patience(self.request.repeat)
        name = runs.place_name(target, config.name)
        boot = booted.boot(name, config, image.key, self.request.only)
        boot = replace(
            boot, case_seconds=slower * boot.case_seconds, deadline=slower * boot.deadline
        )
        column.guests = Guests(boot, self.request.repeat)
        self._keep_busy()
        for _ in range(self.lab.jobs):
            self._boot_next(runner, column, column.guests)

    def _keep_busy(self) -> None:
        """Begin with what ``--load`` wants, as the first guest comes."""
        wanted = self.request.repeat is not None and self.request.repeat.load
        if wanted and not self.loaded:
            self.guests_last.enter_context(busy(processes()))
            self.loaded = True

    def _boot_next(self, runner: Runner, column: Column, guests: Guests) -> None:
        if (job := guests.next()) is not None:
            self._submit(runner, job, column)

    def _heard(self, runner: Runner, column: Column, job: BootJob, cases: CasesRun) -> None:
        """A guest has spoken: boot the next one, or have them all judged."""
        assert column.guests is not None

        def judge(heard: Sequence[Answered]) -> Run:
            return self._judged(runner, column, heard)

        column.guests.take(job, cases, None if self._awaits(column) else judge)
        self._boot_next(runner, column, column.guests)
        if column.guests.over:
            self.heard.append(column)

    def _base_of(self, target: Target) -> Target:
        return target if target.version == BASE else self.lab.base.target(target.stands_on)

    def _awaits(self, column: Column) -> bool:
        """Whether something is still to come that says what of it is nobody's fault.

        Base's complaints are that. Of a version's patches the first comes first: what it has, a
        later one may not lack.
        """
        target, config = column.applied.target, column.config.name
        of = self._base_of(target)
        first = [of] if of != target and of in self.request.targets else []
        first += by_patch.before(target, self.request.targets)
        return any((each, config) not in self.done for each in first)

    def _judge_those_heard(self, runner: Runner) -> None:
        """Judge guests, each when nothing is awaited for it any more."""
        waiting = sorted(
            self.heard,
            key=lambda each: (
                each.applied.target.version != BASE,
                each.applied.target.patch or 0,
            ),
        )
        self.heard = []
        for column in waiting:
            if self._awaits(column):
                self.heard.append(column)
                continue
            assert column.built is not None
            assert column.guests is not None
            tested = self._judged(runner, column, column.guests.heard)
            # A build that was expected to fail is no less unexpected when its tests are fine.
            good = column.built.as_expected and tested.as_expected
            said = "; ".join(filter(None, (column.built.message, tested.message)))
            self._finish(replace(tested, as_expected=good, message=said))

    def _known(self, target: Target, config: str, heard: Sequence[Answered]) -> tuple[Splat, ...]:
        """Complaints that are nobody's fault: those of base, in this run or an earlier one."""
        lab, of = self.lab, self._base_of(target)
        kept = runs.known_splats(lab.cache, lab.series.home, config, lab.base, target.stands_on)
        if of == target:
            return (*kept, *(splat for one in heard for splat in one.cases.splats))
        return (*kept, *(self.done[of, config].splats if (of, config) in self.done else ()))

    def _judged(self, runner: Runner, column: Column, heard: Sequence[Answered]) -> Run:
        assert column.built is not None
        built, config = column.built, column.config.name
        place = runner.place() / runs.place_name(built.target, config)
        earlier = [
            self.done[(each, config)]
            for each in by_patch.before(built.target, self.request.targets)
            if (each, config) in self.done
        ]
        heard = [replace(one, cases=guest.read(self.suites, one.cases)) for one in heard]
        known = self._known(built.target, config, heard)
        rounds = repeat.apart(heard)
        cases = rounds[0].cases
        expectations = by_patch.expected(built.target, config, cases, self.expectations, earlier)
        each = [session.judged(built, one.cases, expectations, known, place) for one in rounds]
        return repeat.together(rounds, each, heard)

    def _finish(self, finished: Run) -> None:
        self.done[(finished.target, finished.config)] = finished
        # What a few cases say is no result of the version.
        if not self.request.only and (tree := self.trees.get(finished.target)):
            grounds = self.judges.grounds(
                finished.target, finished.config, booted=runs.was_booted(finished.stages)
            )
            runs.remember(self.lab.cache, self.lab.series.home, finished, tree, grounds)
        self.tell(Event(finished.target, finished.config, "done", "", finished))


def words(step: Step) -> str:
    """What is being done, for people."""
    if step.stage == "build" and step.done:
        return f"building: {step.done} files compiled, {step.text}"
    if step.stage == "build":
        return "building"
    if step.stage == "test" and step.done:
        return f"testing: {step.done} of {step.planned or '?'} cases, {step.text}"
    return "booting" if step.stage == "test" else step.text
