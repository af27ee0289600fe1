# SPDX-License-Identifier: GPL-2.0-or-later
"""Looking at states until two neighbours differ; nothing that is known is built or booted again.

What a state shows is kept under a key of its kernel, of the programs in its guest and of what was
looked for, as soon as it is seen: a run that was interrupted goes on where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import msgspec

from refseries.bench import measurements
from refseries.bisect import halving, history, states
from refseries.bisect.measured import Gauge
from refseries.bisect.model import (
    BisectReport,
    How,
    SeenState,
    Sight,
    Symptom,
    SymptomKind,
)
from refseries.errors import SeriesError, StageError
from refseries.guest.cases import CasesRun
from refseries.host import typed
from refseries.host.progress import Say
from refseries.kernel.model import Config, Image
from refseries.model import BASE, Applied, Splat, StageOutcome, Target
from refseries.series import store
from refseries.testing import runner as runners
from refseries.testing import runs, session
from refseries.testing.expectations import Expectations
from refseries.testing.jobs import BuildJob, Step
from refseries.testing.lab import Lab
from refseries.testing.model import STAGES, Run
from refseries.testing.runner import Runner
from refseries.testing.suites import guest, load, options


@dataclass(frozen=True)
class BisectRequest:
    """What to look for, and where.

    Attributes:
        states: at least two, in their order; the first and the last should differ.
        applied: those that are commits of the user's tree, as they stand there.
    """

    lab: Lab
    symptom: Symptom
    config: Config
    states: tuple[Target, ...]
    applied: Mapping[Target, Applied] = field(default_factory=dict)


def through_history(
    lab: Lab, symptom: Symptom, config: Config, ends: tuple[str | Target, str | Target]
) -> BisectRequest:
    """What to look for between two commits of the user's tree.

    Args:
        ends: as for `history.between`.

    Raises:
        SeriesError: there is no such commit, or neither came of the other.
        StageError: a version that is named does not apply.
    """
    base, applied = history.between(lab.series, lab.base, lab.cache, ends)
    return BisectRequest(replace(lab, base=base), symptom, config, tuple(applied), applied)


def request(
    lab: Lab, symptom: Symptom, config: Config, ends: tuple[Target, Target] | None
) -> BisectRequest:
    """What to look for between two ends, or, for None, between the newest versions that differ.

    Raises:
        SeriesError: there is no way from the one end to the other.
    """
    if ends is None:
        found = (
            (each.name, _known(lab, symptom, config, each.name)) for each in lab.series.versions
        )
        ends = states.ends(lab.series, {name: word for name, word in found if word})
    return BisectRequest(lab, symptom, config, states.between(lab.series, *ends))


def _known(lab: Lab, symptom: Symptom, config: Config, name: str) -> str | None:
    """What the newest test of a version says, as a hint where to look."""
    if symptom.kind is SymptomKind.FIGURE:
        saved = measurements.load(lab.series, name)
        return symptom.of_figure(saved.figures, "").word if saved else None
    latest = runs.latest(lab.cache, lab.series.home, Target(name), config.name)
    if latest is None:
        return None
    if symptom.kind is SymptomKind.BUILD:
        return str(latest.stages.get("build"))
    return symptom.of_guest(latest).word


def run(request: BisectRequest, say: Say) -> BisectReport:
    """Find the two neighbours.

    Raises:
        SeriesError: no case has that name, the config is compile-only, or there is no program that
            measures figures.
        HostError: the machine lacks something.
        Stopped: the user stopped it; what was seen is kept.
    """
    if request.symptom.kind is not SymptomKind.BUILD and not request.config.boot:
        raise SeriesError(
            f"the config `{request.config.name}` is for compiling only.",
            where="--config",
            hint="Take another one, or bisect the build.",
        )
    return _Search(request, say).report()


class _Search:
    """One search."""

    def __init__(self, request: BisectRequest, say: Say) -> None:
        self.request = request
        self.lab = request.lab
        self.say = say
        self.last = len(request.states) - 1
        self.seen: dict[int, SeenState] = {}
        self.applied: dict[int, Applied] = {}
        self.ready: set[int] = set()
        self.configs: dict[str, Config] = {}  # by tree: git looks through all of it for options
        kind = request.symptom.kind
        self.boots = kind in (SymptomKind.CASE, SymptomKind.SPLAT)
        figure = kind is SymptomKind.FIGURE
        self.gauge = Gauge(self.lab, request.config, request.symptom) if figure else None
        self.suites = None if figure else load.load(self.lab.series.root)
        self.tests = guest.selftests(self.lab, request.config.arch) if self.boots else ""

    def report(self) -> BisectReport:
        """Search, and put together what was found."""
        for at, target in enumerate(self.request.states):
            self.say("Looking for what is known", at / (self.last + 1))
            self._look_back(at, target)
        if self.gauge is not None:
            self._search(partial(self._measure, self.gauge))
        else:
            with runners.opened(self.lab) as runner:
                self._search(partial(self._look, runner))
        in_order = tuple(self.seen[at] for at in sorted(self.seen))
        request = self.request
        found = BisectReport(request.symptom, request.config.name, request.states, in_order)
        return self._proven(found) if self._differ else found

    def _search(self, look: Callable[[int], None]) -> None:
        for end in (0, self.last):
            if end not in self.seen:
                look(end)
        while (middle := self._next()) is not None:
            look(middle)

    @property
    def _words(self) -> dict[int, str | None]:
        return {at: each.sight.word for at, each in self.seen.items()}

    @property
    def _differ(self) -> bool:
        """Whether it turns anywhere: the last state may be as the first, and what is known between
        them not."""
        words = self._words
        return words[0] is not None and any(word not in (None, words[0]) for word in words.values())

    def _next(self) -> int | None:
        if not self._differ:
            return None
        return halving.follow(self._words, self.last, self.ready)

    def _proven(self, found: BisectReport) -> BisectReport:
        before, after = halving.bounds(self._words, self.last)
        around = tuple(self.seen[at] for at in range(before + 1, after))
        ends = self.request.states[before], self.request.states[after]
        patch, addresses = (None, ()) if self.request.applied else _brought_by(self.lab, *ends)
        merge = None
        if self.request.applied and not around:
            merge = history.merged(self.lab.base.repo, self.seen[after].commit)
        return replace(
            found,
            before=self.seen[before],
            after=self.seen[after],
            around=around,
            patch=None if around else patch,
            addresses=() if around else addresses,
            merged=merge,
        )

    def _look_back(self, at: int, target: Target) -> None:
        """What is known of a state already, without any work."""
        try:
            applied = self.request.applied.get(target) or self.lab.apply(target)
        except StageError as error:
            self.seen[at] = SeenState(target, Sight(None, f"does not apply: {error}"), How.KEPT)
            return
        self.applied[at] = applied
        try:
            image = self.lab.stored(applied.tree, self._config(applied))
        except StageError as error:
            self._see(at, self._unbuilt(error), How.KEPT)
            return
        if image is not None:
            self.ready.add(at)
        sight = self.request.symptom.of_build("") if image is not None else None
        if self.gauge is not None:
            sight = self.gauge.kept(target, applied)
        elif self.boots:
            tested = self._tested(at)
            # That a case passes now and then is no more known when it is booted once more.
            by_chance = tested is not None and tested.by_chance
            sight = tested if by_chance else typed.kept(self._record(at), Sight) or tested
        if sight is not None:
            self._see(at, sight, How.KEPT)

    def _unbuilt(self, error: StageError) -> Sight:
        log = str(error.log or "")
        told = self.request.symptom.of_build(f"{error.where}: {error.what}".removeprefix(": "))
        if told is not None:
            return Sight(told.word, told.message, log)
        return Sight(None, f"does not build: {error.where}: {error.what}", log)

    def _see(self, at: int, sight: Sight, how: How) -> None:
        applied = self.applied[at]
        subject = applied.commits[-1].subject if applied.commits else ""
        target = self.request.states[at]
        self.seen[at] = SeenState(target, sight, how, applied.commit, subject)
        told = "shows nothing" if sight.word is None else sight.word
        self.say(f"{target}: {told}" + (" (known)" if how is How.KEPT else ""))

    def _look(self, runner: Runner, at: int) -> None:
        """Build a state where it has to be, boot it, and keep what it shows."""
        target, applied = self.request.states[at], self.applied[at]
        config = self._config(applied)

        def told(step: Step) -> None:
            if step.stage == "wait":
                self.say(step.text)

        how = How.BOOTED if at in self.ready else How.BUILT
        self.say(f"{target}: {'booting' if how is How.BOOTED else 'building'}")
        try:
            image = runners.answer(runner, BuildJob.of(applied, config), Image, told)
        except StageError as error:
            self._see(at, self._unbuilt(error), How.BUILT)
            return
        sight = self.request.symptom.of_build("")
        if sight is None:
            sight = self._booted(runner, at, config, image, told)
        self._see(at, sight, how)

    def _measure(self, gauge: Gauge, at: int) -> None:
        """Build a state where it has to be, and measure it."""
        target = self.request.states[at]
        how = How.BOOTED if at in self.ready else How.BUILT
        self.say(f"{target}: {'measuring' if how is How.BOOTED else 'building'}")
        self._see(at, gauge.look(target, self.applied[at], self.say), how)

    def _config(self, applied: Applied) -> Config:
        if applied.tree not in self.configs:
            made = options.asked(self.request.config, self.suites, applied)
            self.configs[applied.tree] = made
        return self.configs[applied.tree]

    def _booted(
        self, runner: Runner, at: int, config: Config, image: Image, told: Callable[[Step], None]
    ) -> Sight:
        """Boot a state that is built, and keep what it shows."""
        target = self.request.states[at]
        try:
            made = guest.prepare(self.lab, self.suites, self.applied[at], config)
        except StageError as error:  # selftests that stand in its own tree
            return Sight(None, str(error))
        if not made.programs:
            return Sight(None, "has nothing that runs in a guest")
        name, only = runs.place_name(target, config.name), self.request.symptom.only
        boot = made.boot(name, config, image.key, only)
        cases = guest.read(self.suites, runners.answer(runner, boot, CasesRun, told))
        sight = self._judged(runner.place() / boot.name, target, cases)
        if sight.word is not None:
            typed.keep(self._record(at), sight)
        return sight

    def _judged(self, place: Path, target: Target, cases: CasesRun) -> Sight:
        if cases.plan == 0 and self.suites:
            return Sight(None, "has no such case")  # selftests that a later state brings
        if cases.plan == 0:
            raise SeriesError(
                f"no case is called `{self.request.symptom}`.",
                hint="`refseries test VERSION --full` shows the names of all.",
            )
        config = self.request.config
        stages = dict.fromkeys(STAGES, StageOutcome.PASS)
        built = Run(target, config.name, config.arch, stages)
        run = session.judged(built, cases, Expectations(), self._base_shows(target), place)
        sight = self.request.symptom.of_guest(run)
        return Sight(sight.word, sight.message, str(place))

    def _base_shows(self, target: Target) -> tuple[Splat, ...]:
        lab, name = self.lab, self.request.config.name
        return runs.known_splats(lab.cache, lab.series.home, name, lab.base, target.stands_on)

    def _tested(self, at: int) -> Sight | None:
        """What the newest test of this very kernel with these cases says."""
        target, name = self.request.states[at], self.request.config.name
        latest = runs.latest(self.lab.cache, self.lab.series.home, target, name)
        if latest is None or latest.initramfs != self.tests:
            return None
        # Its tree alone does not do: the config may be another now, or the compiler.
        applied = self.applied[at]
        if latest.image != self.lab.image_key(applied.tree, self._config(applied)):
            return None
        sight = self.request.symptom.of_guest(latest)
        tells = sight.word is not None or sight.by_chance
        return msgspec.structs.replace(sight, log=latest.log) if tells else None

    def _record(self, at: int) -> Path:
        """Where it is kept what a state shows."""
        config, target = self.request.config, self.request.states[at]
        digest = hashlib.sha256()
        for text in (
            self.lab.image_key(self.applied[at].tree, self._config(self.applied[at])),
            self.tests,
            str(self.request.symptom),
            f"{config.case_seconds} {config.case_ptrace}",
            *sorted(splat.title for splat in self._base_shows(target)),
        ):
            digest.update(text.encode("utf-8", "surrogateescape") + b"\0")
        place = self.lab.cache / self.lab.series.home / "bisected"
        return place / f"{digest.hexdigest()[:32]}.json"


def _brought_by(lab: Lab, before: Target, after: Target) -> tuple[Path | None, tuple[str, ...]]:
    """The patch that makes one state out of its neighbour, and the tasks that it settles.

    None where that is a whole version.
    """
    version = store.version(lab.series, after.version)
    if after.task is not None:
        fixup = next(each for each in version.fixups if each.task == after.task)
        return fixup.patch, fixup.addresses
    if after.patch is not None:
        return version.patches[after.patch - 1], ()
    if before.patch is not None or (before.version == BASE and len(version.patches) == 1):
        return version.patches[-1], ()
    return None, ()
