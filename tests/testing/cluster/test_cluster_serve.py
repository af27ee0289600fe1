# SPDX-License-Identifier: GPL-2.0-or-later
"""A scheduler beside other programs of its machine."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from waiting import SECONDS

from refseries.host import proc
from refseries.testing.cluster import serve


def test_nobody_takes_its_port_before_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program listens on the port that it is told, just before it starts."""
    monkeypatch.setenv("REFSERIES_CLUSTER_KEYS", str(tmp_path / "keys"))
    taken: list[int] = []
    real = proc.start
    with contextlib.ExitStack() as stack:

        def start(argv: Sequence[str], **options: Any) -> Any:  # noqa: ANN401
            if port := int(argv[argv.index("--port") + 1]):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
                taken.append(port)
            return real(argv, **options)

        monkeypatch.setattr(proc, "start", start)
        wanted = serve.ServeRequest(0, 1, "127.0.0.1", 0, tmp_path / "logs", {})
        with serve.serving(wanted) as served:
            port = int(served.address.rpartition(":")[2])
            assert port not in taken
            socket.create_connection(("127.0.0.1", port), SECONDS).close()
