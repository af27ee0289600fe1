# SPDX-License-Identifier: GPL-2.0-or-later
"""The program beside refseries that ends what refseries has started, should that be killed.

Reads lines of "+", "~" or "-" and what kill(2) takes: a process, or a group as a negative number.
At the end of the lines (the death of refseries) or at "." (an orderly end) it kills what is
registered; what came with "~" is asked to end first, and has as long as in ``proc``.
After an orderly end it leaves at once, since refseries waits for it. Else it goes on to look for
what has the mark of refseries in its environment, which is its argument, until there is no more: a
child can be quicker than the line that registers it. One that has not become its program yet holds
the pipe open, so that none is overlooked.
"""

import os
import signal
import sys
import time

_ROUNDS, _QUIET, _SECONDS = 200, 3, 0.05
_GRACE_ROUNDS = 60  # three seconds, as in proc


def main(mark: bytes) -> None:
    """Wait for the end, then kill."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    alive: set[int] = set()
    gentle: set[int] = set()
    orderly = False
    for line in sys.stdin:
        if orderly := line[0] == ".":
            break
        target = int(line[1:])
        (alive.discard if line[0] == "-" else alive.add)(target)
        (gentle.add if line[0] == "~" else gentle.discard)(target)
    for target in alive - gentle:
        _kill(target)
    _ask(alive & gentle)
    if not orderly:
        _kill_all(mark)


def _ask(targets: set[int]) -> None:
    number: int = signal.SIGTERM
    for _ in range(_GRACE_ROUNDS):
        targets = {target for target in targets if _kill(target, number)}
        if not targets:
            return
        number = 0
        time.sleep(_SECONDS)
    for target in targets:
        _kill(target)


def _kill_all(mark: bytes) -> None:
    quiet = 0
    for _ in range(_ROUNDS):
        found = [int(name) for name in os.listdir("/proc") if _is_marked(name, mark)]  # noqa: PTH208
        for target in found:
            _kill(target)
        quiet = 0 if found else quiet + 1
        if quiet == _QUIET:  # it may have been just about to get its environment
            return
        time.sleep(_SECONDS)


def _is_marked(name: str, mark: bytes) -> bool:
    try:
        with open(f"/proc/{name}/environ", "rb") as stream:  # noqa: PTH123 - pathlib is slow to load
            return mark in stream.read().split(b"\0")
    except OSError:  # no process, gone, or somebody else's
        return False


def _kill(target: int, number: int = signal.SIGKILL) -> bool:
    try:
        os.kill(target, number)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(os.fsencode(sys.argv[1]))
    os._exit(0)
