# SPDX-License-Identifier: GPL-2.0-or-later
"""Kill every command that writes at its system calls that write, and see what is left.

    .venv/bin/python tests/campaigns/kills.py --kills 400

Needs strace. Prints a line for each command and each fault, and exits with 1 when there is one. A
small form of it, without strace, is in tests/test_kills.py.
"""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "support"), str(Path(__file__).parents[2])]

import mailserver  # noqa: E402
import toy as toys  # noqa: E402
import writing_commands  # noqa: E402

from refseries.host import proc  # noqa: E402

# A question mark: the call is not there on every machine.
CALLS = ",".join(
    f"?{name}"
    for name in (
        "write", "pwrite64", "writev", "rename", "renameat", "renameat2", "unlink", "unlinkat",
        "mkdir", "mkdirat", "rmdir", "link", "linkat", "symlink", "symlinkat", "fsync", "fdatasync",
        "ftruncate", "truncate", "chmod", "fchmod", "fchmodat", "flock", "sendto",
    )
)  # fmt: skip
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


def traced(
    ground: writing_commands.Ground, log: Path, words: Sequence[str], *options: str
) -> proc.Completed:
    argv = [
        "strace",
        "-qq",
        "-o",
        str(log),
        "-e",
        f"trace={CALLS}",
        *options,
        *toys.COMMAND,
        *words,
    ]
    return proc.run(argv, env=ground.environ, check=False, deadline=300)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=400, help="in all")
    parser.add_argument("--only", action="append", choices=sorted(writing_commands.COMMANDS))
    options = parser.parse_args()
    os.environ["GIT_CONFIG_GLOBAL"] = os.environ["GIT_CONFIG_SYSTEM"] = "/dev/null"
    names = options.only or list(writing_commands.COMMANDS)
    kills = faults = 0
    with tempfile.TemporaryDirectory(prefix="kills-") as name, mailserver.running() as sink:
        log = Path(name) / "log"
        ground = writing_commands.make(Path(name), sink)

        def run(words: Sequence[str], number: signal.Signals, step: int) -> proc.Completed:
            if not step:
                return traced(ground, log, words)
            return traced(ground, log, words, "-e", f"inject={CALLS}:signal={number}:when={step}")

        for name in names:
            trial = writing_commands.Trial(ground, writing_commands.COMMANDS[name], run)
            ground.restore(trial.command)
            run(ground.words(trial.command), signal.SIGKILL, 0)
            calls = len(log.read_text(errors="replace").splitlines())
            steps = writing_commands.spread(calls, -(-options.kills // len(names)))
            bad = 0
            for step, number in zip(steps, itertools.cycle(SIGNALS), strict=False):
                if problem := trial.end(signal.Signals(number), step):
                    bad += 1
                    print(f"  {name}, {number.name} at call {step} of {calls}: {problem}")
            kills, faults = kills + len(steps), faults + bad
            print(f"{name}: {len(steps)} kills at {calls} calls, {bad} faults", flush=True)
    print(f"{kills} kills, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
