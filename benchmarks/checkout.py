# SPDX-License-Identifier: GPL-2.0-or-later
"""The import of the base kernel, and the work tree for builds with and without ``leave_out``.

python benchmarks/checkout.py [SCRATCH]     SCRATCH: where 5 GB are free; default: /var/tmp
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import rig

from refseries.git import build_tree
from refseries.series import store

IMPORT_SECONDS = 60.0


@dataclass(frozen=True)
class Made:
    """A work tree: seconds to make it, to move it nowhere, its files and their size."""

    make: float
    move: float
    files: int
    megabytes: float

    def __str__(self) -> str:
        return (
            f"made in {self.make:.1f} s, moved without change in {self.move:.2f} s, "
            f"{self.files} files, {self.megabytes:.0f} MB"
        )


def make(repo: Path, commit: str, path: Path, leave_out: tuple[str, ...]) -> Made:
    """Make a work tree of ``commit`` at ``path`` and measure it."""
    with build_tree.opened(repo, path, leave_out, say=print) as tree:
        started = time.monotonic()
        tree.move(commit)
        made = time.monotonic()
        tree.move(commit)
        moved = time.monotonic()
    sizes = [
        Path(directory, name).lstat().st_size
        for directory, _, names in os.walk(path)
        for name in names
    ]
    return Made(made - started, moved - made, len(sizes), sum(sizes) / 1e6)


def main() -> None:
    """Measure and print."""
    scratch = sys.argv[1] if len(sys.argv) > 1 else "/var/tmp"
    with tempfile.TemporaryDirectory(dir=scratch, prefix="refseries-checkout-") as name:
        verdict = rig.Verdict()
        done, base = rig.refseries_json("base", cache=Path(name, "cache"))
        verdict.at_most(done.seconds, IMPORT_SECONDS, "s", "cold import of the base kernel")
        leave_out = store.load(rig.ROOT).base.leave_out
        repo, commit = Path(base["repo"]), base["commit"]
        sparse = make(repo, commit, Path(name, "sparse/src"), leave_out)
        full = make(repo, commit, Path(name, "full/src"), ())
        print(f"  full work tree:    {full}")
        print(f"  without leave_out: {sparse}")
        verdict.is_true(
            sparse.make < full.make and sparse.megabytes < full.megabytes,
            f"leave_out pays: {sparse.make / full.make:.2f} of the time, "
            f"{sparse.megabytes / full.megabytes:.2f} of the size",
        )
    verdict.leave()


if __name__ == "__main__":
    main()
