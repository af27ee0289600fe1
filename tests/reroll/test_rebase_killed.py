# SPDX-License-Identifier: GPL-2.0-or-later
"""Rebases that are killed: real processes in the toy, ended at steps over their whole length."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import kill_at_step
import pytest
import toy_releases
from kill_at_step import tree_of
from toy import Toy

from refseries.host import proc

Refseries = Callable[..., proc.Completed]
_TIMES = 7  # of one command; a kill at every step is for the campaign


@pytest.fixture
def ready(toy: Toy, tmp_path: Path) -> Toy:
    """The toy with three releases, and a copy of its version aside."""
    toy_releases.add(toy)
    shutil.copytree(toy.project / "series" / "v2", tmp_path / "v2")
    return toy


def _ended(toy: Toy, at: int, *words: str, count: Path | str = "") -> proc.Completed:
    shutil.rmtree(toy.cache, ignore_errors=True)  # each run takes all of its steps
    command = ("-C", str(toy.project), "rebase", "v2", *words, "--quiet")
    argv = kill_at_step.command(signal.SIGKILL, at, command, count=count)
    return kill_at_step.run(argv, env=toy.environ)


def _steps(toy: Toy, tmp_path: Path, *words: str) -> Iterator[int]:
    """Steps over the whole length of a command, which is done once to count them."""
    count = tmp_path / "count"
    _ended(toy, 0, *words, count=count)
    every = max(int(count.read_text()) // _TIMES, 1)
    yield from range(every, every * _TIMES, every)


def _restore(toy: Toy, tmp_path: Path, refseries: Refseries) -> None:
    """The version as it was, and no rebase under way."""
    refseries("rebase", "v2", "--abort")
    shutil.rmtree(toy.project / "series" / "v2")
    shutil.copytree(tmp_path / "v2", toy.project / "series" / "v2")
    assert not list((toy.project / ".refseries").glob("rebase/*"))


def _resolve(toy: Toy) -> None:
    work = toy.project / ".refseries/rebase/v2"
    resolved = toy_releases.MEMORY["6.14"].replace(b"long line_10;", b"long toy[2];")
    (work / "mm/memory.c").write_bytes(resolved)
    toy.git("add", "mm/memory.c", at=work)


def test_without_a_conflict_it_is_the_old_version_or_the_new(
    ready: Toy, refseries: Refseries, tmp_path: Path
) -> None:
    series = ready.project / "series"
    old = tree_of(series)
    steps = [*_steps(ready, tmp_path, "--onto", "v6.13")]
    new = tree_of(series)
    assert new != old
    for at in steps:
        _restore(ready, tmp_path, refseries)
        assert _ended(ready, at, "--onto", "v6.13").returncode == -signal.SIGKILL
        assert refseries("status").returncode == 0  # whoever comes next
        assert tree_of(series) in (old, new), at


def test_at_a_conflict_it_can_go_on_or_be_thrown_away(
    ready: Toy, refseries: Refseries, tmp_path: Path
) -> None:
    series = ready.project / "series"
    old, refs = tree_of(series), ready.git("for-each-ref")
    for at in _steps(ready, tmp_path, "--onto", "v6.14"):
        _restore(ready, tmp_path, refseries)
        assert ready.git("for-each-ref") == refs
        assert _ended(ready, at, "--onto", "v6.14").returncode == -signal.SIGKILL
        assert refseries("status").returncode == 0
        assert tree_of(series) == old, at
        again = refseries("rebase", "v2", "--continue")
        if again.returncode == 2:  # killed before anything was kept
            again = refseries("rebase", "v2", "--onto", "v6.14")
        done = again.stdout + again.stderr
        assert again.returncode == 1, done
        assert "Patch 1 of 2 conflicts" in done or "still sees a conflict" in done, at


def test_what_was_resolved_is_not_lost(ready: Toy, refseries: Refseries, tmp_path: Path) -> None:
    series = ready.project / "series"
    old = tree_of(series)
    assert refseries("rebase", "v2", "--onto", "v6.14").returncode == 1
    _resolve(ready)
    steps = [*_steps(ready, tmp_path, "--continue")]
    new = tree_of(series)
    assert new != old
    for at in steps:
        _restore(ready, tmp_path, refseries)
        assert refseries("rebase", "v2", "--onto", "v6.14").returncode == 1
        _resolve(ready)
        assert _ended(ready, at, "--continue").returncode == -signal.SIGKILL
        assert refseries("status").returncode == 0
        if tree_of(series) == old or (ready.project / ".refseries/rebase/v2.json").exists():
            done = refseries("rebase", "v2", "--continue")
            assert done.returncode == 0, (at, done.stdout, done.stderr)
        assert tree_of(series) == new, at
