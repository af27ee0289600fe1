# SPDX-License-Identifier: GPL-2.0-or-later
"""A version built to count its lines, booted and tested in each config; what came of it is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from refseries import git
from refseries.coverage import added, keeping, source
from refseries.coverage.jobs import CountedRun, CoverJob
from refseries.coverage.model import AddedSource, CompiledLine, ConfigCoverage, CoveredCase
from refseries.errors import SeriesError
from refseries.guest.counters import BOOT
from refseries.host import clock, resources
from refseries.host.files import read_text
from refseries.host.progress import Say
from refseries.kernel import included
from refseries.kernel.model import Config, Fragment, Image
from refseries.model import BASE, Applied, Splat, Target
from refseries.testing import matrix, runs, verdict
from refseries.testing import runner as runners
from refseries.testing.events import Done
from refseries.testing.expectations import Expectations
from refseries.testing.jobs import BuildJob, Job
from refseries.testing.lab import Lab
from refseries.testing.model import CaseResult
from refseries.testing.runner import Runner
from refseries.testing.suites import guest, load, options

FRAGMENT = "coverage.config"
"""Below ``qemu/``: what a kernel needs to count its lines."""


@dataclass(frozen=True)
class CoverageRequest:
    """What is to be counted.

    Attributes:
        configs: in which it is built and tested.
        only: names or globs of the cases to run; empty for all. What a few cases ran is not kept.
        also: sources whose objects count as well, for the inline code of headers.
        again: boot also where it is known what the cases ran.
    """

    lab: Lab
    target: Target
    configs: tuple[Config, ...]
    only: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    again: bool = False


def counting(config: Config, sources: Sequence[str]) -> Config:
    """``config`` with objects of ``sources`` that count their lines."""
    text = read_text(resources.qemu_dir() / FRAGMENT, "Install refseries again.")
    return replace(
        config,
        name=f"{config.name}-coverage",
        fragments=(*config.fragments, Fragment(f"qemu/{FRAGMENT}", text)),
        profiled=tuple(sorted(name for name in sources if name.endswith(".c"))),
    )


def run(request: CoverageRequest, say: Say) -> tuple[ConfigCoverage, ...]:
    """Count, or find counted, in each config of ``request``.

    Args:
        say: called in this thread with what is being done.

    Raises:
        SeriesError: the target adds nothing that kernels are built from, or a config is for
            compiling alone.
        StageError: it does not apply or build, or its guest never got to its cases.
        HostError: the machine lacks something.
        Stopped: the user asked to stop.
    """
    _check(request)
    work = _Work(request, say)
    with runners.opened(request.lab) as runner:
        work.do_all(runner)
    return tuple(work.done[config.name] for config in request.configs)


def _check(request: CoverageRequest) -> None:
    if request.target.version == BASE:
        raise SeriesError("base adds no lines.", hint="Name a version.")
    for config in request.configs:
        if not config.boot:
            raise SeriesError(
                f"no case can run in the config `{config.name}`, which is for compiling only.",
                hint="Take one that is booted.",
            )


class _Work:
    """One request being worked off."""

    def __init__(self, request: CoverageRequest, say: Say) -> None:
        self.request = request
        self.lab = request.lab
        self.say = say
        self.applied = self.lab.apply(request.target)
        version = request.target.version
        self.files = added.sources(self.applied, self.lab.base.of(version).tree)
        self.added = added.lines(self.applied, self.files)
        if not self.added:
            raise SeriesError(
                f"{request.target} adds no C that kernels are built from.",
                hint="There is nothing to count.",
            )
        there = git.read_files(self.applied.repo, self.applied.commit, request.also)
        if absent := [name for name in request.also if name not in there]:
            raise SeriesError(
                f"{request.target} has no file `{absent[0]}`.",
                where="--also",
                hint="Name a source by its path in the kernel tree.",
            )
        self.expectations = Expectations.load(self.lab.series.root)
        self.suites = load.load(self.lab.series.root)
        self.done: dict[str, ConfigCoverage] = {}
        self.jobs: dict[Job, tuple[Config, Image | None]] = {}

    def do_all(self, runner: Runner) -> None:
        """Submit the builds, and each boot when its build is there."""
        wholes = included.includers(self.applied.repo, self.applied.commit, self.files)
        for config in self.request.configs:
            asked = options.asked(config, self.suites, self.applied)
            counted = counting(asked, (*self.files, *wholes, *self.request.also))
            job = BuildJob.of(self.applied, counted)
            self.jobs[job] = (config, None)
            runner.submit(job)
        for event in runner.events():
            config, image = self.jobs[event.job]
            if not isinstance(event, Done):
                self.say(f"{config.name}: {matrix.words(event.step)}")
            elif event.error is not None:
                raise event.error
            elif isinstance(event.answer, Image):
                self._built(runner, config, event.answer)
            elif isinstance(event.answer, CountedRun):
                assert image is not None
                self._counted(config, image, event.answer)

    def _built(self, runner: Runner, config: Config, image: Image) -> None:
        lab, request = self.lab, self.request
        programs = guest.selftests(lab, config.arch)
        kept = keeping.load(lab.cache, lab.series.home, request.target, config.name)
        if (
            kept is not None
            and not request.only
            and not request.again
            and not kept.problems
            and (kept.image, kept.programs) == (image.key, programs)
            and kept.judged_by == self._judged_by(config)
            and kept.added == self.added  # the same tree may be divided into other patches
        ):
            self.done[config.name] = kept
            return
        made = guest.needed(lab, self.suites, self.applied, config)
        name = f"{runs.place_name(request.target, config.name)}-coverage"
        boot = made.boot(name, config, image.key, request.only)
        job = CoverJob(replace(boot, coverage=True), self.files)
        self.jobs[job] = (config, image)
        runner.submit(job)

    def _counted(self, config: Config, image: Image, answer: CountedRun) -> None:
        lab, target = self.lab, self.request.target
        known = self._known(config)
        answer = replace(answer, cases=guest.read(self.suites, answer.cases))
        results = verdict.judge(answer.cases, self.expectations, known, target, config.name)
        problems = list(answer.problems)
        if not answer.cases.complete:
            problems.insert(0, answer.cases.reason)
        found = ConfigCoverage(
            version=str(target),
            config=config.name,
            tree=self.applied.tree,
            image=image.key,
            programs=guest.selftests(lab, config.arch),
            when=clock.now().isoformat(),
            added=self.added,
            cases=tuple(_case(each) for each in results),
            lines=_lines(self.added, results, answer),
            left_out=_left_out(self.applied, self.added, answer),
            problems=tuple(problems),
            judged_by=self._judged_by(config),
        )
        self.done[config.name] = found
        if not self.request.only:
            keeping.save(lab.cache, lab.series.home, target, found)

    def _known(self, config: Config) -> tuple[Splat, ...]:
        """The splats that the version's base makes by itself."""
        lab, version = self.lab, self.request.target.version
        return runs.known_splats(lab.cache, lab.series.home, config.name, lab.base, version)

    def _judged_by(self, config: Config) -> str:
        """Stands for what an outcome depends on besides what the guest said."""
        titles = sorted({splat.title for splat in self._known(config)})
        return hashlib.sha256(repr((self.expectations, titles)).encode()).hexdigest()


