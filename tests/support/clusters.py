# SPDX-License-Identifier: GPL-2.0-or-later
"""A real scheduler and real workers of Dask in processes of their own, on loopback."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import toy as toys
from played_series import Played
from waiting import SECONDS, until

from refseries.host import proc


@dataclass(frozen=True)
class Cluster:
    """What `refseries cluster start` has started.

    Attributes:
        cache: of its workers.
        mark: what the environment of each of its processes has in it.
    """

    address: str
    process: proc.Process
    cache: Path
    mark: str

    @property
    def environ(self) -> dict[str, str]:
        return {"REFSERIES_CLUSTER": self.address}

    def worker(self, name: str) -> int:
        """Process id of the worker of this name: of the process that does jobs."""
        return next(pid for pid in self.workers() if f"--name {name} " in command(parent(pid)))

    def workers(self) -> list[int]:
        """Process ids of those that do jobs."""
        return [pid for pid in self.processes() if "spawn_main" in command(pid)]

    def scheduler(self) -> int:
        return next(pid for pid in self.processes() if "dask scheduler" in command(pid))

    def semaphores(self) -> set[Path]:
        """Those that its workers have open and that the system keeps by name."""
        maps: list[str] = []
        for pid in self.processes():
            with contextlib.suppress(OSError):  # it was there a moment ago
                maps.append(Path(f"/proc/{pid}/maps").read_text())
        return {Path(found) for text in maps for found in re.findall(r"/dev/shm/sem\.\S+", text)}

    def processes(self) -> list[int]:
        """All that it has started and that is alive, whoever it belongs to by now."""
        return marked(self.mark)


@contextlib.contextmanager
def started(
    played: Played, directory: Path, workers: int = 2, environ: Mapping[str, str] | None = None,
    *words: str,
) -> Iterator[Cluster]:  # fmt: skip
    """A cluster for the length of a block; its workers have a cache of their own."""
    cache = directory / "worker-cache"
    mark = f"CLUSTER_TEST={directory}"
    name, _, value = mark.partition("=")
    env = {
        **played.environ, "REFSERIES_CACHE": str(cache), name: value,
        "REFSERIES_CLUSTER_KEYS": str(directory / "keys"), **(environ or {}),
    }  # fmt: skip
    argv = [*toys.COMMAND, "cluster", "start", "--workers", str(workers), "--port", "0", *words]
    out = directory / "cluster.out"
    with (
        out.open("wb") as stream,
        proc.start(argv, cwd=played.directory, env=env, stdout=stream) as process,
    ):
        until(lambda: "--cluster " in out.read_text() or process.poll() is not None)
        found = re.search(r"--cluster (\S+)", out.read_text())
        assert found, out.read_text()
        cluster = Cluster(found[1], process, cache, mark)
        held = cluster.semaphores()
        assert bool(held) == bool(workers)
        yield cluster
        if process.poll() is None:
            os.kill(process.pid, signal.SIGINT)
            process.wait(SECONDS)
    until(lambda: not cluster.processes())
    assert not [path for path in held if path.exists()]


def marked(mark: str) -> list[int]:
    """Processes with these words in their environment."""
    found = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [pid for pid in found if pid != os.getpid() and _has(pid, mark)]


def command(pid: int) -> str:
    """Its command line."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def parent(pid: int) -> int:
    """Process id of its parent; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _has(pid: int, mark: str) -> bool:
    try:
        return mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


@contextlib.contextmanager
def joined(
    cluster: Cluster, played: Played, name: str, environ: Mapping[str, str]
) -> Iterator[proc.Process]:
    """One more worker, started as a user does it on another machine."""
    env = {**played.environ, "REFSERIES_CACHE": str(cluster.cache), **environ}
    env["CLUSTER_TEST"] = cluster.mark.partition("=")[2]
    log = cluster.cache / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    argv = [
        toys.COMMAND[0], "-m", "dask", "worker", cluster.address, "--name", name, "--nthreads", "4",
        "--nworkers", "1", "--memory-limit", "0", "--no-dashboard", "--dashboard-address",
        "127.0.0.1:0", "--host", "127.0.0.1", "--preload", "refseries.testing.dask_worker",
    ]  # fmt: skip
    with log.open("wb") as stream, proc.start(argv, env=env, stdout=stream, gentle=True) as process:
        until(lambda: "Registered to:" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield process
