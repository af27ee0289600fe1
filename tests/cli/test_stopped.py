# SPDX-License-Identifier: GPL-2.0-or-later
"""Ctrl-C and TERM while modules are being loaded, which is most of what a short command does."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import kill_at_step
import pytest
import reviews
from toy import Toy

from refseries.host import proc
from refseries.review import store

# Sends itself a signal in the middle of the import with this number; the file gets their count.
AT = """
import os, signal, sys
number, at, count = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
done = 0
def hook(event, arguments):
    global done
    if event == "import":
        done += 1
        if done == at:
            os.kill(os.getpid(), number)
import atexit
atexit.register(lambda: open(count, "w").write(str(done)))
del sys.argv[1:4]
sys.addaudithook(hook)
from refseries.__main__ import main
main()
"""


def at(
    toy: Toy, number: signal.Signals, step: int, words: tuple[str, ...], count: Path
) -> proc.Completed:
    argv = [sys.executable, "-c", AT, str(int(number)), str(step), str(count)]
    return kill_at_step.run([*argv, "-C", str(toy.project), *words], toy.environ)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGINT, ("feedback", "list")),
        (signal.SIGTERM, ("diff", "v1", "v2", "--quiet")),
    ],
)
def test_a_signal_in_the_middle_of_an_import(
    toy: Toy, tmp_path: Path, number: signal.Signals, words: tuple[str, ...]
) -> None:
    store.save(toy.series(), reviews.make())
    count = tmp_path / "count"
    whole = at(toy, number, 0, words, count)
    assert whole.returncode == 0
    last = int(count.read_text())
    early = 4  # refseries.__main__, refseries.host, refseries.host.starting, signal
    stopped = 0
    for step in [early + 1, *range(early + 2, last, last // 7)]:
        done = at(toy, number, step, words, count)
        assert "Traceback" not in done.stderr, step
        assert "bug" not in done.stderr, step
        if done.returncode == 0:  # an import of the last moment: all was done before it ended
            assert done.stdout == whole.stdout, step
        else:
            assert (done.returncode, "refseries: stopped." in done.stderr) == (130, True), step
            stopped += 1
    assert stopped >= 5


def test_a_signal_before_the_first_of_our_modules_is_a_silent_end(toy: Toy) -> None:
    seen = set()
    for step in range(3, 8):  # behind refseries and refseries.__main__ themselves
        done = at(toy, signal.SIGINT, step, ("feedback", "list"), Path(os.devnull))
        assert "Traceback" not in done.stderr, step
        assert done.returncode in (-signal.SIGINT, 130), step
        seen.add(done.returncode)
    assert -signal.SIGINT in seen


def test_nohup_is_respected_from_the_beginning(toy: Toy) -> None:
    text = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    argv = [sys.executable, "-c", text + AT, str(int(signal.SIGHUP)), "30", os.devnull]
    done = kill_at_step.run([*argv, "-C", str(toy.project), "feedback", "list"], toy.environ)
    assert done.returncode == 0, done.stderr
