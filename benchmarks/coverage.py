# SPDX-License-Identifier: GPL-2.0-or-later
"""What it costs to count lines: ``refseries coverage`` against ``refseries test`` of one version.

Both boot the version once and run every case. Everything is built first, untimed, and they take
turns.
"""

from __future__ import annotations

import rig

ROUNDS = 3
COUNTING_RATIO = 1.5


def main() -> None:
    """Measure and print."""
    counting = ("coverage", "v4", "--again")
    testing = ("test", "v4", "--config", "default")
    rig.refseries_json(*counting)
    rig.refseries_json(*testing)
    verdict = rig.Verdict()
    counted: list[float] = []
    tested: list[float] = []
    for _ in range(ROUNDS):
        counted.append(rig.refseries_json(*counting)[0].seconds)
        tested.append(rig.refseries_json(*testing)[0].seconds)
        print(f"  coverage {counted[-1]:.2f} s, test {tested[-1]:.2f} s")
    verdict.ratio(rig.median(counted), rig.median(tested), COUNTING_RATIO, "coverage of v4")
    verdict.leave()


if __name__ == "__main__":
    main()
