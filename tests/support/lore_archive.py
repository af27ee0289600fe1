# SPDX-License-Identifier: GPL-2.0-or-later
"""A small archive on this machine that serves threads as lore does, for the real b4."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote


@contextlib.contextmanager
def serving(threads: Mapping[str, bytes]) -> Iterator[str]:
    """Serve each mailbox of ``threads`` under its message id; gives the value of b4.midmask.

    What is searched for is a text in quotes, and found is each mailbox that has it.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = unquote(self.path).removeprefix("/all/").removesuffix("/t.mbox.gz")
            self.answer(threads.get(name))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            wanted = unquote(self.path).replace("+", " ").partition('"')[2].partition('"')[0]
            wanted = wanted.replace("change-id:", "change-id: ")
            self.answer(next((t for t in threads.values() if wanted.encode() in t), None))

        def answer(self, found: bytes | None) -> None:
            self.send_response(404 if found is None else 200)
            self.end_headers()
            if found is not None:
                self.wfile.write(gzip.compress(found))

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/all/%s"
        server.shutdown()


def settings(directory: Path, mask: str) -> dict[str, str]:
    """The environment in which b4 asks that archive, as a user configures it."""
    config = directory / "gitconfig"
    config.write_text(f"[b4]\n\tmidmask = {mask}\n\tlinkmask = {mask}\n")
    return {"GIT_CONFIG_GLOBAL": str(config), "HOME": str(directory)}
