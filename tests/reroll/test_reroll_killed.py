# SPDX-License-Identifier: GPL-2.0-or-later
"""Rerolls that are killed: real processes in the toy."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import kill_at_step
import pytest
from reroll_author import Author, tree_of
from task_commits import review
from toy import COMMAND, Toy

from refseries.errors import SeriesChangedError, SeriesError
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


def states(toy: Toy) -> dict[str, tuple[State, str, str]]:
    everything = (task for each in tasks.load(toy.series()) for task in each.tasks)
    return {task.id: (task.state, task.settled_in, task.fixup) for task in everything}


MARKED = {
    "v1-rita-1": (State.SETTLED, "v3", "long"),
    "v2-rita-1": (State.SETTLED, "v3", "more"),
    "v2-rita-2": (State.OPEN, "", ""),
}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_whenever_it_ends_version_and_tasks_go_together(
    ready: Toy, refseries: Refseries, tmp_path: Path, number: signal.Signals
) -> None:
    """From the end of the making on, step by step; the whole of it is for the campaign."""
    series, before = ready.project / "series", states(ready)
    old = tree_of(series)
    words = ("-C", str(ready.project), "reroll", "v3", "--quiet")
    # What was applied is kept by the second of its date: two runs in one second differ in steps.
    shutil.rmtree(ready.cache)
    steps = kill_at_step.run(
        kill_at_step.command(number, 0, words, count=tmp_path / "steps"), ready.environ
    )
    assert steps.returncode == 0, steps.stderr
    last = int((tmp_path / "steps").read_text())
    seen: list[bool] = []
    for at in range(last - 14, last + 1):
        shutil.rmtree(series)
        shutil.rmtree(ready.cache)
        write(series, old)
        done = kill_at_step.run(kill_at_step.command(number, at, words), ready.environ)
        assert done.returncode in (-signal.SIGKILL, 130, 0), done.stderr
        # Any command, in words of its own.
        assert refseries("feedback", "list").returncode == 0
        made = (series / "v3").exists()
        seen.append(made)
        assert states(ready) == (MARKED if made else before)
        assert not any(series.glob(".*"))
    assert seen == sorted(seen)
    assert False in seen
    assert True in seen


def write(directory: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


READER = """
import subprocess, sys
from refseries.review import store
load, words = store.load, [sys.executable, "-c", "from refseries.cli import main; main()"]
def late(series):
    if all(version.name != "v3" for version in series.versions):
        subprocess.run([*words, *sys.argv[1:3], "reroll", "v3", "--quiet"], check=True)
    return load(series)
store.load = late
from refseries.cli import main
main()
"""


def test_who_reads_beside_a_reroll_begins_anew(ready: Toy) -> None:
    """It comes between the two looks of the reader: at the versions, and at the tasks."""
    argv = [sys.executable, "-c", READER, "-C", str(ready.project), "feedback", "list"]
    done = kill_at_step.run(argv, ready.environ)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("settled v3") == 2


def test_versions_that_changed_are_told_from_files_that_are_wrong(ready: Toy) -> None:
    series = ready.series()
    refseries_of(ready, "reroll", "v3", "--quiet")
    with pytest.raises(SeriesChangedError):
        tasks.load(series)
    shutil.rmtree(ready.project / "series/v3")
    with pytest.raises(SeriesError, match="v3"):
        tasks.load(ready.series())


def refseries_of(toy: Toy, *words: str) -> None:
    done = kill_at_step.run([*COMMAND, "-C", str(toy.project), *words], toy.environ)
    assert done.returncode == 0, done.stderr


def test_who_rerolls_beside_another_begins_anew(ready: Toy) -> None:
    series = ready.project / "series"
    with contextlib.ExitStack() as stack:
        _series, change = stack.enter_context(store.changing(ready.series()))
        command = [*COMMAND, "-C", str(ready.project), "reroll", "v3"]
        with proc.start(command, env=ready.environ, stderr=proc.PIPE) as process:
            assert process.popen.stderr is not None
            told = b""
            while b"Waiting for another refseries" not in told:
                more = process.popen.stderr.read1()  # type: ignore[attr-defined]
                assert more, told
                told += more
            shutil.copytree(series / "v2", change.folder / "v3")
            toml = change.folder / "v3/version.toml"
            toml.write_text(toml.read_text().replace('"v2"', '"v3"'))
            change.move(change.folder / "v3", series / "v3")
            change.commit()
            stack.close()
            told = process.popen.stderr.read()
            assert process.wait(60) == 2
    assert b"there is a v3 already" in told or b"is there already" in told
