# SPDX-License-Identifier: GPL-2.0-or-later
"""An import of the base that is killed, runs beside another one, or finds no space."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import toy as toys
from toy_base import FILES, find, leftovers, settings, spec
from waiting import SECONDS, lives, until

from refseries import git
from refseries.host import proc
from refseries.kernel import base

# Imports the base and says what it does; stops for good in the middle when told so.
PROGRAM = """
import sys, time
from pathlib import Path
from refseries.kernel import base
from refseries.errors import RefseriesError
from refseries.model import BaseSpec, Identity
from refseries.host.settings import Settings

def progress(text, part=0.0):
    print(text, flush=True)
    if part > 0.3 and "hang" in sys.argv:
        print("in the middle", flush=True)
        time.sleep(600)

spec = BaseSpec(release="6.12.117", package="toy-source", tarball_url="", tarball_sha256="0" * 64)
settings = Settings(Path(sys.argv[1]), None, None, 1)
try:
    info = base.find(spec, settings, Identity("a", "b@c"), say=progress,
                     package_dir=Path(sys.argv[2]))
    print("commit", info.commit, flush=True)
except RefseriesError as error:
    print(error)
    sys.exit(error.exit_code)
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package that takes a while, and more space than a small disk has."""
    directory = tmp_path_factory.mktemp("many")
    files = {f"drivers/{number}.c": os.urandom(4000) for number in range(800)}
    toys.tarball(directory / "toy-source.tar.xz", {**FILES, **files})
    return directory


def program(cache: Path, package_dir: Path, *words: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, str(cache), str(package_dir), *words]


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def test_after_a_kill_9_in_the_middle_the_next_run_works(many: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    killed = program(cache, many, "hang")
    with subprocess.Popen(killed, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        while "in the middle" not in running.stdout.readline():
            assert running.poll() is None
        family = children(running.pid)
        assert len(family) == 3  # xz, fast-import and the guard
        running.send_signal(signal.SIGKILL)
    assert leftovers(cache) != []
    assert base.ready(spec(), settings(cache), package_dir=many) is None
    commit = proc.run(program(cache, many)).stdout.split()[-1]
    assert git.resolve(find(cache, package_dir=many).repo, commit) == commit
    assert leftovers(cache) == []
    until(lambda: not any(map(lives, family)))  # the guard, which ends the others, is one of them


def test_two_runs_at_once_import_once(many: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with contextlib.ExitStack() as stack:
        runs = [
            stack.enter_context(
                subprocess.Popen(program(cache, many), stdout=subprocess.PIPE, text=True)
            )
            for _ in range(2)
        ]
        said = [running.communicate(timeout=SECONDS)[0] for running in runs]
    assert [running.returncode for running in runs] == [0, 0]
    commits = {text.split()[-1] for text in said}
    assert len(commits) == 1
    assert sorted("Importing" in text for text in said) == [False, True]
    assert leftovers(cache) == []


def test_a_full_disk_is_said_and_leaves_nothing(many: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (
        'disk=$1; mount -t tmpfs -o size=2m none "$disk" || exit 99; shift; "$@"; status=$?; '
        'find "$disk" ! -name "*.lock"; umount --lazy "$disk"; exit $status'
    )
    # Root may mount as it is, also where a chroot forbids user namespaces.
    others = ["unshare", "--user", "--map-root-user", "--mount"] if os.geteuid() else []
    done = proc.run([*others, "sh", "-c", script, "sh", disk, *program(disk, many)], check=False)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "the disk is full" in done.stdout
    assert f"{disk}/base: the disk is full" in done.stdout
    assert done.stdout.splitlines()[-2:] == [str(disk), f"{disk}/base"]
