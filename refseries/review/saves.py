# SPDX-License-Identifier: GPL-2.0-or-later
"""Notices that a file was saved: in the work tree, in the selftests, or a branch that moved.

By asking again and again, and never for more than a fifth of the time: what a kernel tree needs to
be told of its changes differs from disk to disk and from system to system, and asking git works on
all of them.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from refseries import git
from refseries.errors import RefseriesError
from refseries.host import proc
from refseries.model import WORK, BaseInfo, Series
from refseries.review import work_target, work_tree
from refseries.series import naming
from refseries.testing import commits, runner

LEAST_SECONDS = 0.5
"""Between two looks."""

_PART = 4  # times as long as a look takes is the pause behind it

Look = Callable[[], str]
"""Gives another text when something was saved."""


def look(series: Series, base: BaseInfo, cache: Path, name: str, directory: Path) -> Look:
    """Looks at what ``name`` means, and at the selftests.

    Raises:
        SeriesError: it means nothing.
    """
    tests = series.root / "kernel-tests"
    if name == WORK:
        worktree = work_target.place(series, base, cache, directory).worktree
        return lambda: f"{_work_tree(worktree)}\n{_files(sorted(tests.rglob('*')))}"
    if naming.is_state(name):
        return lambda: _files(sorted(tests.rglob("*")))

    def commit() -> str:
        _base, target = commits.find(series, base, cache, name)
        return f"{target}{target.commit}\n{_files(sorted(tests.rglob('*')))}"

    return commit


def wait(seen: str, look: Look) -> str:
    """What ``look`` gives once that is not ``seen`` any more, and twice the same.

    Raises:
        Stopped: the user asked to stop.
    """
    before = seen
    while True:
        now, pause = _timed(look)
        if now == before != seen:
            return now
        before = now
        proc.check_stopped()
        time.sleep(pause)


@contextlib.contextmanager
def stopping_at_the_next(seen: str, look: Look) -> Iterator[threading.Event]:
    """Within the block, every process is stopped as soon as ``look`` gives anything but ``seen``.

    Behind the block processes can be started again, unless the user asked to stop.

    Yields:
        Set when that has happened.
    """
    came, over = threading.Event(), threading.Event()

    def watch() -> None:
        pause = LEAST_SECONDS
        while not over.wait(pause):
            try:
                now, pause = _timed(look)
            except RefseriesError:
                return  # whoever waits for the next save meets it as well, and tells
            if now != seen and not over.is_set():
                came.set()
                runner.stop_jobs()
                return

    thread = threading.Thread(target=watch, name="watch", daemon=True)
    thread.start()
    try:
        yield came
    finally:
        over.set()
        thread.join()
        if came.is_set() and not proc.is_interrupted():
            proc.allow_again()


def _timed(look: Look) -> tuple[str, float]:
    started = time.monotonic()
    found = look()
    return found, max(LEAST_SECONDS, _PART * (time.monotonic() - started))


def _work_tree(worktree: Path) -> str:
    """The commit, and what is not committed, each file with the time and size it was saved with."""
    ignored = work_tree.ignored(worktree)
    words = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    # Without the lock on the index that a user's own git would meet.
    told = git.git(worktree, *words, config=ignored, env={"GIT_OPTIONAL_LOCKS": "0"}).stdout
    paths = [worktree / entry[3:] for entry in told.split("\0") if entry]
    return f"{git.resolve(worktree, 'HEAD')}\n{told}\n{_files(paths)}"


def _files(paths: list[Path]) -> str:
    lines = []
    for path in paths:
        with contextlib.suppress(OSError):  # it is gone, which the list of them says
            found = path.lstat()
            lines.append(f"{path}\0{found.st_mtime_ns}\0{found.st_size}")
    return "\n".join(lines)
