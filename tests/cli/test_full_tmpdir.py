# SPDX-License-Identifier: GPL-2.0-or-later
"""TMPDIR, or the cache, runs full: a command does its whole work, or says that the disk is full."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import toy as toys
from task_commits import review

from refseries.host import proc

Test = Callable[..., None]
WORDS: tuple[tuple[str, ...], ...] = (
    ("apply", "v2"),
    ("export", "v2", "-o", "new.mbx", "--no-check"),
    ("export", "v2", "-o", "new.mbx", "--allow-open"),
    ("export", "v2", "-o", "new", "--format", "maildir", "--no-check", "--range-diff", "v1"),
    ("check-mail", "v2.mbx"),
    ("import", "v2.mbx", "--as", "v5"),
    ("import", "mine~1..mine", "--as", "v5"),
    ("diff", "v1", "v2"),
    ("prep", "v2"),
    ("feedback", "start", "v2-rita-1"),
    ("feedback", "import", "reply.eml"),
    ("feedback", "reply", "-o", "answers"),
    ("status",),
)


def root(test: Test) -> Test | None:
    """Only root of some namespace may mount; for others there is test_as_root_of_a_namespace."""
    return None if os.geteuid() else test


if os.geteuid():

    def test_as_root_of_a_namespace(tmp_path: Path) -> None:
        own = f"--basetemp={tmp_path}/inner"  # the usual place may be another root's
        python = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", own, __file__]
        proc.run(["unshare", "--user", "--map-root-user", "--mount", *python])


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "tmp"
    path.mkdir()
    proc.run(["mount", "-t", "tmpfs", "-o", "size=64k", "refseries-test", path])
    yield path
    proc.run(["umount", "--lazy", path])


@pytest.fixture
def ready(toy: toys.Toy, refseries: Callable[..., proc.Completed], sender: Path) -> toys.Toy:
    """The toy with a mailbox, a review, a reply and a branch; nothing is in the cache."""
    assert sender
    review(toy, "v2", "make it smaller")
    toy.at_base()
    toy.commit(toys.V1[0])
    toy.commit(toys.V1[1])
    toy.git("branch", "mine")
    done = refseries("export", "v2", "-o", "v2.mbx", "--allow-open")
    assert done.returncode == 0, done.stderr
    (toy.project / "reply.eml").write_text(
        "From: Rita <rita@example.org>\nSubject: Re: [PATCH v2 1/2] mm: introduce toys\n"
        "Date: Mon, 30 Nov 2026 10:00:00 +0000\nMessage-ID: <1@example.org>\n\n"
        "> int toy[2];\n\nPlease make this three.\n"
    )
    for entry in toy.cache.iterdir():
        proc.run(["rm", "-r", entry])
    return toy


def written(toy: toys.Toy) -> dict[str, bytes]:
    places = (toy.project / "new.mbx", toy.project / "new", toy.project / "series")
    files = (path for place in places for path in (place, *place.rglob("*")) if path.is_file())
    return {str(path.relative_to(toy.project)): path.read_bytes() for path in files}


def run(toy: toys.Toy, variables: dict[str, str], words: tuple[str, ...]) -> tuple[int, str]:
    """Exit status and output; through sh, as proc has a word of its own for a full disk."""
    script = '"$@" 2>&1; echo "exit $?"'
    done = proc.run(
        ["sh", "-c", script, "sh", *toys.COMMAND, *words], cwd=toy.project,
        env={**toy.environ, **variables},
    )  # fmt: skip
    told, _, status = done.stdout.rpartition("exit ")
    return int(status), told


@root
@pytest.mark.parametrize("free", [0, 8192])
@pytest.mark.parametrize("variable", ["TMPDIR", "REFSERIES_CACHE"])
@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_a_full_disk(
    ready: toys.Toy, disk: Path, words: tuple[str, ...], variable: str, free: int
) -> None:
    before = written(ready)
    info = os.statvfs(disk)
    (disk / "filler").write_bytes(b"\0" * (info.f_bavail * info.f_frsize - free))
    status, told = run(ready, {variable: str(disk)}, words)
    after = written(ready)
    if status:
        assert status == 3, told
        assert "disk is full" in told
        assert after == before
    elif words[0] == "export" and "maildir" in words:
        assert len([name for name in after if name.startswith("new/")]) == 3
    elif words[0] == "export":
        assert after["new.mbx"] == (ready.project / "v2.mbx").read_bytes()
    elif words[0] == "import":
        assert len([name for name in after if name.startswith("series/v5/0")]) == 2 - (
            "mine" in words[1]
        )
