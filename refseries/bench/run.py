# SPDX-License-Identifier: GPL-2.0-or-later
"""Versions built, booted where instructions are counted, again until their figures settle."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from refseries.bench.figures import Figure, Name, settle
from refseries.bench.measurements import Measurement, Origin
from refseries.bench.reading import Reading, Sample, read
from refseries.errors import SeriesError, StageError, Stopped
from refseries.guest import initramfs, qemu
from refseries.guest.boot import BootRequest
from refseries.guest.cases import run_cases
from refseries.host import proc, resources
from refseries.model import Config, Series, Target
from refseries.series import apply
from refseries.testing import runs
from refseries.testing.lab import Workshop

LEAST, MOST = 3, 9
"""Boots of a version: before its figures are looked at, and before one is given up."""

# Files compiled between two words about it.
_TELL = 50
# Where the program's own memory lies would otherwise decide how many page tables a fork copies.
_PARAMETERS = ("norandmaps",)
# By the guest's clock, which is ten times slower than ours; and by ours, for a guest that hangs.
_CASE_SECONDS = 300.0
_DEADLINE = 900.0


@dataclass(frozen=True)
class Request:
    """What to measure.

    Attributes:
        least, most: boots of a version, as LEAST and MOST.
    """

    workshop: Workshop
    targets: tuple[Target, ...]
    config: Config
    least: int = LEAST
    most: int = MOST


@dataclass(frozen=True)
class Outcome:
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


Say = Callable[[str], None]
"""Told what is being done; from several threads."""


def measure(request: Request, say: Say) -> tuple[Outcome, ...]:
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


def sources(series: Series) -> Path:
    """Where a series has its bench program, which is listed and run as its selftests are."""
    return series.root / "kernel-tests" / "bench"


def program_hash(place: Path) -> str:
    """Hash of the bench program's sources.

    Raises:
        SeriesError: there are none.
    """
    digest = hashlib.sha256()
    for path in initramfs.source_files(place) if place.is_dir() else ():
        data = path.read_bytes()
        digest.update(f"{path.relative_to(place)} {len(data)}\n".encode() + data)
    if not (place / "Makefile").is_file():
        raise SeriesError(
            "the series has no bench program.",
            where=str(place),
            hint="Put one there, with a Makefile; docs/architecture.md says what it prints.",
        )
    return digest.hexdigest()[:32]


class _Work:
    """One `refseries bench` being worked off."""

    def __init__(self, request: Request, say: Say) -> None:
        self.request = request
        self.shop = request.workshop
        self.say = say
        self.machine = qemu.machine(resources.qemu_dir() / "configs.toml", request.config.arch)
        self.qemu = qemu.version(self.machine.qemu)
        programs = sources(self.shop.series)
        self.program = program_hash(programs)
        self.archive = self.shop.initramfs(programs=programs)
        self.directory = runs.begin(self.shop.cache, self.shop.series.name)

    def do_all(self) -> tuple[Outcome, ...]:
        """Build one after the other; boot what is built beside that."""
        boots = ThreadPoolExecutor(self.shop.jobs, thread_name_prefix="boot")
        versions = ThreadPoolExecutor(len(self.request.targets), thread_name_prefix="version")
        pending: list[Outcome | Future[Outcome]] = []
        try:
            for target in self.request.targets:
                pending.append(self._begin(target, boots, versions))
            return tuple(map(_result, pending))
        except Stopped:
            proc.stop_all()
            rest = self.request.targets[len(pending) :]
            unbegun = (Outcome(target, None, ("stopped",), stopped=True) for target in rest)
            return (*map(_result, pending), *unbegun)
        except BaseException:
            # A guest in flight must end before we do; its thread then ends by itself.
            proc.stop_all()
            raise
        finally:
            versions.shutdown(wait=True, cancel_futures=True)
            boots.shutdown(wait=True, cancel_futures=True)

    def _begin(
        self, target: Target, boots: ThreadPoolExecutor, versions: ThreadPoolExecutor
    ) -> Outcome | Future[Outcome]:
        config = self.request.config

        def compiled(count: int, _current: str) -> None:
            if count % _TELL == 0:
                self.say(f"Building {target} {config.name}: {count} files compiled")

        self.say(f"Preparing {target} {config.name}")
        try:
            applied = apply.apply(self.shop.series, self.shop.base, target, self.shop.cache)
            image = self.shop.image(applied, config, compiled, self.say)
        except StageError as error:
            return Outcome(target, None, (str(error),))
        origin = Origin(
            tree=applied.tree,
            config=config.name,
            toolchain=image.toolchain,
            qemu=self.qemu,
            program=self.program,
        )
        assert image.path is not None
        return versions.submit(self._measure, target, image.path, origin, boots)

    def _measure(
        self, target: Target, image: Path, origin: Origin, boots: ThreadPoolExecutor
    ) -> Outcome:
        place = runs.directory_of(self.directory, target, f"{origin.config}-bench")

        def one(number: int) -> Reading:
            return self._boot(target, image, place / str(number))

        readings: list[Reading] = []
        stopped = False
        try:
            for each in [boots.submit(one, 1 + number) for number in range(self.request.least)]:
                readings.append(each.result())
            while self._go_on(readings):
                readings.append(boots.submit(one, len(readings) + 1).result())
        except (Stopped, CancelledError):
            stopped = True
        problems = dict.fromkeys(problem for each in readings for problem in each.problems)
        figures = _settle(readings)
        if stopped:
            problems = {**problems, f"stopped after {len(readings)} boots": None}
        elif not figures and not problems:
            problems = {"the bench program gave no figure": None}
        measurement = Measurement(str(target), origin, figures) if figures else None
        return Outcome(target, measurement, tuple(problems), place, stopped)

    def _go_on(self, readings: Sequence[Reading]) -> bool:
        """Whether another boot may settle what has not."""
        if any(each.problems for each in readings) or len(readings) >= self.request.most:
            return False
        return not all(figure.settled for figure in _settle(readings))

    def _boot(self, target: Target, image: Path, place: Path) -> Reading:
        place.mkdir(parents=True)
        self.say(f"Measuring {target}: boot {place.name}")
        run = run_cases(
            BootRequest(
                machine=self.machine,
                image=image,
                initramfs=self.archive,
                words=(),
                directory=place,
                mode=qemu.Mode.ICOUNT,
                parameters=_PARAMETERS,
                case_timeout=_CASE_SECONDS,
                deadline=_DEADLINE,
            )
        )
        return read(run)


def _result(pending: Outcome | Future[Outcome]) -> Outcome:
    return pending.result() if isinstance(pending, Future) else pending


def _settle(readings: Sequence[Reading]) -> tuple[Figure, ...]:
    """What the boots come to; a figure that only some of them gave is made of those."""
    samples: dict[Name, list[Sample]] = {}
    for reading in readings:
        for sample in reading.samples:
            samples.setdefault(sample.name, []).append(sample)
    return tuple(
        settle(name, found[0].unit, [sample.value for sample in found])
        for name, found in samples.items()
    )
