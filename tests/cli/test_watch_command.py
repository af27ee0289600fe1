# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries watch``: the real command, saves of real files, and Ctrl-C; guests are played."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import played_series
import pytest
import toy as toys
from played_series import GOOD_V5, NOT_OK, Played
from waiting import SECONDS, until

from refseries.host import proc
from refseries.host.proc import Process

HANGS = "while :; do sleep 0.1; done\n"
BROKEN_GUEST = GOOD_V5.replace('report "ok', NOT_OK)


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    return played_series.make(tmp_path)


@pytest.fixture
def worktree(played: Played) -> Path:
    words = ("More toys.", "--version", "v5", "--reviewer", "Rita <rita@example.org>")
    assert played.run("feedback", "add", *words).returncode == 0
    assert played.run("feedback", "start", "v5-rita-1", "--onto", "v5").returncode == 0
    return played.directory / ".refseries/work/v5"


@dataclass
class Watching:
    """The command at work; its output as it comes."""

    process: Process
    log: Path

    def until(self, words: str, count: int = 1) -> str:
        """Wait until it has said ``words`` so many times; gives all that it said."""

        def said() -> bool:
            return self.log.read_text().count(words) >= count

        until(lambda: said() or self.process.poll() is not None)
        assert said(), self.log.read_text()
        return self.log.read_text()


@contextmanager
def watching(played: Played, place: Path, *words: str) -> Iterator[Watching]:
    log = played.directory / "watch.log"
    argv = [*toys.COMMAND, "watch", *words]
    with (
        log.open("wb") as stream,
        proc.start(argv, cwd=place, env=played.environ, stdout=stream) as process,
    ):
        yield Watching(process, log)


def save(path: Path, text: str) -> None:
    """At once, as an editor does: half of it is never what is tested."""
    new = path.parents[3] / f"new {path.name}"
    new.write_text(text)
    new.replace(path)


def left_over(played: Played) -> list[str]:
    """Processes that the command started: all have its cache in their environment."""
    mark = f"REFSERIES_CACHE={played.directory}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (entry / "environ").read_bytes() and int(entry.name) != os.getpid():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def test_every_save_is_tested_and_compared(played: Played, worktree: Path) -> None:
    assert played.run("test", "v5", "--quiet").returncode == 0
    with watching(played, worktree) as watch:
        first = watch.until("Waiting for a change of work; Ctrl-C ends it.")
        assert "work default" in first
        save(worktree / "guest.sh", BROKEN_GUEST)
        second = watch.until("Waiting for", 2)
        assert "work+dirty default" in second
        assert "work → work+dirty (default)\n    broke 2 toy.two, toy.four" in second
        assert "v5 → work+dirty (default)\n    broke 2 toy.two, toy.four" in second
        save(worktree / "guest.sh", GOOD_V5)
        third = watch.until("Waiting for", 3)
        assert "work+dirty → work (default)\n    fixed 2 toy.two, toy.four" in third
        assert "Nothing changed since v5." in third
        os.kill(watch.process.pid, signal.SIGINT)
        assert watch.process.wait(SECONDS) == 130
    until(lambda: left_over(played) == [])


def test_a_newer_save_stops_what_is_under_way(played: Played, worktree: Path) -> None:
    save(worktree / "guest.sh", HANGS)
    with watching(played, worktree) as watch:
        watch.until("booting")
        save(worktree / "guest.sh", GOOD_V5)
        said = watch.until("Waiting for")
        assert said.index("Saved again.") < said.index("work default  ")
        assert "boot-timeout" not in said
        save(worktree / "guest.sh", HANGS)
        watch.until("booting", 3)
        os.kill(watch.process.pid, signal.SIGINT)
        assert watch.process.wait(SECONDS) == 130
        assert "Traceback" not in watch.log.read_text()
    until(lambda: left_over(played) == [])


def test_what_does_not_compile_yet_is_told_and_watched_on(played: Played, worktree: Path) -> None:
    path = played.directory / "kernel-tests/expectations.toml"
    text = path.read_text()
    with watching(played, worktree, "--quiet") as watch:
        watch.until("Waiting for")
        save(path, f"{text}[[expect]\n")
        assert "refseries: " in watch.until("Waiting for", 2)
        save(path, text)
        assert "Nothing changed since the last verdict." in watch.until("Waiting for", 3)
        os.kill(watch.process.pid, signal.SIGTERM)
        assert watch.process.wait(SECONDS) == 130
