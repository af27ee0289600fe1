# SPDX-License-Identifier: GPL-2.0-or-later
"""Rerolls that are killed: real processes in the toy."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest
from rerolling import Author, tree_of
from settling import review
from toy import COMMAND, Toy

from refseries.host import proc
from refseries.review import store as tasks
from refseries.review.model import State
from refseries.series import store

Refseries = Callable[..., proc.Completed]


@pytest.fixture
def ready(toy: Toy, author: Author) -> Toy:
    """The toy with a branch that settles a task of each of two reviews, and names one that is."""
    review(toy, "v1", "Make it long.")
    review(toy, "v2", "Say more.", "Why a toy?")
    author.commit("mm: long\n\nAddresses: v1-rita-1", {"mm/toy.c": "long toy;\n"})
    text = "Toys\n====\nThey are fun.\n"
    author.commit("Doc: more\n\nAddresses: v2-rita-1", {"Documentation/mm/toy.rst": text})
    return toy


@contextlib.contextmanager
def nobody_writes_tasks(toy: Toy) -> Iterator[None]:
    descriptor = os.open(tasks.directory_of(toy.series()), os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def killed(toy: Toy, when: Callable[[], bool]) -> None:
    """Start a reroll of v3 and kill it as soon as ``when`` says so."""
    command = [*COMMAND, "-C", str(toy.project), "reroll", "v3"]
    with proc.start(command, env=toy.environ) as process:
        while not when():
            assert process.poll() is None
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL


def states(toy: Toy) -> dict[str, tuple[State, str, str]]:
    everything = (task for each in tasks.load(toy.series()) for task in each.tasks)
    return {task.id: (task.state, task.settled_in, task.fixup) for task in everything}


MARKED = {
    "v1-rita-1": (State.SETTLED, "v3", "long"),
    "v2-rita-1": (State.SETTLED, "v3", "more"),
    "v2-rita-2": (State.OPEN, "", ""),
}


def test_a_kill_while_the_version_is_made_leaves_the_old_state(
    ready: Toy, refseries: Refseries
) -> None:
    series = ready.project / "series"
    before = {name: text for name, text in tree_of(series).items() if name[0] != "."}
    killed(ready, lambda: any(series.glob(".adding-*/v3/*")))
    assert {name: text for name, text in tree_of(series).items() if name[0] != "."} == before
    done = refseries("reroll", "v3")
    assert done.returncode == 0, done.stderr
    assert not any(series.glob(".*"))
    assert states(ready) == MARKED


def test_a_kill_before_the_tasks_are_marked_is_made_good_by_the_next(
    ready: Toy, refseries: Refseries
) -> None:
    v3 = ready.project / "series/v3"
    with nobody_writes_tasks(ready):
        killed(ready, v3.exists)
    version = store.version(ready.series(), "v3")
    assert len(version.fixups) == 2
    assert states(ready)["v1-rita-1"][0] is State.OPEN
    done = refseries("reroll", "v3", "--json", "-")
    assert done.returncode == 0, done.stderr
    assert states(ready) == MARKED
    told = json.loads(done.stdout)
    assert (told["version"], told["written"]) == ("v3", str(v3))
    assert told["settled"] == ["v1-rita-1", "v2-rita-1"]
    assert not any(v3.glob(".*"))
    # It is a version like any other now.
    done = refseries("reroll", "v3")
    assert (done.returncode, "is there already" in done.stderr) == (2, True)
    assert refseries("reroll", "v3", "--again").returncode == 0


def test_a_task_that_was_marked_before_the_kill_stays_so(ready: Toy, refseries: Refseries) -> None:
    v3 = ready.project / "series/v3"
    with nobody_writes_tasks(ready):
        killed(ready, v3.exists)
    refseries("feedback", "settle", "v1-rita-1", "--in", "v3", "--text", "As you said.")
    # Whoever goes on with the next version is told as well.
    done = refseries("reroll", "v4")
    assert "v3" in done.stderr
    assert states(ready) == MARKED | {"v1-rita-1": (State.SETTLED, "v3", "")}
