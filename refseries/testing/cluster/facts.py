# SPDX-License-Identifier: GPL-2.0-or-later
"""What a worker has: compilers, emulators, build directories. Asked on it, compared elsewhere."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import platform
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import refseries
from refseries.errors import HostError
from refseries.git import build_tree
from refseries.guest import qemu
from refseries.host.settings import Settings
from refseries.kernel import doctor, toolchain
from refseries.kernel.arch import ARCHES

BUILD, BOOT = "build", "boot"
"""Resources of Dask that jobs take one of: the build slot, and processors that guests run on."""

_MANY = 1_000_000


@dataclass(frozen=True)
class ArchTools:
    """What a machine compiles and boots an architecture with; what it lacks is empty.

    Attributes:
        compiler, linker, qemu: first lines of their ``--version``.
        flags: the user's flags that reach the compiler there.
    """

    arch: str
    compiler: str
    linker: str
    qemu: str
    flags: str = ""

    @property
    def resource(self) -> str:
        """The resource of Dask that those have who give the same image; empty without compiler."""
        if not self.compiler:
            return ""
        text = "\0".join((refseries.__version__, self.arch, self.compiler, self.linker, self.flags))
        return f"cc-{self.arch}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class WorkerFacts:
    """One worker.

    Attributes:
        name: as the user knows it.
        jobs: processors that it uses.
        version: of refseries.
        tools: by architecture, all that refseries knows.
        lacks: what ``refseries doctor`` misses there.
        builds: configs of which there is a build directory, each as ``series/config``.
        images: content keys of the kernels that it has built, each as ``series/key``.
    """

    name: str
    machine: str
    jobs: int
    version: str
    tools: tuple[ArchTools, ...]
    lacks: tuple[str, ...]
    builds: tuple[str, ...]
    images: tuple[str, ...]

    @classmethod
    def other(cls, name: str, version: str) -> WorkerFacts:
        """A worker of another refseries, which has nothing for this one."""
        return cls(name, "", 0, version, (), (), (), ())

    def of(self, arch: str) -> ArchTools:
        """Its tools for one architecture."""
        none = ArchTools(arch, "", "", "")
        return next((each for each in self.tools if each.arch == arch), none)


def tools(arch: str) -> ArchTools:
    """What this machine compiles and boots an architecture with; each program is asked once."""
    compiler = linker = emulator = ""
    with contextlib.suppress(HostError):  # that it lacks one is an answer here
        found = toolchain.find(arch)
        compiler, linker = found.version, found.linker
    machine = ARCHES[arch].machine
    if machine is not None:
        with contextlib.suppress(HostError):
            emulator = _version(machine.qemu)
    return ArchTools(arch, compiler, linker, emulator, repr(sorted(toolchain.honoured().items())))


@functools.cache
def _version(emulator: str) -> str:
    return qemu.version(emulator)


def examine(name: str, settings: Settings, cache: Path) -> WorkerFacts:
    """This machine as a worker.

    Args:
        cache: where it builds.
    """
    checks = doctor.examine(None, settings)
    places = cache.glob(f"*/build/src/{build_tree.BUILD_DIRS}*")
    builds = (f"{p.parents[2].name}/{p.name.removeprefix(build_tree.BUILD_DIRS)}" for p in places)
    images = (f"{p.parents[1].name}/{p.name}" for p in cache.glob("*/images/*"))
    return WorkerFacts(
        name,
        platform.machine(),
        settings.jobs,
        refseries.__version__,
        tuple(tools(arch) for arch in sorted(ARCHES)),
        tuple(check.name for check in checks if not check.found and check.needed),
        tuple(sorted(builds)),
        tuple(sorted(images)),
    )


def resources(facts: WorkerFacts) -> dict[str, float]:
    """What a worker offers, as Dask counts it: one build, and boots beside it."""
    found = {BUILD: 1.0, BOOT: float(facts.jobs)}
    for each in facts.tools:
        if each.resource:
            found[each.resource] = _MANY
        if each.qemu:
            found[f"qemu-{each.arch}"] = _MANY
    return found


def agreed(
    workers: Iterable[WorkerFacts], arch: str, own: ArchTools, *, boots: bool
) -> ArchTools | None:
    """The compiler that a run uses on all workers: this machine's own where a worker has it.

    Otherwise that of most workers. None where no worker can do it.

    Args:
        boots: whether the workers need QEMU as well.
    """
    able = [each.of(arch) for each in workers if each.version == refseries.__version__]
    able = [each for each in able if each.compiler and (each.qemu or not boots)]
    same = [each for each in able if each.resource == own.resource]
    if same:
        return same[0]
    most = Counter(each.resource for each in able).most_common(1)
    return next((each for each in able if most and each.resource == most[0][0]), None)


def differences(workers: Mapping[str, WorkerFacts]) -> tuple[str, ...]:
    """What differs from worker to worker and makes images or guests differ; a sentence each."""
    said: list[str] = []
    for what, of in _COMPARED:
        for arch in sorted(ARCHES):
            by_value: dict[str, list[str]] = {}
            for worker in workers.values():
                if value := of(worker, arch):
                    by_value.setdefault(value, []).append(worker.name)
            if len(by_value) > 1:
                having = (f"{value}: {', '.join(sorted(n))}" for value, n in by_value.items())
                said.append(f"{what} for {arch} differs: {'; '.join(having)}.")
    versions = sorted({each.version for each in workers.values()})
    if len(versions) > 1:
        said.append(f"refseries differs: {', '.join(versions)}.")
    return tuple(said)


_COMPARED: tuple[tuple[str, Callable[[WorkerFacts, str], str]], ...] = (
    ("the compiler", lambda worker, arch: worker.of(arch).compiler),
    ("the linker", lambda worker, arch: worker.of(arch).linker),
    ("QEMU", lambda worker, arch: worker.of(arch).qemu),
)
