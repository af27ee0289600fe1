# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries import`` of a mailbox of 1,000 mails, and ``refseries diff`` against git range-diff.

Both work on a toy kernel and a made-up series in a directory of their own. The two sides of
``diff`` take turns, on 400 patches each. The bundled series is compared first, in the user's cache:
a difference of four patches is little more than the start of the program, which is shown beside it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import rig

sys.path.insert(0, str(rig.ROOT / "tests/support"))

import posted_series
import toy as toys

from refseries.host import proc

ROUNDS, SHORT_ROUNDS = 3, 15
PATCHES = 400
DIFF_RATIO = 1.5
MAILS, IMPORT_SECONDS = 1000, 5.0


def changes(number: int, count: int) -> list[toys.Change]:
    """Patches that each add a file, a third of them changed from version to version."""
    made: list[toys.Change] = []
    for at in range(count):
        version = number if at % 3 == 0 else 0
        text = b"".join(
            b"int f%d_%d_%d;\n" % (at, line, version * (line % 9 == 0)) for line in range(200)
        )
        made.append((toys.ADA, f"mm: patch {at}\n\nWhy, for {version}.\n", {f"mm/f{at}.c": text}))
    return made


def thread(toy: toys.Toy, path: Path) -> None:
    """Four versions of 20 patches in one thread, and talk: 1,000 mails."""
    mails: list[bytes] = []
    for number in range(3, 7):
        above = f"v{number - 1}-0@example.org" if number > 3 else ""
        mails += posted_series.patches(
            toy,
            *changes(number, 20),
            number=number,
            cover=posted_series.COVER,
            above=above,
            day=number + 6,
        )
    text = "> quoted\n" * 40 + "An answer.\n" * 20
    for number in range(MAILS - len(mails)):
        to = f"v{3 + number % 4}-{number % 21}@example.org"
        mails.append(posted_series.reply(to, text, name=f"r{number}"))
    posted_series.mboxrd(path, mails)


def short() -> None:
    """The bundled series, for which there is no limit: most of it is the start of the program."""
    _, base = rig.refseries_json("base")
    applied = [rig.refseries_json("apply", name)[1] for name in ("v3", "v4")]
    words = [f"{base['commit']}..{each['commit']}" for each in applied]
    range_diff = ["git", "-C", base["repo"], "-c", "safe.bareRepository=all", "range-diff", *words]
    ours, theirs, start = [], [], []
    for _ in range(SHORT_ROUNDS):
        ours.append(rig.refseries("diff", "v3", "v4", "--quiet").seconds)
        theirs.append(rig.timed(range_diff).seconds)
        start.append(rig.refseries("--version").seconds)
    print(
        f"  diff v3 v4: {rig.median(ours):.2f} s; git range-diff of the same "
        f"{rig.median(theirs):.2f} s, refseries --version {rig.median(start):.2f} s"
    )


def main() -> None:
    """Measure and print."""
    verdict = rig.Verdict()
    short()
    os.environ |= {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    with tempfile.TemporaryDirectory(prefix="refseries-bench-") as scratch:
        toy = toys.make(Path(scratch))
        os.environ |= {"REFSERIES_TREE": str(toy.tree)}
        project = ("-C", str(toy.project))
        mailbox = toy.directory / "thread.mbox"
        thread(toy, mailbox)
        done = rig.refseries(*project, "import", str(mailbox), "--as", "v6", cache=toy.cache)
        verdict.at_most(
            done.seconds, IMPORT_SECONDS, "s", f"import of one version of {MAILS} mails"
        )
        for number in (8, 9):
            toy.version_of(*changes(number, PATCHES), name=f"v{number}")
        ends = [
            rig.refseries_json(*project, "apply", f"v{number}", cache=toy.cache)[1]["commit"]
            for number in (8, 9)
        ]
        ranges = [f"{toy.base_commit}..{end}" for end in ends]
        ours, theirs = [], []
        for _ in range(ROUNDS):
            done = rig.refseries(*project, "diff", "v8", "v9", "--quiet", cache=toy.cache)
            ours.append(done.seconds)
            theirs.append(proc.run(["git", "range-diff", *ranges], cwd=toy.tree).seconds)
        verdict.ratio(
            rig.median(ours),
            rig.median(theirs),
            DIFF_RATIO,
            f"diff of {PATCHES} patches / range-diff",
        )
    verdict.leave()


if __name__ == "__main__":
    main()
