# SPDX-License-Identifier: GPL-2.0-or-later
"""The page served to the browsers of this machine, as new as what is kept.

It listens on the loopback interface alone and answers requests for two paths, by a name that only
this machine has: a page of the network that has its own name lead here gets nothing.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from refseries.errors import HostError, RefseriesError
from refseries.host import proc
from refseries.model import Series
from refseries.report import words
from refseries.testing import runs

_HOST = "127.0.0.1"
_POLL = 0.2

Render = Callable[[str], str]
"""Gives the page, from its stamp."""


class _Server(ThreadingHTTPServer):
    """One that keeps the error of a request for whoever runs it; a browser may leave early."""

    failed: BaseException | None = None

    def handle_error(self, request: object, client_address: object) -> None:
        """Remember what was raised, unless it is about the connection alone."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self.failed = error


class PageServer:
    """A page that is rendered again when what it is made of has changed."""

    def __init__(self, stamp: Callable[[], str], render: Render) -> None:
        """Take a free port.

        Raises:
            HostError: this machine has none.
        """
        self._stamp = stamp
        self._render = render
        self._lock = threading.Lock()
        self._page: tuple[str, str] = ("", "")
        try:
            self._server = _Server((_HOST, 0), _handler(self))
        except OSError as error:
            raise HostError(
                f"no port can be listened on: {error.strerror}.",
                where=_HOST,
                hint="Write a file instead: leave out --serve.",
            ) from error

    @property
    def address(self) -> str:
        """What the browser is given."""
        return f"http://{_HOST}:{self._server.server_port}/"

    @property
    def names(self) -> tuple[str, ...]:
        """What a request may call us."""
        port = self._server.server_port
        return (f"{_HOST}:{port}", f"localhost:{port}")

    def answer(self, path: str) -> tuple[HTTPStatus, str, str]:
        """Status, type and text for a path."""
        if path == "/stamp":
            return HTTPStatus.OK, "text/plain", self._stamp()
        if path != "/":
            return HTTPStatus.NOT_FOUND, "text/plain", "There is nothing here.\n"
        with self._lock:
            stamp = self._stamp()
            if self._page[0] != stamp:
                try:
                    self._page = (stamp, self._render(stamp))
                except (RefseriesError, OSError) as error:
                    # The next request may find it fixed.
                    return HTTPStatus.INTERNAL_SERVER_ERROR, "text/plain", f"{error}\n"
            return HTTPStatus.OK, "text/html", self._page[1]

    def run(self) -> None:
        """Serve until the user asks to stop.

        Raises:
            Exception: what no request can fix.
        """
        thread = threading.Thread(target=self._server.serve_forever, args=(_POLL,), daemon=True)
        thread.start()
        try:
            while not proc.is_stopped():
                thread.join(_POLL)
                if self._server.failed is not None:
                    raise self._server.failed
        finally:
            self._server.shutdown()
            self._server.server_close()


def _handler(page: PageServer) -> type[BaseHTTPRequestHandler]:
    class _Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.headers.get("Host") not in page.names:
                self._send(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", "This is not my name.\n")
                return
            self._send(*page.answer(self.path))

        def _send(self, status: HTTPStatus, kind: str, text: str) -> None:
            data = text.encode("utf-8", "replace")
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("X-Frame-Options", "DENY")
            self.send_header("Cross-Origin-Resource-Policy", "same-origin")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the terminal is the user's."""

    return _Handler


def stamp(series: Series, cache: Path) -> str:
    """What changes when anything that the page is made of does."""
    own = cache / series.home
    found = hashlib.sha256()
    for root in (
        series.root / "series",
        series.root / "kernel-tests",
        own / "latest",
        own / "check" / "latest",
        own / "mutants" / "latest",
        own / "coverage",
    ):
        for path in _files(root):
            try:
                state = path.stat()
            except OSError:
                continue
            found.update(f"{path}\0{state.st_mtime_ns}\0{state.st_size}\n".encode())
    found.update(words.at_work(runs.at_work(cache, series.home)).encode())
    return found.hexdigest()[:32]


def _files(root: Path) -> Iterator[Path]:
    if root.is_dir():
        yield from sorted(path for path in root.rglob("*") if path.is_file())
