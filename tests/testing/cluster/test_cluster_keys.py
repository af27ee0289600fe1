# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys of a cluster: made once, secret, and wanted by everything but loopback."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import clusters
import played_series
import pytest

from refseries.errors import SeriesError
from refseries.testing.cluster import keys, serve
from refseries.testing.cluster.keys import ClusterKeys


def test_keys_are_made_once_and_are_the_owners_alone(tmp_path: Path) -> None:
    made = ClusterKeys(tmp_path / "keys")
    assert not made.there
    keys.make(made)
    assert made.there
    modes = [path.stat().st_mode & 0o777 for path in (made.directory, made.key)]
    assert modes == [0o700, 0o600]
    with pytest.raises(SeriesError, match="there are keys already"):
        keys.make(made)


def test_keys_that_a_kill_left_half_made_are_made_anew(tmp_path: Path) -> None:
    half = ClusterKeys(tmp_path)
    keys.make(half)
    alone = half.certificate.read_bytes()
    half.key.rename(tmp_path / "key.pem.new")
    keys.make(half)
    assert half.there
    assert half.certificate.read_bytes() != alone
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cert.pem", "key.pem"]


def test_a_certificate_without_its_key_is_somebody_s(tmp_path: Path) -> None:
    copied = ClusterKeys(tmp_path)
    copied.certificate.write_text("of another machine\n")
    with pytest.raises(SeriesError, match="there are keys already"):
        keys.make(copied)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("host:8786", "no address of a scheduler"),
        ("tcp://host:8786 --x", "no address of a scheduler"),
        ("inproc://host:8786", "no address of a scheduler"),
        ("tcp://192.0.2.7:8786", "is another machine"),
        ("tcp://host.example.org:8786", "is another machine"),
        ("tls://192.0.2.7:8786", "there are no keys"),
    ],
)
def test_an_address_without_keys_is_this_machine(address: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match=why):
        keys.check(address, ClusterKeys(tmp_path))


def test_loopback_does_without(tmp_path: Path) -> None:
    for host in ("127.0.0.1", "[::1]", "localhost"):
        assert keys.check(f"tcp://{host}:8786", ClusterKeys(tmp_path)) is False


def test_without_keys_nobody_else_is_listened_to(tmp_path: Path) -> None:
    played = played_series.make(tmp_path)
    done = played.run("cluster", "start", "--host", "192.0.2.7")
    assert done.returncode == 2
    assert "there are no keys" in done.stderr


def test_with_keys_tls_is_spoken_and_nobody_without_gets_in(tmp_path: Path) -> None:
    played = played_series.make(tmp_path)
    here = {"REFSERIES_CLUSTER_KEYS": str(tmp_path / "keys")}
    keys.make(ClusterKeys(tmp_path / "keys"))
    with clusters.started(played, tmp_path, 1) as cluster:
        assert cluster.address.startswith("tls://127.0.0.1:")
        command = ("test", "v5", "--cluster", cluster.address, "--quiet")
        inside = played_series.Played(played.project, {**played.environ, **here})
        done = inside.run(*command)
        assert done.returncode == 0, done.stderr
        other = {"REFSERIES_CLUSTER_KEYS": str(tmp_path / "others")}
        keys.make(ClusterKeys(tmp_path / "others"))
        outside = played_series.Played(played.project, {**played.environ, **other})
        done = outside.run(*command)
        assert done.returncode == 3
        assert "no scheduler answers there" in done.stderr
        tcp = cluster.address.replace("tls://", "tcp://")
        assert inside.run("test", "v5", "--cluster", tcp, "--quiet").returncode == 3


def test_only_loopback_is_listened_on(tmp_path: Path) -> None:
    played = played_series.make(tmp_path)
    with clusters.started(played, tmp_path, 1) as cluster:
        listening = {place for pid in cluster.processes() for place in listens(pid)}
    assert listening
    assert listening <= {"127.0.0.1", "::1"}


def listens(pid: int) -> set[str]:
    """Addresses that a process listens on."""
    sockets = set()
    for link in Path(f"/proc/{pid}/fd").glob("*"):
        with contextlib.suppress(FileNotFoundError):  # it was open a moment ago
            if (name := str(link.readlink())).startswith("socket:["):
                sockets.add(name[8:-1])
    found = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[3] == "0A" and words[9] in sockets:
            host = bytes.fromhex(words[1].split(":")[0])[::-1]
            found.add(socket.inet_ntop(socket.AF_INET, host))
    for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]:
        words = line.split()
        if words[3] == "0A" and words[9] in sockets:
            found.add(words[1].split(":")[0])
    return found


def test_what_is_typed_elsewhere_names_no_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    made = ClusterKeys(tmp_path / "keys")
    made.directory.mkdir()
    made.key.touch()
    made.certificate.touch()
    shown = serve.typed(["dask", "worker", *serve.worker_options("NAME", 2, made, local=False)])
    assert str(tmp_path) not in shown
    assert shown.endswith(" --tls-cert ~/keys/cert.pem --tls-key ~/keys/key.pem")
