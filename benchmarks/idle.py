# SPDX-License-Identifier: GPL-2.0-or-later
"""What refseries costs when there is nothing to do, and before it does anything."""

from __future__ import annotations

import sys

import rig

ROUNDS = 7
BUILD_SECONDS = 2.0
START_RATIO = 2.5
SETUP_SECONDS = 0.3


def main() -> None:
    """Measure and print."""
    command = ("build", "--all-versions")
    rig.refseries_json(*command)
    verdict = rig.Verdict()
    idle = [rig.refseries_json(*command)[0].seconds for _ in range(ROUNDS)]
    verdict.at_most(rig.median(idle), BUILD_SECONDS, "s", "build --all-versions, all built")

    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(2 * ROUNDS):
        ours.append(rig.refseries("--version").seconds)
        theirs.append(rig.timed([sys.executable, "-c", "import typer"]).seconds)
    verdict.ratio(rig.median(ours), rig.median(theirs), START_RATIO, "--version / import typer")

    setup = [rig.timed([rig.ROOT / "setup", "true"]).seconds for _ in range(ROUNDS)]
    verdict.at_most(rig.median(setup), SETUP_SECONDS, "s", "./setup true, all there")
    verdict.leave()


if __name__ == "__main__":
    main()
