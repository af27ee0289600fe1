# SPDX-License-Identifier: GPL-2.0-or-later
"""Imports beside each other, and what a killed one leaves."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import kill_at_step
import posted_series
import pytest
import toy as toys
from waiting import SECONDS, state, until

from refseries.host import proc
from refseries.series import store

PATCHES = 3


@pytest.fixture
def thread(toy: toys.Toy) -> Path:
    """v3, of a few patches."""
    changes: list[toys.Change] = [
        (toys.ADA, f"mm: toy {n}\n", {f"mm/toy{n}.c": b"int t;\n"}) for n in range(PATCHES)
    ]
    mails = posted_series.patches(toy, *changes, number=3, cover=posted_series.COVER)
    return posted_series.mboxrd(toy.directory / "thread.mbox", mails)


def command(toy: toys.Toy, *words: str) -> tuple[Sequence[str], dict[str, str]]:
    return [*toys.COMMAND, "-C", str(toy.project), "import", *words], toy.environ


def run(toy: toys.Toy, *words: str) -> proc.Completed:
    argv, env = command(toy, *words)
    return proc.run(argv, env=env, check=False, deadline=SECONDS)


def scratch(toy: toys.Toy) -> list[Path]:
    return list((toy.project / "series").glob(".*"))


def caught(toy: toys.Toy, number: signal.Signals, thread: Path) -> list[str]:
    """An import that sends itself ``number`` when it has written its patches and not the rest."""
    words = ("-C", str(toy.project), "import", str(thread))
    return kill_at_step.writing(number, "/v3/cover.md", words)


def test_what_a_killed_import_leaves_is_gone_after_the_next(toy: toys.Toy, thread: Path) -> None:
    done = kill_at_step.run(caught(toy, signal.SIGKILL, thread), toy.environ)
    assert done.returncode == -signal.SIGKILL
    assert len(scratch(toy)) == 1
    assert [version.name for version in toy.series().versions] == ["v1", "v2"]
    done = run(toy, str(thread))
    assert done.returncode == 0, done.stderr
    assert scratch(toy) == []
    assert len(store.version(toy.series(), "v3").patches) == PATCHES


@pytest.mark.parametrize("name", ["v3", "v4"])
def test_one_import_waits_for_another(
    toy: toys.Toy, thread: Path, tmp_path: Path, name: str
) -> None:
    second, env = command(toy, str(thread), "--as", name)
    said = tmp_path / "said"
    with proc.start(caught(toy, signal.SIGSTOP, thread), env=env) as one:
        until(lambda: state(one.pid) == "T" or one.poll() is not None)
        assert len(scratch(toy)) == 1
        with said.open("wb") as stream, proc.start(second, env=env, stdout=stream) as two:
            waits = "Waiting for another refseries"
            until(lambda: waits in said.read_text() or two.poll() is not None)
            assert two.poll() is None, said.read_text()
            assert len(scratch(toy)) == 1  # it is not taken for a leftover
            os.kill(one.pid, signal.SIGCONT)
            assert one.wait(SECONDS) == 0
            assert two.wait(SECONDS) == (2 if name == "v3" else 0)
    text = said.read_text()
    if name == "v3":
        assert "the series has a v3 already; nothing was written" in text
    assert scratch(toy) == []
    found = {version.name: len(version.patches) for version in toy.series().versions}
    expected = {"v1": 2, "v2": 2, "v3": PATCHES} | ({"v4": PATCHES} if name == "v4" else {})
    assert found == expected


def test_a_full_disk_leaves_nothing(toy: toys.Toy) -> None:
    large = b"".join(b"int line_%d;\n" % number for number in range(20_000))
    mails = posted_series.patches(toy, (toys.ADA, "mm: large\n", {"mm/large.c": large}), number=3)
    path = posted_series.mboxrd(toy.directory / "large.mbox", mails)
    script = (
        'series=$1; cp -a "$series" "$series.old"; '
        'mount -t tmpfs -o size=192k none "$series" || exit 99; cp -a "$series.old/." "$series"; '
        'shift; "$@" 2>"$0"; status=$?; ls -A "$series"; umount --lazy "$series"; exit $status'
    )
    # Root may mount as it is, also where a chroot forbids user namespaces.
    others = ["unshare", "--user", "--map-root-user", "--mount"] if os.geteuid() else []
    argv, env = command(toy, str(path), "--quiet")
    series = toy.project / "series"
    said = toy.directory / "said"
    done = proc.run([*others, "sh", "-c", script, said, series, *argv], env=env, check=False)
    assert done.returncode == 3, said.read_text()
    assert "the disk is full" in said.read_text()
    assert done.stdout.split() == ["series.toml", "v1", "v2"]
    assert run(toy, str(path)).returncode == 0
