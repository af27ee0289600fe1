# SPDX-License-Identifier: GPL-2.0-or-later
"""The base kernel from a release tarball, fetched from a server of our own."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import toy as toys
from toy import Toy
from toy_base import FILES, NAME, find, leftovers, package_of, settings, spec

from refseries.errors import HostError, SeriesError, StageError
from refseries.host import proc
from refseries.kernel import base


class Server(http.server.ThreadingHTTPServer):
    """Serves one tarball, whole or not; counts how often."""

    def __init__(self, data: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.data = data
        self.status = 200
        self.say_length: int | None = len(data)
        self.asked = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{NAME}"


class Answer(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(self.server.status)
        if self.server.say_length is not None:
            self.send_header("Content-Length", str(self.server.say_length))
        self.end_headers()
        self.wfile.write(self.server.data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    path = toys.tarball(tmp_path / NAME, FILES)
    with Server(path.read_bytes()) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.02,))
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("length", [True, False])
def test_a_tarball_is_fetched_and_imported_once(
    server: Server, tmp_path: Path, length: bool
) -> None:
    if not length:
        server.say_length = None
    wanted = spec(server.url, sha256(server.data))
    info = find(tmp_path / "cache", wanted)
    assert (info.source, info.release) == ("tarball", toys.RELEASE)
    assert find(tmp_path / "cache", wanted) == info
    assert base.ready(wanted, settings(tmp_path / "cache")) == info
    assert server.asked == 1
    assert leftovers(tmp_path / "cache") == []  # the tarball is gone too


def test_the_package_goes_before_the_tarball(server: Server, tmp_path: Path) -> None:
    package = package_of(tmp_path / "src")
    wanted = spec(server.url, sha256(server.data))
    assert find(tmp_path / "cache", wanted, package).source == "package"
    assert server.asked == 0


def test_a_tarball_with_another_digest_is_not_taken(server: Server, tmp_path: Path) -> None:
    with pytest.raises(StageError, match=f"has sha256 {sha256(server.data)}, not 0000"):
        find(tmp_path / "cache", spec(server.url))
    assert leftovers(tmp_path / "cache") == []


def test_a_tarball_cut_short_is_not_taken(server: Server, tmp_path: Path) -> None:
    whole = server.data
    server.data = whole[: len(whole) // 2]
    with pytest.raises(HostError, match=r"cannot be fetched: .*\d+ of \d+ bytes|more expected"):
        find(tmp_path / "cache", spec(server.url, sha256(whole)))
    assert leftovers(tmp_path / "cache") == []
    server.data = whole
    assert find(tmp_path / "cache", spec(server.url, sha256(whole))).source == "tarball"


def test_a_damaged_tarball_with_the_right_digest(server: Server, tmp_path: Path) -> None:
    server.data = server.data[:-200]
    server.say_length = len(server.data)
    with pytest.raises(StageError, match="the tarball is damaged"):
        find(tmp_path / "cache", spec(server.url, sha256(server.data)))


def test_a_server_that_has_no_such_file(server: Server, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(HostError, match="cannot be fetched: Not Found") as caught:
        find(tmp_path / "cache", spec(server.url))
    assert caught.value.where == server.url
    assert "toy-source" in caught.value.hint
    assert "--tree" in caught.value.hint


def test_a_server_that_is_down_or_talks_rubbish(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"cannot be fetched: .*refused"):
        find(tmp_path / "cache", spec())
    with pytest.raises(SeriesError, match="neither an http nor an https address"):
        find(tmp_path / "cache", spec("file:///etc/passwd"))
    with pytest.raises(HostError, match="cannot be fetched"):
        find(tmp_path / "cache", spec("http://127.0.0.1:port/x.tar.xz"))


def test_the_command_says_where_the_base_is(
    server: Server, toy: Toy, refseries: Callable[..., proc.Completed]
) -> None:
    file = toy.project / "series" / "series.toml"
    text = file.read_text().replace("0" * 64, sha256(server.data))
    file.write_text(text.replace(f"http://127.0.0.1:9/{NAME}", server.url))
    done = refseries("base", "--json", "-", env={"REFSERIES_TREE": ""})
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) == {
        "schema", "release", "source", "repo", "commit", "tree", "under", "depends"
    }  # fmt: skip
    assert "Downloading linux-6.12.tar.gz" in done.stderr
    server.status = 500
    again = refseries("base", env={"REFSERIES_TREE": ""})
    assert again.stdout.startswith("Linux 6.12.117 from tarball: commit ")
