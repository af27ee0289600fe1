# SPDX-License-Identifier: GPL-2.0-or-later
"""What the benchmarks share: running and watching a program, and judging a figure by its limit."""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refseries.host import proc

ROOT = Path(__file__).resolve().parents[1]
_INTERVAL_SECONDS = 0.02

# With it, each start would compile every module anew: a cost that no user has and that would be
# counted on both sides. What is timed inherits our environment.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@dataclass(frozen=True)
class Timed:
    """A program that ended.

    Attributes:
        seconds: wall-clock time.
        peak_mib: the most memory that the program itself had resident, without its children; 0 when
            it ended before anybody looked.
        out: what it printed.
    """

    seconds: float
    peak_mib: float
    out: str


def timed(
    argv: Sequence[str | Path], env: Mapping[str, str] | None = None, good: Sequence[int] = (0,)
) -> Timed:
    """Run ``argv`` to its end and watch its memory.

    The kernel keeps the peak itself (VmHWM); it is looked up every 20 ms, because it goes with the
    process. ``getrusage`` would not do: it gives the largest of compilers and guests as well.
    """
    peaks = [0.0]
    with tempfile.TemporaryFile() as out:
        with proc.start(argv, cwd=ROOT, env=env, stdout=out) as process:

            def watch() -> None:
                while not ended.wait(_INTERVAL_SECONDS):
                    peaks.append(_peak_mib(process.pid))

            ended = threading.Event()
            watcher = threading.Thread(target=watch)
            watcher.start()
            # To wait with a timeout would be to look now and then: too coarse for what takes 30 ms.
            status = process.popen.wait()
            seconds = process.seconds
            ended.set()
            watcher.join()
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    if status not in good:
        sys.exit(f"{' '.join(map(str, argv))} ended with exit status {status}:\n{text}")
    return Timed(seconds, max(peaks), text)


def refseries(*words: str, cache: Path | None = None, good: Sequence[int] = (0,)) -> Timed:
    """Run our command, as installed beside this Python; with a cache of its own if given."""
    env = {"REFSERIES_CACHE": str(cache), "CCACHE_DIR": ""} if cache else None
    return timed([program(), *words], env, good)


def refseries_json(*words: str, cache: Path | None = None) -> tuple[Timed, dict[str, Any]]:
    """As ``refseries``, with what it writes as ``--json``. A red matrix is a result as well."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "result.json")
        done = refseries(*words, "--quiet", "--json", str(path), cache=cache, good=(0, 1))
        return done, json.loads(path.read_text())


def program() -> Path:
    """The console script of this environment."""
    path = Path(sys.prefix, "bin", "refseries")
    if not path.exists():
        sys.exit(f"{path} is not there: run `./setup python benchmarks/…`.")
    return path


def processors() -> int:
    """How many processors this process may use, as refseries counts them."""
    return len(os.sched_getaffinity(0))


def load() -> str:
    """How busy the machine is already; a figure taken on a busy one says little."""
    return f"processors {processors()}, load average {os.getloadavg()[0]:.1f} at the start"


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


class Verdict:
    """Prints figures with their limits and remembers whether all were kept."""

    def __init__(self) -> None:
        self.kept = True
        print(load())

    def ratio(self, ours: float, theirs: float, limit: float, name: str) -> None:
        """Both sides in seconds, their ratio and its limit."""
        self._judge(
            ours / theirs <= limit,
            f"{name}: {ours:.2f} s / {theirs:.2f} s = {ours / theirs:.2f} (at most {limit})",
        )

    def at_most(self, value: float, limit: float, unit: str, name: str) -> None:
        """One figure and its limit."""
        self._judge(value <= limit, f"{name}: {value:.2f} {unit} (at most {limit} {unit})")

    def is_true(self, kept: bool, name: str) -> None:
        """Something that is or is not so."""
        self._judge(kept, name)

    def leave(self) -> None:
        """Exit with 0 if every limit was kept, else with 1."""
        sys.exit(0 if self.kept else 1)

    def _judge(self, kept: bool, text: str) -> None:
        self.kept = self.kept and kept
        print(f"{'kept  ' if kept else 'MISSED'} {text}")


def _peak_mib(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
