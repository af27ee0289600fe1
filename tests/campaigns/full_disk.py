# SPDX-License-Identifier: GPL-2.0-or-later
"""Run every command while one of its disks runs full, and see how it ends.

    .venv/bin/python tests/campaigns/full_disk.py

Needs root, or ``unshare --user --map-root-user --mount`` before it. A command may come to its end
as ever, or say that the disk is full and exit with 3; the next one, with space again, goes on.
Prints a line for each command with its exit statuses, and above it one for each run that does
something else; exits with 1 when there is one.
"""

from __future__ import annotations

import argparse
import collections
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "support"), str(Path(__file__).parents[2])]

import kill_at_step  # noqa: E402
import mailserver  # noqa: E402
import toy as toys  # noqa: E402
import writing_commands  # noqa: E402

from refseries.host import proc  # noqa: E402

PLACES = ("tmp", "cache", "project", "linux", "out")
FREE = (0, 4, 12, 40, 128)
"""Kilobytes that are left."""

READING = {
    "status": ("status",),
    "diff": ("diff", "v1", "v2", "--quiet"),
    "show": ("feedback", "show", "v2-rita-1"),
    "changelog": ("feedback", "changelog", "v2"),
    "reply": ("feedback", "reply", "-o", "{}/out/replies"),
    "by-task": ("apply", "v2", "--by-task", "--quiet"),
    "dry-run": ("reroll", "v3", "--dry-run"),
    "json": ("feedback", "list", "--json", "{}/out/list.json"),
}


@contextmanager
def disk(path: Path, free: int) -> Iterator[Path]:
    """A file system of its own on ``path``, with what is there and so many kilobytes free."""
    kept = path.with_name(f"{path.name}.kept")
    path.rename(kept)
    path.mkdir()
    proc.run(["mount", "-t", "tmpfs", "-o", "size=32m", "refseries-test", path])
    try:
        shutil.copytree(kept, path, symlinks=True, dirs_exist_ok=True)
        info = os.statvfs(path)
        with (path / ".filler").open("wb") as stream:
            stream.write(b"\0" * max(0, info.f_bavail * info.f_frsize - free * 1024))
        yield path
    finally:
        proc.run(["umount", "--lazy", path])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append")
    parser.add_argument("--place", action="append", choices=PLACES)
    options = parser.parse_args()
    os.environ["GIT_CONFIG_GLOBAL"] = os.environ["GIT_CONFIG_SYSTEM"] = "/dev/null"
    commands = writing_commands.COMMANDS | {
        name: writing_commands.Command(name, w) for name, w in READING.items()
    }
    ends: collections.Counter[int] = collections.Counter()
    faults = 0
    with tempfile.TemporaryDirectory(prefix="full-") as name, mailserver.running() as sink:
        ground = writing_commands.make(Path(name), sink)
        for command in (commands[each] for each in options.only or commands):
            its: collections.Counter[int] = collections.Counter()
            for place in options.place or PLACES:
                for free in FREE:
                    ground.restore(command)
                    (ground.toy.directory / place).mkdir(exist_ok=True)
                    words = ground.words(command)
                    listing = [*toys.COMMAND, *words[:2], "feedback", "list"]
                    with disk(ground.toy.directory / place, free) as path:
                        done = kill_at_step.run([*toys.COMMAND, *words], ground.environ)
                        (path / ".filler").unlink()
                        after = kill_at_step.run(listing, ground.environ)
                    its[done.returncode] += 1
                    if problem := judge(done, after):
                        faults += 1
                        print(f"  {command.name}, {place} with {free} kB: {problem}", flush=True)
            print(f"{command.name}: {dict(its)}", flush=True)
            ends.update(its)
    print(f"{sum(ends.values())} runs ended with {dict(ends)}; {faults} faults")
    return 1 if faults else 0


def judge(done: proc.Completed, after: proc.Completed) -> str:
    if done.returncode not in (0, 3) or "Traceback" in done.stderr or "a bug" in done.stderr:
        return f"{done.returncode}: {done.stderr[-300:]}"
    if after.returncode:
        return f"and then {after.returncode}: {after.stderr[-300:]}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
