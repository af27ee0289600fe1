# SPDX-License-Identifier: GPL-2.0-or-later
"""Workers that differ: which of them are asked, and what is said of the others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import clusters
import played_series
import pytest
import toy as toys
from clusters import Cluster
from played_series import Played
from waiting import SECONDS

from refseries.errors import HostError
from refseries.host import proc
from refseries.testing.cluster import link

FULL = """\
#!/bin/sh
echo "make: write error: No space left on device" >&2
exit 2
"""


@pytest.fixture
def played(tmp_path: Path) -> Played:
    return played_series.make(tmp_path)


def on(
    cluster: Cluster, played: Played, *words: str
) -> subprocess.CompletedProcess[str]:  # proc would take the words on a full disk for its own
    return subprocess.run(
        [*toys.COMMAND, *words], cwd=played.directory, text=True, capture_output=True, check=False,
        env={**os.environ, **played.environ, **cluster.environ}, timeout=SECONDS,
    )  # fmt: skip


def words_of(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join(done.stderr.split())


def program(directory: Path, name: str, text: str) -> dict[str, str]:
    """An environment in which a program is another one."""
    place = directory / f"odd-{name}"
    place.mkdir()
    (place / name).write_text(text)
    (place / name).chmod(0o755)
    return {"PATH": f"{place}:{directory / 'tools'}:{os.environ['PATH']}"}


def check(cluster: Cluster, played: Played, odd: dict[str, str], why: str) -> None:
    """Alone, the odd worker is told by name; beside a good one, all is done all the same."""
    with clusters.joined(cluster, played, "odd", odd):
        done = on(cluster, played, "test", "v5", "v1")
        assert done.returncode == 3, done.stderr
        assert why in words_of(done)
        assert "odd" in words_of(done)
        with clusters.joined(cluster, played, "good", {}):
            done = on(cluster, played, "test", "v5", "v1", "--json", "-", "--rebuild")
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["as_expected"]


def test_a_worker_with_another_base_is_not_asked_any_more(played: Played, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 11\nSUBLEVEL = 0\n")
    kernel = played.project.kernel
    for words in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "-m", "other")):
        kernel.git("-C", str(other), *words)
    odd = {"REFSERIES_TREE": str(other), "REFSERIES_BASE_REF": "HEAD"}
    with clusters.started(played, tmp_path, 0) as cluster:
        check(cluster, played, odd, "odd has another base: Linux 6.11")


def test_a_worker_whose_disk_is_full_is_not_asked_any_more(played: Played, tmp_path: Path) -> None:
    odd = program(tmp_path, "make", FULL)
    with clusters.started(played, tmp_path, 0) as cluster:
        check(cluster, played, odd, "disk is full")


def test_a_worker_without_the_compiler_is_not_asked(played: Played, tmp_path: Path) -> None:
    odd = {"PATH": bare(tmp_path)}
    with (
        clusters.started(played, tmp_path, 0) as cluster,
        clusters.joined(cluster, played, "odd", odd),
    ):
        done = on(cluster, played, "test", "v5")
        assert done.returncode == 3
        assert "no worker builds and boots kernels of arm64: odd" in words_of(done)
        status = on(cluster, played, "cluster", "status")
        assert status.returncode == 3
        assert "lacks" in status.stdout


def bare(directory: Path) -> str:
    """A PATH with git and a shell alone."""
    place = directory / "bare"
    place.mkdir()
    for name in ("git", "sh", "uname", "env"):
        found = proc.which(name)
        (place / name).symlink_to(found)
    return str(place)


def test_status_names_another_compiler_and_the_run_keeps_to_one(
    played: Played, tmp_path: Path
) -> None:
    real = proc.which("aarch64-linux-gnu-gcc")
    text = f'#!/bin/sh\n[ "$1" = --version ] && echo "odd gcc 99" && exit\nexec {real} "$@"\n'
    odd = program(tmp_path, "aarch64-linux-gnu-gcc", text)
    with (
        clusters.started(played, tmp_path, 1) as cluster,
        clusters.joined(cluster, played, "odd", odd),
    ):
        said = " ".join(on(cluster, played, "cluster", "status").stdout.split())
        assert "the compiler for arm64 differs: " in said
        assert "odd gcc 99: odd" in said
        assert on(cluster, played, "test", "v5", "v1", "v4", "--quiet").returncode == 1
        assert not list(cluster.cache.glob("workers/odd/*/images/*"))
        assert len(list(cluster.cache.glob("workers/worker-1/*/images/*"))) == 3


def test_what_a_worker_has_built_it_is_asked_for_again(played: Played, tmp_path: Path) -> None:
    names = ("v1", "v2", "v4", "v5")
    with clusters.started(played, tmp_path, 2) as cluster:
        assert on(cluster, played, "build", *names, "--config", "default").returncode == 0
        built = sorted(cluster.cache.glob("workers/*/*/images/*"))
        assert len(built) == len(names)
        done = on(cluster, played, "build", *names, "--config", "default")
        assert done.returncode == 0, done.stderr
        assert sorted(cluster.cache.glob("workers/*/*/images/*")) == built


PLAIN = """
import sys
from distributed import LocalCluster
with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, protocol="tcp",
                  dashboard_address=None) as cluster:
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""


def test_a_worker_of_somebody_else_is_not_taken_for_none() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PLAIN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        line = link.Link(address, lambda _kind, _what: None)
        try:
            with pytest.raises(HostError, match=r"no worker answers as .*without --preload refs"):
                line.workers()
        finally:
            line.close()
            process.communicate()


def test_a_worker_of_another_refseries_is_left_out_with_a_word(
    played: Played, tmp_path: Path
) -> None:
    place = tmp_path / "older"
    place.mkdir()
    (place / "sitecustomize.py").write_text("import refseries\nrefseries.__version__ = '0.0.1'\n")
    odd = {"PYTHONPATH": f"{place}:{played.environ['PYTHONPATH']}"}
    with (
        clusters.started(played, tmp_path, 1) as cluster,
        clusters.joined(cluster, played, "odd", odd),
    ):
        done = on(cluster, played, "test", "v5", "v1")
        assert done.returncode == 0, done.stderr
        assert "odd is not asked: it has refseries 0.0.1, and this is " in words_of(done)
        status = " ".join(on(cluster, played, "cluster", "status").stdout.split())
        assert "refseries differs: 0.0.1" in status
