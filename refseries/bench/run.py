# SPDX-License-Identifier: GPL-2.0-or-later
"""Versions built, booted where instructions are counted, again until their figures settle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from refseries.bench import description
from refseries.bench.figures import Figure, Name, settle
from refseries.bench.measurements import Measurement, Origin
from refseries.bench.reading import FigureReading, Sample, read
from refseries.errors import SeriesError, StageError, Stopped
from refseries.guest import initramfs, qemu
from refseries.guest.cases import CasesRun
from refseries.host.progress import Say
from refseries.kernel.arch import bootable
from refseries.kernel.model import Config, Image
from refseries.model import Target
from refseries.testing import runner as runners
from refseries.testing import runs
from refseries.testing.events import Done, JobEvent
from refseries.testing.jobs import BootJob, BuildJob, Job, building
from refseries.testing.lab import Lab
from refseries.testing.runner import Runner

LEAST, MOST = 3, 9
"""Boots of a version: before its figures are looked at, and before one is given up."""

# Where the program's own memory lies would otherwise decide how many page tables a fork copies.
_PARAMETERS = ("norandmaps",)
# By the guest's clock, which is ten times slower than ours; and by ours, for a guest that hangs.
_CASE_SECONDS = 300.0
_DEADLINE = 900.0


@dataclass(frozen=True)
class BenchRequest:
    """What to measure.

    Attributes:
        least, most: boots of a version, as LEAST and MOST.
    """

    lab: Lab
    targets: tuple[Target, ...]
    config: Config
    least: int = LEAST
    most: int = MOST


@dataclass(frozen=True)
class BenchOutcome:
    """What became of one target.

    Attributes:
        measurement: all that was measured, unsettled figures included; None when nothing was.
        problems: what went wrong, a sentence each.
        log: directory with a directory of evidence for each boot; None when none was made.
        stopped: the user stopped it; what had been measured by then is there.
    """

    target: Target
    measurement: Measurement | None
    problems: tuple[str, ...]
    log: Path | None = None
    stopped: bool = False

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures; those that have not settled say so."""
        return self.measurement.figures if self.measurement else ()

    @property
    def good(self) -> bool:
        """Whether all was measured and has settled."""
        settled = all(figure.settled for figure in self.figures)
        return bool(self.figures) and settled and not self.problems


def measure(request: BenchRequest, say: Say) -> tuple[BenchOutcome, ...]:
    """Measure every target; an outcome for each, in their order.

    Boots run beside each other, as many as there are processors: what counts instructions does not
    care how busy the machine is.

    Raises:
        SeriesError: the config is compile-only, or the series has no bench program.
        StageError: the bench program does not compile.
        HostError: a tool is missing.
    """
    if not request.config.boot:
        raise SeriesError(
            f"the config `{request.config.name}` is for compiling only.", hint="Take another one."
        )
    return _Work(request, say).do_all()


def program_hash(place: Path) -> str:
    """Hash of the bench program's sources.

    Raises:
        SeriesError: there are none.
    """
    if not (place / "Makefile").is_file():
        raise SeriesError(
            "the series has no bench program.",
            where=str(place),
            hint="Put one there, with a Makefile; docs/architecture.md says what it prints.",
        )
    sources = initramfs.source_files(place)
    return initramfs.digest((str(path.relative_to(place)), path.read_bytes()) for path in sources)


@dataclass
class _Measuring:
    """One target on its way.

    Attributes:
        readings: of the boots so far.
        open: boots under way.
        problem: why there are none.
    """

    target: Target
    image: str = ""
    origin: Origin | None = None
    readings: list[FigureReading] = field(default_factory=list)
    boots: int = 0
    open: int = 0
    problem: str = ""
    over: bool = False