def _case(result: CaseResult) -> CoveredCase:
    return CoveredCase(result.name, result.outcome, result.as_expected, result.seconds)


def _lines(
    wanted: Sequence[AddedSource], results: Sequence[CaseResult], answer: CountedRun
) -> tuple[CompiledLine, ...]:
    places = {result.name: place for place, result in enumerate(results)}
    ran_by: dict[tuple[str, int], set[int]] = {}
    boot: set[tuple[str, int]] = set()
    taken: dict[tuple[str, int, int], set[int]] = {}
    for each in answer.lines:
        if each.case == BOOT:
            boot |= each.ran
        elif each.case in places:
            for way in each.ways:
                taken.setdefault(way, set()).add(places[each.case])
            for key in each.ran:
                ran_by.setdefault(key, set()).add(places[each.case])
    compiled = dict(answer.compiled)
    by_line: dict[tuple[str, int], list[set[int]]] = {}
    for (file, number, _way), cases in taken.items():
        by_line.setdefault((file, number), []).append(cases)
    return tuple(
        CompiledLine(
            line.file,
            line.number,
            compiled[key][0],
            key in boot,
            tuple(sorted(ran_by.get(key, ()))),
            compiled[key][1],
            len(by_line.get(key, ())),
            _rarely(by_line.get(key, ()), ran_by.get(key, set())),
        )
        for line in wanted
        if (key := (line.file, line.number)) in compiled
    )


def _rarely(ways: Collection[set[int]], ran: set[int]) -> tuple[int, ...]:
    """The cases of the way that the fewest took; none where all took it."""
    fewest = min(ways, key=lambda cases: (len(cases), sorted(cases)), default=ran)
    return tuple(sorted(fewest)) if len(fewest) < len(ran) else ()


def _left_out(
    applied: Applied, wanted: Sequence[AddedSource], answer: CountedRun
) -> tuple[tuple[str, int], ...]:
    texts = git.read_files(applied.repo, applied.commit, {line.file for line in wanted})
    absent: set[tuple[str, int]] = set()
    for file, data in texts.items():
        there = frozenset(number for (name, number), _ in answer.compiled if name == file)
        absent |= {(file, each) for each in source.left_out(data.decode("utf-8", "replace"), there)}
    return tuple(sorted(absent & {(line.file, line.number) for line in wanted}))
