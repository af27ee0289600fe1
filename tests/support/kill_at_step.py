# SPDX-License-Identifier: GPL-2.0-or-later
"""Real commands that are ended at their Nth step: just before they change something on the disk."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from refseries.host import proc

# Python tells its audit hooks of a step before it does it. Writing is done by then, or not begun:
# what is half written looks like what is not written, under a name that nobody reads.
_AT = """
import os, signal, sys
number, at = int(sys.argv[1]), int(sys.argv[2])
steps = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.link", "os.chmod", "os.truncate",
    "fcntl.flock", "subprocess.Popen", "os.utime", "os.symlink"}
done = 0
def hook(event, arguments):
    global done
    if event in steps or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
        done += 1
        if done == at:
            os.kill(os.getpid(), number)
if sys.argv[3]:
    import atexit
    from pathlib import Path
    atexit.register(lambda count=sys.argv[3]: Path(count).write_text(str(done)))
del sys.argv[1:4]
sys.addaudithook(hook)
"""
_COMMAND = f"{_AT}\nfrom refseries.cli import main\nmain()\n"
# The same before it opens a file, by a part of its path, to write it for the first time.
_WRITING = """
import os, signal, sys
number, part = int(sys.argv[1]), sys.argv[2]
done = False
def hook(event, arguments):
    global done
    if not done and event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR):
        if done := part in str(arguments[0]):
            os.kill(os.getpid(), number)
del sys.argv[1:3]
sys.addaudithook(hook)
from refseries.cli import main
main()
"""


def command(
    number: signal.Signals, at: int, words: Sequence[str], *, count: Path | str = ""
) -> list[str]:
    """refseries with ``words``, which sends itself ``number`` before step ``at`` (from 1).

    Args:
        count: a file for the number of its steps, written when it ends.
    """
    return [sys.executable, "-c", _COMMAND, str(int(number)), str(at), str(count), *words]


def writing(number: signal.Signals, part: str, words: Sequence[str]) -> list[str]:
    """The same before it writes a file that has ``part`` in its path."""
    return [sys.executable, "-c", _WRITING, str(int(number)), part, *words]


def program(text: str, number: signal.Signals, at: int, *words: str) -> list[str]:
    """The same of a Python program."""
    return [sys.executable, "-c", f"{_AT}\n{text}", str(int(number)), str(at), "", *words]


def tree_of(directory: Path) -> dict[str, bytes]:
    """All files below ``directory``; folders, links and sockets count by their names."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        if path.is_file() and not path.is_symlink()
        else b""
        for path in sorted(directory.rglob("*"))
    }


def run(argv: list[str], env: Mapping[str, str] | None = None) -> proc.Completed:
    """Not by ``proc.run``, which has words of its own for a program that lacks space."""
    with proc.start(argv, env=env, stdout=proc.PIPE, stderr=proc.PIPE) as process:
        out, err = process.popen.communicate(timeout=120)
        return proc.Completed(process.argv, process.popen.returncode, out, err, process.seconds)