class _Work:
    """One `refseries bench` being worked off."""

    def __init__(self, request: BenchRequest, say: Say) -> None:
        self.request = request
        self.lab = request.lab
        self.say = say
        self.qemu = qemu.version(bootable(request.config.arch).qemu)
        programs = description.sources(self.lab.series)
        self.program = program_hash(programs)
        self.archive = self.lab.initramfs(request.config.arch, programs=programs).stem
        self.measuring = [_Measuring(target) for target in request.targets]
        self.of: dict[Job, _Measuring] = {}
        self.place: Path | None = None

    def do_all(self) -> tuple[BenchOutcome, ...]:
        """Build one after the other; boot what is built beside that."""
        stopped = False
        try:
            with runners.opened(self.lab) as runner:
                self.place = runner.place()
                self._work(runner)
        except Stopped:
            stopped = True
        return tuple(self._outcome(each, stopped) for each in self.measuring)

    def _work(self, runner: Runner) -> None:
        config = self.request.config
        trees: dict[Target, str] = {}
        for each in self.measuring:
            self.say(f"Preparing {each.target} {config.name}")
            try:
                applied = self.lab.apply(each.target)
            except StageError as error:
                each.problem, each.over = str(error), True
                continue
            trees[each.target] = applied.tree
            self._submit(runner, BuildJob.of(applied, config), each)
        for event in runner.events():
            each = self.of[event.job]
            if not isinstance(event, Done):
                self._tell(each, event)
            elif isinstance(event.answer, CasesRun):
                each.readings.append(read(event.answer))
                each.open -= 1
                if not each.open:
                    self._go_on(runner, each)
            elif event.error is not None:
                each.problem, each.over = str(event.error), True
            elif isinstance(event.answer, Image):
                each.image = event.answer.key
                each.origin = Origin.in_config(
                    trees[each.target],
                    config,
                    toolchain=event.answer.toolchain,
                    qemu=self.qemu,
                    program=self.program,
                )
                for _ in range(self.request.least):
                    self._boot(runner, each)

    def _submit(self, runner: Runner, job: Job, each: _Measuring) -> None:
        self.of[job] = each
        runner.submit(job)

    def _tell(self, each: _Measuring, event: JobEvent) -> None:
        step = event.step
        if text := building(step, f"{each.target} {self.request.config.name}"):
            self.say(text)
        elif step.stage == "test" and not step.done:
            self.say(f"Measuring {each.target}: boot {event.job.name.rpartition('/')[2]}")

    def _go_on(self, runner: Runner, each: _Measuring) -> None:
        """Boot once more where that may settle what has not."""
        failed = any(reading.problems for reading in each.readings)
        settled = all(figure.settled for figure in _settle(each.readings))
        if failed or settled or len(each.readings) >= self.request.most:
            each.over = True
        else:
            self._boot(runner, each)

    def _boot(self, runner: Runner, each: _Measuring) -> None:
        each.boots += 1
        each.open += 1
        job = BootJob(
            f"{self._folder(each.target)}/{each.boots}",
            self.request.config.arch,
            each.image,
            self.archive,
            parameters=_PARAMETERS,
            count_instructions=True,
            case_seconds=_CASE_SECONDS,
            deadline=_DEADLINE,
        )
        self._submit(runner, job, each)

    def _folder(self, target: Target) -> str:
        return f"{runs.place_name(target, self.request.config.name)}-bench"

    def _outcome(self, each: _Measuring, stopped: bool) -> BenchOutcome:
        stopped = stopped and not each.over
        problems = dict.fromkeys(what for reading in each.readings for what in reading.problems)
        figures = _settle(each.readings)
        boots = len(each.readings)
        if not problems:  # a boot that went wrong has said so, and lacks figures for that
            for figure in figures:
                if figure.repeats < boots:
                    what = f"{figure.name}: only {figure.repeats} of {boots} boots gave it"
                    problems[what] = None
        if each.problem:
            problems[each.problem] = None
        elif stopped and not each.boots:
            problems["stopped"] = None
        elif stopped:
            problems[f"stopped after {len(each.readings)} boots"] = None
        elif not figures and not problems:
            problems["the bench program gave no figure"] = None
        measurement = None
        if each.origin is not None and figures:
            measurement = Measurement(str(each.target), each.origin, figures)
        log = self.place / self._folder(each.target) if self.place and each.boots else None
        return BenchOutcome(each.target, measurement, tuple(problems), log, stopped)


def _settle(readings: Sequence[FigureReading]) -> tuple[Figure, ...]:
    """What the boots come to; a figure that only some of them gave is made of those."""
    samples: dict[Name, list[Sample]] = {}
    for reading in readings:
        for sample in reading.samples:
            samples.setdefault(sample.name, []).append(sample)
    return tuple(
        settle(name, found[0].unit, [sample.value for sample in found])
        for name, found in samples.items()
    )
