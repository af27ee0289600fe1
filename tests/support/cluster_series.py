# SPDX-License-Identifier: GPL-2.0-or-later
"""A series whose last versions wait in the middle of their work, and commands on a cluster.

What waits does so until a file is there, so that no test depends on how fast the machine is.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from pathlib import Path

import clusters
import played_series
import toy as toys
from clusters import Cluster
from waiting import SECONDS, until

from refseries.host import proc

IN_GUEST, IN_BUILD = "v9", "v10"
"""The versions that wait, and where."""
PASS = ["pass"] * 4

_WAIT = "echo {pid} >>{reached}; while [ ! -e {gate} ]; do sleep 0.05; done"


class Ground:
    """Eight versions of ``played_series``, and two that wait."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.played = played_series.make(directory)
        self.stack = contextlib.ExitStack()
        project = self.played.project
        files = {"reached": self.reached, "gate": self.gate}
        guest = _WAIT.format(pid="$$", **files)
        project.add({"guest.sh": f"{guest}\n{played_series.GOOD}"})
        build = _WAIT.format(pid="$$$$", **files)
        project.add(
            {
                "guest.sh": played_series.GOOD,
                "inject.mk": f"before_memory = {build}\n",
                "mm/memory.c": f"{played_series.MEMORY}\nint waits;\n",
            }
        )
        for version in project.versions[-2:]:
            played_series.write_version(version)

    @property
    def reached(self) -> Path:
        """Has the process id of each guest or build that waits, a line each."""
        return self.directory / "reached"

    @property
    def gate(self) -> Path:
        """What they wait for."""
        return self.directory / "gate"

    def waiting(self) -> list[int]:
        """Process ids of all that have begun to wait."""
        text = self.reached.read_text() if self.reached.is_file() else ""
        return [int(line) for line in text.splitlines()]

    def wait(self, times: int = 1) -> int:
        """Until so many have begun to wait; the last one's process id."""
        until(lambda: len(self.waiting()) >= times)
        return self.waiting()[times - 1]

    def start(self, cluster: Cluster, *words: str) -> proc.Process:
        """A command on the cluster, which is not waited for."""
        out = self.stack.enter_context((self.directory / "out").open("wb"))
        err = self.stack.enter_context((self.directory / "err").open("wb"))
        argv = [*toys.COMMAND, *words, "--json", "-"]
        environ = {**self.played.environ, **cluster.environ}
        started = proc.start(
            argv, cwd=self.played.directory, env=environ, stdout=out, stderr=err
        )  # fmt: skip
        return self.stack.enter_context(started)

    def ended(self, process: proc.Process, seconds: float = SECONDS) -> int:
        """Its exit code."""
        status = process.wait(seconds)
        assert status is not None, self.err
        return status

    @property
    def err(self) -> str:
        return (self.directory / "err").read_text()

    def outcomes(self) -> dict[str, list[str]]:
        """Of each version, its stages, as the command's JSON has them."""
        runs = json.loads((self.directory / "out").read_text())["runs"]
        return {run["version"]: list(run["stages"].values()) for run in runs}

    def close(self) -> None:
        self.gate.touch()
        self.stack.close()


def worker_of(cluster: Cluster, pid: int) -> int:
    """The worker that a process was started by, at some remove."""
    workers = cluster.workers()
    while pid not in workers:
        pid = clusters.parent(pid)
        assert pid > 1
    return pid


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
