# SPDX-License-Identifier: GPL-2.0-or-later
"""Jobs: what a runner does, one build or one boot each.

A job is a value: it names what it needs by content key (a commit, an image, an initramfs), holds
small data beside that, and pickles. It holds no path of the machine that made it and nothing to
call back, so it can be done by any machine that has, or can make, what it names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Protocol

from refseries.guest import qemu, unwatched
from refseries.guest.cases import CasesRun, run_cases
from refseries.guest.model import BOOT_TIMEOUT, BootRequest, OnCase
from refseries.guest.results import KtapResult
from refseries.host import proc
from refseries.kernel import modules
from refseries.kernel.arch import bootable
from refseries.kernel.images import CONFIG
from refseries.kernel.model import Config, Image
from refseries.model import Applied
from refseries.testing import runs
from refseries.testing.lab import Lab

DEADLINE = 1800.0
"""Seconds that all boots of a job may take, in each round."""


class Lane(StrEnum):
    """What of a machine a job takes: all processors, or one."""

    BUILD = "build"
    BOOT = "boot"


@dataclass(frozen=True)
class Step:
    """What a job is doing.

    Attributes:
        stage: ``build``, ``wait`` (for something another run holds) or ``test``.
        text: the newest file, case or reason.
        done, planned: how many files or cases; ``planned`` 0 when nobody knows.
    """

    stage: str
    text: str
    done: int = 0
    planned: int = 0


OnStep = Callable[[Step], None]

_TELL_EVERY = 50  # files compiled


def building(step: Step, name: str) -> str:
    """What is said of a build of ``name``: what it waits for and, now and then, how far it is.

    Empty for a step of which nothing is said.
    """
    if step.stage == "wait":
        return step.text
    if step.stage == "build" and step.done and step.done % _TELL_EVERY == 0:
        return f"Building {name}: {step.done} files compiled"
    return ""


@dataclass(frozen=True)
class Here:
    """What a job has on the machine that does it.

    Attributes:
        place: gives the run's directory, which is made when it is first asked for.
        tell: is told how the job goes, in the job's thread.
    """

    lab: Lab
    place: Callable[[], Path]
    tell: OnStep

    def wait(self, text: str, _part: float = 0.0, /) -> None:
        """Tell what the job waits for; a ``Say``."""
        self.tell(Step("wait", text))


class Job(Protocol):
    """One piece of work.

    Attributes:
        lane: what it takes of the machine.
        name: what the user calls it; also the folder of its evidence. Unlike any other of the run.
    """

    lane: ClassVar[Lane]

    @property
    def name(self) -> str:
        """See above."""

    def perform(self, here: Here) -> object:
        """Do it on this machine.

        Raises:
            StageError: it did not come out as it should: an answer like any other.
            RefseriesError: anything else, which ends the run.
        """


@dataclass(frozen=True)
class BuildJob:
    """Build one commit in one config; the answer is the Image.

    Attributes:
        commit, tree: git ids.
        one_of_many: others are built that differ in a source; see ``build.BuildRequest``.
    """

    lane: ClassVar[Lane] = Lane.BUILD

    name: str
    commit: str
    tree: str
    config: Config
    one_of_many: bool = False

    @classmethod
    def of(cls, applied: Applied, config: Config, name: str = "") -> BuildJob:
        """The job that builds ``applied``; called after its target unless ``name`` is given."""
        called = name or runs.place_name(applied.target, config.name)
        return cls(called, applied.commit, applied.tree, config)

    def perform(self, here: Here) -> Image:
        """Build it, or find it ready."""
        here.tell(Step("build", ""))

        def progress(compiled: int, current: str) -> None:
            proc.check_stopped()
            here.tell(Step("build", current, compiled))

        return here.lab.image(
            self.commit, self.tree, self.config, progress, here.wait, one_of_many=self.one_of_many
        )


@dataclass(frozen=True)
class BootJob:
    """Boot an image as often as its cases need; the answer is the CasesRun.

    Attributes:
        arch: kernel's ARCH, which says the machine.
        image, programs: content keys of an image and of an initramfs that the lab has.
        only: globs of case names; none means all.
        parameters: more kernel parameters.
        count_instructions: boot where the guest's clock counts them, however long that takes.
        case_ptrace: whether cases keep CAP_SYS_PTRACE.
        coverage: whether the guest sends what lines each case ran; its image has to count them.
        case_seconds: what one case may take; the guest twice that until its init reports.
        deadline: seconds for all boots together, in each round.
        rounds, seed: how often all cases run, and by which seeds; see ``qemu.words_for_tests``.
        cpus: virtual processors; 0 for as many as the machine has by itself.
    """

    lane: ClassVar[Lane] = Lane.BOOT

    name: str
    arch: str
    image: str
    programs: str
    only: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    count_instructions: bool = False
    case_ptrace: bool = False
    coverage: bool = False
    case_seconds: float = 60.0
    deadline: float = DEADLINE
    rounds: int = 1
    seed: int = 0
    cpus: int = 0

    def perform(self, here: Here) -> CasesRun:
        """Boot it, and tell of each case."""
        done = 0

        def on_case(result: KtapResult, planned: int) -> None:
            nonlocal done
            done += 1
            here.tell(Step("test", f"{result.name}: {result.status}", done, planned))

        here.tell(Step("test", ""))
        return self.boot(here, on_case)

    def boot(self, here: Here, on_case: OnCase) -> CasesRun:
        """The same for a job that listens to the cases itself."""
        lab = here.lab
        directory = here.place() / self.name
        directory.mkdir(parents=True, exist_ok=True)
        image = lab.images.load(self.image)
        assert image is not None, "built, and removed meanwhile"
        assert image.path is not None, "compile-only configs are not booted"
        machine, mode = bootable(self.arch), qemu.Mode.ICOUNT
        if not self.count_instructions:
            choice = lab.machine(self.arch, image.path)
            machine, mode = choice.machine, choice.mode
            if choice.why:
                here.wait(f"emulating, as KVM does not work: {choice.why}")
        request = BootRequest(
            machine=replace(machine, cpus=self.cpus or machine.cpus),
            image=image.path,
            initramfs=modules.joined(lab.programs(self.programs), image.path, directory),
            words=(),
            directory=directory,
            mode=mode,
            parameters=(*unwatched.parameters(image.path.parent / CONFIG), *self.parameters),
            case_ptrace=self.case_ptrace,
            rounds=self.rounds,
            seed=self.seed,
            coverage=self.coverage,
            case_timeout=self.case_seconds,
            boot_timeout=max(BOOT_TIMEOUT, 2 * self.case_seconds),  # KUnit runs meanwhile
            deadline=self.rounds * max(self.deadline, 2 * self.case_seconds),
        )
        return run_cases(request, self.only, on_case)
