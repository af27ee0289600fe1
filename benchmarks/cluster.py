# SPDX-License-Identifier: GPL-2.0-or-later
"""What workers gain, and what the way to them costs: toy kernels whose builds and boots sleep.

python benchmarks/cluster.py [WORKERS...]     how many workers; default: 1 2 4 8 16

VERSIONS, CONFIGS, BUILD_SECONDS and BOOT_SECONDS in the environment change how much. Each build and
each boot sleeps for a set time, so that more workers than processors show what
distribution costs; what a toy compiles by itself is real, and counts against it. Versions times
configs are built and booted on each number of workers, from empty caches.

A worker boots beside its next build. So N workers take, for J builds of B seconds and boots of b,
at least ceil(J / N) * B + b seconds, and one takes J * B + b, with which they are compared. Where
the seconds of N workers go is said in three parts: the sleeps, what builds and boots took beside
them, and how long workers had neither, the start of the run and its end included. All processor
seconds of the cluster, compilers and git included, divided by the processors, are less than the
whole, or the machine and not the cluster is what is measured.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import rig

sys.path.insert(0, str(rig.ROOT / "tests/support"))

import played_project
from fake_kernel import ARM64_FRAGMENT, SOURCE

from refseries.errors import Stopped
from refseries.series import apply
from refseries.testing import matrix
from refseries.testing.cluster import serve
from refseries.testing.matrix import Event, MatrixRequest

VERSIONS = int(os.environ.get("VERSIONS", "20"))
CONFIGS = int(os.environ.get("CONFIGS", "3"))
BUILD_SECONDS = float(os.environ.get("BUILD_SECONDS", "6"))
BOOT_SECONDS = float(os.environ.get("BOOT_SECONDS", "2"))
SPEED_UP = 0.9
"""Of as many times as there are workers, also where the rounds of builds allow less."""
READY, STOP = 0.05, 10.0
"""Seconds of a job that is done already, and until Ctrl-C has ended the jobs of a run."""


def make(directory: Path) -> MatrixRequest:
    """The series: each version changes one file and what its guest says."""
    project = played_project.make(directory)
    makefile = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\n" + (SOURCE / "Makefile").read_text()
    inject = f"before_memory = sleep {BUILD_SECONDS}\n"
    project.kernel.base = project.kernel.commit("base", {"Makefile": makefile, "inject.mk": inject})
    memory = (SOURCE / "mm/memory.c").read_text()
    for number in range(VERSIONS):
        guest = f"sleep {BOOT_SECONDS}\n{played_project.GOOD}# {number}\n"
        project.add({"mm/memory.c": f"{memory}\nint version_{number};\n", "guest.sh": guest})
    tools = directory / "tools"
    tools.mkdir()
    (tools / "qemu-system-aarch64").symlink_to(rig.ROOT / "tests/support/fake_qemu.sh")
    os.environ["PATH"] = f"{tools}:{os.environ['PATH']}"
    os.environ["REFSERIES_TREE"] = str(project.kernel.work)
    os.environ["REFSERIES_BASE_REF"] = project.kernel.base.commit
    os.environ["REFSERIES_CLUSTER_KEYS"] = str(directory / "keys")
    configs = tuple(
        project.kernel.config(f"{ARM64_FRAGMENT}# {number}\n", f"config{number}")
        for number in range(CONFIGS)
    )
    return replace(project.request(jobs=1), configs=configs)


@dataclass(frozen=True)
class Measured:
    """What came of a number of workers.

    Attributes:
        seconds: of the whole matrix.
        beside: of what the builds took that is no sleep, for each worker.
        idle: for each worker, without a build; the last boot counts as that.
        processor: seconds of the machine's processors that scheduler, workers and client took.
        ready: seconds of a job more when all builds are there.
        stopping: seconds until all is stopped.
    """

    seconds: float
    beside: float
    idle: float
    processor: float
    ready: float
    stopping: float


def run(request: MatrixRequest, directory: Path, workers: int) -> Measured:
    """Build and boot all from empty caches, find all ready once more, and stop amidst builds."""
    place = directory / f"on-{workers}"
    wanted = serve.ServeRequest(
        workers, 1, "127.0.0.1", 0, place / "logs", {"REFSERIES_CACHE": str(place / "workers")}
    )
    with serve.serving(wanted) as served:
        lab = replace(request.lab, cluster=served.address)
        before = _processor_seconds(os.getpid())
        started = time.monotonic()
        found = matrix.run(replace(request, lab=lab), lambda _event: None)
        seconds = time.monotonic() - started
        processor = _processor_seconds(os.getpid()) - before
        # What connecting and asking the workers costs is no job's.
        alone = _ready(replace(request, lab=lab, targets=request.targets[:1]))
        each = (_ready(replace(request, lab=lab)) - alone) / ((VERSIONS - 1) * CONFIGS)
        stopping = _stopped(replace(request, lab=replace(lab, rebuild=True)))
    assert all(each.stages["build"] == "pass" for each in found.runs), found.runs[0].message
    builds = sum(each.seconds["build"] for each in found.runs)
    beside = builds - VERSIONS * CONFIGS * BUILD_SECONDS
    return Measured(
        seconds, beside / workers, seconds - builds / workers, processor, each, stopping
    )


def _processor_seconds(pid: int) -> float:
    """Of a process and all below it, those that have ended included."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        tasks = Path(f"/proc/{pid}/task").iterdir()
        children = " ".join((task / "children").read_text() for task in tasks).split()
    except OSError:
        return 0.0  # it has ended meanwhile, and counts with who started it
    own = sum(map(int, words[11:15])) / os.sysconf("SC_CLK_TCK")
    return own + sum(_processor_seconds(int(child)) for child in children)


