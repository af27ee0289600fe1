# SPDX-License-Identifier: GPL-2.0-or-later
"""A scheduler and workers on this machine, until the user stops them.

They are the programs of Dask, told what a user would tell them on other machines. When this process
ends, however it does, they end, and with them whatever their jobs have started.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from refseries.errors import HostError, SeriesError
from refseries.host import proc
from refseries.host.homes import expanded
from refseries.host.scratch import scratch_folder
from refseries.testing.cluster import keys as cluster_keys
from refseries.testing.cluster.keys import ClusterKeys

PRELOAD = "refseries.testing.dask_worker"
_LOOPBACK = "127.0.0.1"
_START_SECONDS = 60.0
_POLL = 0.1
# Dask says so when a worker is known to the scheduler.
_REGISTERED = re.compile(r"Registered to:")
_QUIET = {
    # They look at themselves for a page that is not served; what they do is done by other programs.
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "500ms",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "5s",
}
_SCHEDULER = {
    **_QUIET,
    # A worker that hangs is given up after that, and its jobs are done elsewhere.
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "60s",
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "2",
}


@dataclass(frozen=True)
class ServeRequest:
    """What to start.

    Attributes:
        workers: how many, on this machine.
        jobs: processors that each of them uses.
        host: address that others reach this machine by; loopback without keys.
        port: of the scheduler; 0 lets the system choose.
        logs: directory of what they print.
        environment: settings of refseries for the workers.
    """

    workers: int
    jobs: int
    host: str
    port: int
    logs: Path
    environment: dict[str, str]


@dataclass(frozen=True)
class Served:
    """What runs.

    Attributes:
        address: of the scheduler.
        elsewhere: what to type on other machines; empty where they cannot come.
    """

    address: str
    elsewhere: str
    processes: tuple[tuple[str, proc.Process, Path], ...]

    def watch(self) -> None:
        """Wait for the user.

        Raises:
            HostError: the scheduler or a worker has ended.
            Stopped: the user stops it.
        """
        while True:
            proc.check_stopped()
            for name, process, log in self.processes:
                if process.wait(_POLL) is not None:
                    raise _ended(name, log)


@contextlib.contextmanager
def serving(request: ServeRequest) -> Iterator[Served]:
    """Scheduler and workers for the length of a block; they are ready when it begins.

    Raises:
        SeriesError: others are to reach it, and there are no keys.
        HostError: one of them does not start.
    """
    keys = cluster_keys.find()
    local = cluster_keys.is_loopback(request.host)
    if not local and not keys.there:
        raise SeriesError(
            f"there are no keys, and without them only {_LOOPBACK} is listened on.",
            where=str(keys.directory),
            hint="Make them with `refseries cluster keys`.",
        )
    scheme = "tls" if keys.there else "tcp"
    request.logs.mkdir(parents=True, exist_ok=True)
    started: list[tuple[str, proc.Process, Path]] = []
    with contextlib.ExitStack() as stack:
        # Dask leaves folders behind: here, and not where all users of the machine have theirs.
        place = stack.enter_context(scratch_folder(request.logs))
        own_folder = {"DASK_TEMPORARY_DIRECTORY": str(place)}

        def start(name: str, argv: list[str], environment: dict[str, str]) -> None:
            log = request.logs / f"{name}.log"
            stream = stack.enter_context(log.open("wb"))
            # A worker has semaphores, which the system keeps unless it puts them away itself.
            process = stack.enter_context(
                proc.start(argv, env=environment, stdout=stream, gentle=name != "scheduler")
            )
            started.append((name, process, log))

        options = ("--scheduler-file", str(place / "it"), *(keys.options if keys.there else ()))
        words = [*_dask("scheduler"), *_scheduler(request.host, request.port, options)]
        start("scheduler", words, _by_default({**_SCHEDULER, **own_folder}))
        address = f"{scheme}://{request.host}:{_port_of(place / 'it', started[0])}"
        for number in range(1, request.workers + 1):
            name = f"worker-{number}"
            words = [*_dask("worker"), address, *worker_options(name, request.jobs, keys, local)]
            own = {**request.environment, "REFSERIES_JOBS": str(request.jobs)}
            start(name, words, {**_by_default({**_QUIET, **own_folder}), **own})
        _wait_for_workers(started[1:])
        elsewhere = "" if local else typed(
            ["dask", "worker", address, *worker_options("NAME", request.jobs, keys, local)]
        )  # fmt: skip
        yield Served(address, elsewhere, tuple(started))


def worker_options(name: str, jobs: int, keys: ClusterKeys, local: bool) -> list[str]:
    """What ``dask worker`` is told, here and on other machines. Pure.

    Args:
        jobs: processors; a build, boots, and what is sent beside each have a thread.
    """
    where = [*(("--host", _LOOPBACK) if local else ()), *(keys.options if keys.there else ())]
    return [
        "--name", name, "--nthreads", str(jobs + 2), "--nworkers", "1", "--memory-limit", "0",
        "--no-dashboard", "--dashboard-address", f"{_LOOPBACK}:0", "--death-timeout", "60",
        "--preload", PRELOAD, *where,
    ]  # fmt: skip


def typed(argv: Sequence[str]) -> str:
    """A command for the shell of another machine, where the user's home may be another one."""
    return shlex.join(argv).replace(f" {expanded('~')}/", " ~/")


def _scheduler(host: str, port: int, options: tuple[str, ...]) -> list[str]:
    return [
        "--host", host, "--port", str(port), "--no-dashboard",
        "--dashboard-address", f"{_LOOPBACK}:0", "--no-show", *options,
    ]  # fmt: skip


def _by_default(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings of Dask, as the user has set them where he has."""
    return {name: os.environ.get(name, value) for name, value in settings.items()}


def _dask(program: str) -> list[str]:
    return [sys.executable, "-m", "dask", program]


def _port_of(told: Path, started: tuple[str, proc.Process, Path]) -> int:
    """Where the scheduler listens, which it tells in a file once it does.

    Whoever looked for a free port in its place might see another program take it meanwhile.
    """
    name, process, log = started
    while process.seconds < _START_SECONDS:
        proc.check_stopped()
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError, ValueError):  # it is not there, or half of it
            address: str = json.loads(told.read_bytes())["address"]
            return int(address.rpartition(":")[2])
        time.sleep(_POLL)
    raise _ended(name, log)


def _wait_for_workers(started: list[tuple[str, proc.Process, Path]]) -> None:
    for name, process, log in started:
        while not _REGISTERED.search(log.read_text(errors="replace")):
            proc.check_stopped()
            if process.poll() is not None or process.seconds > _START_SECONDS:
                raise _ended(name, log)
            time.sleep(_POLL)


def _ended(name: str, log: Path) -> HostError:
    lines = log.read_text(errors="replace").strip().splitlines()
    return HostError(
        f"the {name} of the cluster has ended, or does not start.",
        where=str(log),
        hint="Its last lines stand below.",
        detail="\n".join(lines[-10:]),
    )
