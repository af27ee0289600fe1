# SPDX-License-Identifier: GPL-2.0-or-later
"""A cold ``refseries build --all-versions`` against a clean build of each version.

Both sides start from an imported base kernel and empty caches. Ours includes applying the patches
and making the work tree; the clean builds are make alone, without ccache, each in an empty build
directory, with the command lines that the measured run recorded.

    python benchmarks/cold.py [SCRATCH]     SCRATCH: where 8 GB are free; default: /var/tmp
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rig

from refseries.host import proc

COLD_RATIO = 0.85
TWICE = 0.005
PEAK_MIB = 200.0
OUT = "o-clean"

_SAVED = re.compile(r"^savedcmd_\S+\.o := (?:ccache )?(?P<command>.*)$", re.M)


@dataclass(frozen=True)
class Build:
    """One version as refseries built it: its name, and what ``image.json`` says."""

    version: str
    directory: Path
    record: dict[str, Any]


def builds(result: dict[str, Any]) -> list[Build]:
    """What was built, from the JSON of ``refseries build``."""
    found = []
    for run in result["runs"]:
        if not run["image"]:
            sys.exit(f"{run['version']} was not built: {run['message']}")
        directory = Path(run["image"]).parent
        record = json.loads((directory / "image.json").read_text())
        found.append(Build(run["version"], directory, record))
    return found


def clean(build: Build, tree: Path) -> float:
    """Seconds of the same build from nothing in ``tree``, which is moved to the version first."""
    git(tree, "read-tree", "--reset", "-u", build.record["tree"])
    out = tree / OUT
    shutil.rmtree(out, ignore_errors=True)
    env = {**build.record["environment"], "CCACHE_DISABLE": "1"}
    last: list[str] = build.record["commands"][-1]
    log = tree.parent / f"{build.version}.log"

    def make(*targets: str) -> None:
        words = [reworded(word, tree) for word in last[:-1]]
        proc.run([*words, *targets], env=env, log=log, deadline=7200)

    started = time.monotonic()
    make("tinyconfig")
    shutil.copyfile(build.directory / "config", out / ".config")
    make("olddefconfig")
    make(last[-1])
    return time.monotonic() - started


def missed(build: Build) -> Counter[str]:
    """The sources that ccache had to have compiled for ``build``, as the command line had them.

    Its log has a line ``# SOURCE`` for each call, and below it what came of that.
    """
    text = (build.directory / "ccache.log").read_text()
    calls = re.findall(r"^# (.*)\n((?:(?!#).*\n)*)", text, re.M)
    return Counter(name for name, events in calls if "\ncache_miss\n" in f"\n{events}")


def texts(build: Build, tree: Path) -> tuple[list[tuple[str, str]], int]:
    """What ccache missed: hash of the preprocessed text and source; and how many had no command.

    Call it when ``tree`` holds the clean build of the same version. As for ccache itself, two texts
    are the same when the command is, too.
    """
    out = tree / OUT
    commands: dict[str, list[str]] = {}
    for path in sorted(out.rglob(".*.o.cmd")):
        if found := _SAVED.search(path.read_text()):
            command = found["command"].split(" ; ")[0]  # objtool and the like follow
            commands.setdefault(shlex.split(command)[-1], []).append(command)
    wanted = missed(build)
    known = [command for name in wanted for command in commands.get(name, ())[: wanted[name]]]

    def digest(command: str) -> tuple[str, str]:
        words = [word for word in shlex.split(command) if not word.startswith("-Wp,-MMD,")]
        options, source = words[: words.index("-c")], words[-1]
        text = proc.run([*options, "-E", "-o", "-", source], cwd=out, deadline=300).out
        return hashlib.sha256(f"{options} {source}\0".encode() + text).hexdigest(), source

    with ThreadPoolExecutor(rig.processors()) as pool:
        return list(pool.map(digest, known)), sum(wanted.values()) - len(known)


def reworded(word: str, tree: Path) -> str:
    """A word of the recorded make command, for the clean build."""
    if word.startswith("O="):
        return f"O={OUT}"
    if word.startswith("/"):
        return str(tree)
    return word.replace("CC=ccache ", "CC=")


def git(tree: Path, *words: str) -> None:
    """Run git in ``tree``."""
    proc.run(["git", "-C", tree, *words])


def main() -> None:
    """Measure and print."""
    scratch = sys.argv[1] if len(sys.argv) > 1 else "/var/tmp"
    with tempfile.TemporaryDirectory(dir=scratch, prefix="refseries-cold-") as name:
        cache = Path(name, "cache")
        verdict = rig.Verdict()
        rig.refseries("base", "--quiet", cache=cache)
        done, result = rig.refseries_json(
            "build", "--all-versions", "--config", "default", cache=cache
        )
        print(f"  refseries, {len(result['runs'])} versions: {done.seconds:.1f} s")
        plain = Path(name, "plain")
        source = cache / result["series"] / "build" / "src"
        git(source, "worktree", "add", "--quiet", "--no-checkout", "--detach", str(plain), "HEAD")
        theirs = 0.0
        misses = hits = without = 0
        compiled: set[str] = set()
        twice: list[str] = []
        for build in builds(result):
            seconds = clean(build, plain)
            theirs += seconds
            counts = build.record["ccache"]
            misses += counts.get("misses", 0)
            hits += counts.get("hits", 0)
            sources, unknown = texts(build, plain)
            without += unknown
            for text, source in sources:
                if text in compiled:
                    twice.append(source)
                compiled.add(text)
            print(
                f"  {build.version}: refseries {build.record['seconds']:.1f} s, "
                f"ccache {counts}, clean {seconds:.1f} s"
            )
        verdict.ratio(done.seconds, theirs, COLD_RATIO, "cold build --all-versions")
        print(
            f"  ccache: {misses} compiled, {hits} reused; {without} of those compiled left no "
            "command behind (host programs, tests of options)"
        )
        # In its depend mode ccache goes by the files that were read, not by the text: a source is
        # compiled again when a header differs in a part that is not for it (C, to the assembler).
        total = len(compiled) + len(twice)
        verdict.is_true(
            bool(compiled) and len(twice) <= TWICE * total,
            f"compiled again with the same text: {len(twice)} of {total} (at most {TWICE:.1%})"
            + "".join(f"\n         {source}" for source in sorted(twice)),
        )
        verdict.at_most(done.peak_mib, PEAK_MIB, "MiB", "peak memory of the Python side")
    verdict.leave()


if __name__ == "__main__":
    main()