def _ready(request: MatrixRequest) -> float:
    """Seconds until the builds are found to be there."""
    started = time.monotonic()
    matrix.run(replace(request, boot=False), lambda _event: None)
    return time.monotonic() - started


def _stopped(request: MatrixRequest) -> float:
    """Seconds from a Ctrl-C amidst builds until no worker has a job of the run."""
    at = 0.0

    def stop(event: Event) -> None:
        nonlocal at
        if event.stage == "build" and not at:
            time.sleep(1)  # the other workers have begun by then
            at = time.monotonic()
            raise Stopped("stopped.")

    with contextlib.suppress(Stopped):
        matrix.run(request, stop)
    return time.monotonic() - at


def main() -> None:
    """Measure and print."""
    counts = [int(word) for word in sys.argv[1:]] or [1, 2, 4, 8, 16]
    verdict = rig.Verdict()
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="refseries-cluster-") as name:
        request = make(Path(name))
        set_by = f"{BUILD_SECONDS:g} s a build, {BOOT_SECONDS:g} s a boot"
        print(f"{VERSIONS} versions x {CONFIGS} configs, {set_by}")
        # What the client does by itself is not what workers gain.
        for target in request.targets:
            apply.apply(request.lab.series, request.lab.base, target, request.lab.cache)
        request.lab.initramfs("arm64")
        alone, by = VERSIONS * CONFIGS * BUILD_SECONDS + BOOT_SECONDS, "the sleeps alone"
        for workers in counts:
            done = run(request, Path(name), workers)
            if workers == 1:
                alone, by = done.seconds, "one worker"
            _tell(workers, done, alone, by)
            verdict.at_most(1000 * done.ready, 1000 * READY, "ms", "a job that is done already")
            verdict.at_most(done.stopping, STOP, "s", "to stop")
            if workers > 1:
                times, limit = alone / done.seconds, SPEED_UP * workers
                verdict.is_true(times >= limit, f"{times:.2f} times as fast (at least {limit:.2f})")
    verdict.leave()


def _best(workers: int) -> float:
    """Seconds that nobody can do it in."""
    return math.ceil(VERSIONS * CONFIGS / workers) * BUILD_SECONDS + BOOT_SECONDS


def _tell(workers: int, done: Measured, alone: float, by: str) -> None:
    sleeps = done.seconds - done.beside - done.idle
    print(
        f"{workers:3} workers: {done.seconds:.1f} s, of which each slept {sleeps:.1f} s in builds, "
        f"built {done.beside:.1f} s besides and had no build {done.idle:.1f} s; at best "
        f"{_best(workers):.1f} s; {alone / done.seconds:.2f} times as fast as {by} ({alone:.1f} s);"
        f" {done.processor:.0f} processor seconds, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
