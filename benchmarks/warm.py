# SPDX-License-Identifier: GPL-2.0-or-later
"""A warm ``refseries test --all-versions`` against the same QEMU boots run by hand.

The boots by hand are the ``rerun.sh`` scripts that the measured run itself left behind, as many at
once as refseries runs. Everything is built first, untimed. The two sides take turns.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import rig

from refseries.host import proc

ROUNDS = 3
WARM_RATIO = 1.3
PEAK_MIB = 200.0


def by_hand(directories: list[list[Path]]) -> float:
    """Seconds that the boots take: the scripts of one run after each other, the runs at once."""

    def boot(scripts: list[Path]) -> None:
        for script in scripts:
            proc.run([script])

    started = time.monotonic()
    with ThreadPoolExecutor(rig.processors()) as pool:
        list(pool.map(boot, directories))
    return time.monotonic() - started


def main() -> None:
    """Measure and print."""
    command = ("test", "--all-versions", "--config", "default")
    rig.refseries_json(*command)
    verdict = rig.Verdict()
    ours: list[float] = []
    theirs: list[float] = []
    peaks: list[float] = []
    for _ in range(ROUNDS):
        done, result = rig.refseries_json(*command)
        places = [Path(run["log"]) for run in result["runs"] if run["qemu"]]
        scripts = [sorted(directory.glob("rerun*.sh")) for directory in places]
        if not scripts or not all(scripts):
            sys.exit("a run left no rerun.sh; nothing to compare with.")
        ours.append(done.seconds)
        peaks.append(done.peak_mib)
        theirs.append(by_hand(scripts))
        boots = sum(map(len, scripts))
        print(f"  {boots} boots: refseries {ours[-1]:.2f} s, by hand {theirs[-1]:.2f} s")
    verdict.ratio(rig.median(ours), rig.median(theirs), WARM_RATIO, "warm test --all-versions")
    verdict.at_most(max(peaks), PEAK_MIB, "MiB", "peak memory of the Python side")
    verdict.leave()


if __name__ == "__main__":
    main()
