# SPDX-License-Identifier: GPL-2.0-or-later
"""From saving a file to the verdict: ``refseries test work`` against make and the boot by hand.

Both sides save another line in the same file of the newest version and compile it in the same build
directory, with the make command that the measured run recorded; by hand, the boot is its
``rerun.sh`` with the image just made. The first build is not timed. The two sides take turns.

    python benchmarks/work.py [FILE]     FILE: of the series; default: mm/refpage.c
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import rig

from refseries.cli.context import find_base, load
from refseries.cli.options import SeriesOptions
from refseries.host import proc
from refseries.review import work_tree

ROUNDS = 3
RATIO = 1.2
FILE = "mm/refpage.c"


def save(path: Path, original: bytes, number: int) -> None:
    """Another text of ``path``, which is other code as well."""
    path.write_bytes(
        original + f'\nstatic const char saved_{number}[] __used = "{number}";\n'.encode()
    )


def started(project: Path) -> Path:
    """The work tree over the newest version of a project."""
    context = load(SeriesOptions(directory=project))
    base = find_base(context, quiet=True)
    place = work_tree.find(context.series, base, context.settings.cache)
    work_tree.start(place)
    return place.worktree


def ours(project: Path) -> tuple[float, Path, Path]:
    """Seconds of ``test work``, the image's directory, and the directory of the evidence."""
    words = ("-C", str(project), "test", "work", "--config", "default")
    done, result = rig.refseries_json(*words)
    (run,) = result["runs"]
    if not run["qemu"]:
        sys.exit(f"{run['version']} was not booted: {run['message']}")
    return done.seconds, Path(run["image"]), Path(run["log"])


def by_hand(source: Path, file: str, number: int, image: Path, evidence: Path) -> float:
    """Seconds of make and of the boot.

    Args:
        source: the work tree in which ``image`` was built.
        evidence: of the run that booted it.
    """
    record = json.loads((image.parent / "image.json").read_text())
    built = source / "o-default" / "arch" / record["arch"] / "boot" / image.name
    scripts = []
    for script in sorted(evidence.glob("rerun*.sh")):
        mine = script.with_name(f"by-hand-{script.name}")
        mine.write_text(script.read_text().replace(str(image), str(built)))
        mine.chmod(0o755)
        scripts.append(mine)
    path = source / file
    original = path.read_bytes()
    began = time.monotonic()
    save(path, original, number)
    proc.run(record["commands"][-1], env=record["environment"], deadline=1800)
    for script in scripts:
        proc.run([script], deadline=1800)
    return time.monotonic() - began


def main() -> None:
    """Measure and print."""
    file = sys.argv[1] if len(sys.argv) > 1 else FILE
    with tempfile.TemporaryDirectory(prefix="refseries-work-") as scratch:
        project = Path(scratch)
        for name in ("series", "kernel-tests"):
            shutil.copytree(rig.ROOT / name, project / name)
        worktree = started(project)
        original = (worktree / file).read_bytes()
        _seconds, image, _evidence = ours(project)
        source = image.parents[2] / "build" / "src"
        verdict = rig.Verdict()
        mine: list[float] = []
        theirs: list[float] = []
        for number in range(ROUNDS):
            save(worktree / file, original, 2 * number)
            seconds, image, evidence = ours(project)
            mine.append(seconds)
            theirs.append(by_hand(source, file, 2 * number + 1, image, evidence))
            print(f"  refseries {mine[-1]:.2f} s, by hand {theirs[-1]:.2f} s", flush=True)
        verdict.ratio(rig.median(mine), rig.median(theirs), RATIO, f"saving {file} to verdict")
        verdict.leave()


if __name__ == "__main__":
    main()
