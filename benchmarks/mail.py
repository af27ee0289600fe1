# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries export`` against ``git format-patch`` of the same commits.

v4 of the bundled series, over the base in the user's cache, and 100 patches on a small kernel made
here. What checkpatch.pl and get_maintainer.pl say is kept from an export before, untimed, and so is
the diffstat.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import rig

ROUNDS = 15
RATIO = 1.5
SECONDS_100 = 3.0
MANY = 100


def series_of_many(directory: Path) -> None:
    """A series of MANY patches, with a kernel of its own."""
    sys.path.insert(0, str(rig.ROOT / "tests/support"))
    import toy as toys

    toy = toys.make(directory)
    toy.at_base()
    for number in range(MANY):
        toy.commit((toys.ADA, f"mm: step {number}\n", {"mm/memory.c": lines(number)}))
    toy.version_of_head()


def lines(number: int) -> bytes:
    """A file of 1000 lines, of which one differs from the version before."""
    return b"".join(b"int line_%d_%d;\n" % (n, n <= number) for n in range(1000))


def export(*words: str, env: dict[str, str] | None = None) -> float:
    """Seconds of one export."""
    with tempfile.TemporaryDirectory() as scratch:
        program = str(rig.program())
        return rig.timed([program, *words, "--quiet", "-o", f"{scratch}/out.mbx"], env).seconds


def format_patch(repo: Path, commits: str) -> float:
    """Seconds of git alone."""
    with tempfile.TemporaryDirectory() as scratch:
        argv = ["git", "-C", str(repo), "-c", "safe.bareRepository=all", "format-patch", "--quiet"]
        words = ["--cover-letter", "-o", scratch, commits]
        return rig.timed([*argv, *words]).seconds


def main() -> None:
    """Measure and print."""
    verdict = rig.Verdict()
    four = ("export", "v4", "--allow-open")
    _, applied = rig.refseries_json("apply", "v4")
    _, base = rig.refseries_json("base")
    commits = f"{base['commit']}..{applied['commit']}"
    export(*four)
    ours: list[float] = []
    theirs: list[float] = []
    start: list[float] = []
    for _ in range(ROUNDS):
        ours.append(export(*four))
        theirs.append(format_patch(Path(base["repo"]), commits))
        start.append(rig.refseries("--version").seconds)
    both = rig.median(theirs) + rig.median(start)
    verdict.ratio(
        rig.median(ours), both, RATIO, "export of 4 patches / git format-patch + --version"
    )
    with tempfile.TemporaryDirectory(prefix="refseries-mail-") as scratch:
        os.environ.setdefault("GIT_CONFIG_SYSTEM", "/dev/null")
        series_of_many(Path(scratch))
        many = ("-C", f"{scratch}/project", "export", "v9")
        env = {"REFSERIES_TREE": f"{scratch}/linux", "REFSERIES_CACHE": f"{scratch}/cache"}
        first = export(*many, env=env)
        seconds = rig.median([export(*many, env=env) for _ in range(3)])
        print(f"  the first export of {MANY} patches, with applying them: {first:.2f} s")
        verdict.at_most(seconds, SECONDS_100, "s", f"export of {MANY} patches")
    verdict.leave()


if __name__ == "__main__":
    main()
