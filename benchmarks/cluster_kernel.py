# SPDX-License-Identifier: GPL-2.0-or-later
"""The real versions on workers of this machine, against a local run on as many processors.

    python benchmarks/cluster_kernel.py [WORKERS]...     default: 1 2

Both sides have the base kernel, and nothing compiled. Each worker has one processor and objects
of its own, so that what a local run compiles once is compiled by each of two workers. The
processors are set by affinity, for guests as well.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rig

from refseries.host import proc

RATIO = 1.1
RUN = ("test", "--all-versions", "--config", "default")
START_SECONDS = 300


def side(cache: Path, *words: str) -> tuple[float, dict[str, Any]]:
    """Seconds of the whole matrix from nothing compiled, and its JSON."""
    rig.refseries("base", "--quiet", cache=cache)
    done, result = rig.refseries_json(*RUN, *words, cache=cache)
    builds, tests = (
        ", ".join(f"{each['seconds'].get(stage, 0):.0f}" for each in result["runs"])
        for stage in ("build", "test")
    )
    print(f"  {words[0]}: {done.seconds:.1f} s; builds {builds} s, tests {tests} s", flush=True)
    return done.seconds, result


@contextmanager
def workers(directory: Path, count: int) -> Iterator[str]:
    """A scheduler with ``count`` workers of one processor each; gives its address."""
    told, cache = directory / "cluster.json", directory / "workers"
    rig.refseries("base", "--quiet", cache=cache)
    env = {"REFSERIES_CACHE": str(cache), "CCACHE_DIR": ""}
    words = ("--workers", str(count), "--jobs", "1", "--port", "0", "--json", told)
    with proc.start([rig.program(), "cluster", "start", *words], cwd=rig.ROOT, env=env):
        deadline = time.monotonic() + START_SECONDS
        while not told.exists():
            if time.monotonic() > deadline:
                sys.exit("The cluster did not start.")
            time.sleep(0.2)
        yield json.loads(told.read_text())["address"]


def main() -> None:
    """Measure and print."""
    counts = [int(word) for word in sys.argv[1:]] or [1, 2]
    everywhere = os.sched_getaffinity(0)
    verdict = rig.Verdict()
    for count in counts:
        if count > len(everywhere):
            sys.exit(f"{count} workers want {count} processors; there are {len(everywhere)}.")
        os.sched_setaffinity(0, set(sorted(everywhere)[:count]))
        with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="refseries-cluster-") as name:
            place = Path(name)
            with workers(place, count) as address:
                ours, there = side(place / "client", "--cluster", address)
            theirs, here = side(place / "local", "--jobs", str(count))
        verdict.is_true(outcomes(there) == outcomes(here), "the same outcomes")
        for case in sorted(set(outcomes(there)) ^ set(outcomes(here))):
            print(f"  {'cluster' if case in outcomes(there) else 'local'}: {' '.join(case)}")
        verdict.ratio(ours, theirs, RATIO, f"{count} workers / {count} jobs here")
    verdict.leave()


def outcomes(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Version, case and outcome of everything that ran."""
    return sorted(
        (run["version"], case["name"], case["outcome"])
        for run in result["runs"]
        for case in run["results"]
    )


if __name__ == "__main__":
    main()
