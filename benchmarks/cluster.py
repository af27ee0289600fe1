# SPDX-License-Identifier: GPL-2.0-or-later
"""What workers gain, and what the way to them costs: toy kernels whose builds and boots sleep.

python benchmarks/cluster.py [WORKERS...]     how many workers; default: 1 2 4 8 16

VERSIONS, CONFIGS, BUILD_SECONDS and BOOT_SECONDS in the environment change how much. Each build and
each boot sleeps for a set time, so that more workers than processors show what
distribution costs; what a toy compiles by itself is real, and counts against it. Versions times
configs are built and booted on each number of workers, from empty caches.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from dataclasses import replace
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
"""Of as many times as there are workers."""
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


def run(request: MatrixRequest, directory: Path, workers: int) -> tuple[float, float, float]:
    """Seconds of the matrix, of a job more when all builds are there, and until all is stopped."""
    place = directory / f"on-{workers}"
    wanted = serve.ServeRequest(
        workers, 1, "127.0.0.1", 0, place / "logs", {"REFSERIES_CACHE": str(place / "workers")}
    )
    with serve.serving(wanted) as served:
        lab = replace(request.lab, cluster=served.address)
        started = time.monotonic()
        found = matrix.run(replace(request, lab=lab), lambda _event: None)
        seconds = time.monotonic() - started
        # What connecting and asking the workers costs is no job's.
        alone = _ready(replace(request, lab=lab, targets=request.targets[:1]))
        each = (_ready(replace(request, lab=lab)) - alone) / ((VERSIONS - 1) * CONFIGS)
        stopping = _stopped(replace(request, lab=replace(lab, rebuild=True)))
    assert all(each.stages["build"] == "pass" for each in found.runs), found.runs[0].message
    return seconds, each, stopping


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
        first = 0.0
        for workers in counts:
            seconds, ready, stopping = run(request, Path(name), workers)
            first = first or seconds * workers
            print(
                f"{workers:3} workers: {seconds:7.1f} s, {first / seconds:5.2f} times; "
                f"{ready * 1000:.0f} ms for a job that is done already, {stopping:.1f} s to stop",
                flush=True,
            )
            verdict.is_true(ready <= READY, f"{ready * 1000:.0f} ms a job ({READY * 1000:.0f})")
            verdict.is_true(stopping <= STOP, f"stopped after {stopping:.1f} s ({STOP:g})")
            if workers > 1:
                each = first / seconds / workers
                verdict.is_true(each >= SPEED_UP, f"speed-up {each:.2f} a worker ({SPEED_UP})")
    verdict.leave()


if __name__ == "__main__":
    main()
