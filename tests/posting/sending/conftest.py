# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures for sending: a mail server, and somebody who has a version to send."""

from __future__ import annotations

from collections.abc import Iterator

import mailserver
import pytest
import toy as toys
from delivery import ME
from mailserver import Sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    with mailserver.running() as found:
        yield found


@pytest.fixture
def mine(toy: toys.Toy, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> toys.Toy:
    """The toy with recipients, a v3 of four patches, and git configured for the server."""
    path = toy.project / "series/series.toml"
    people = '[recipients]\nto = ["linux-toys@example.org"]\ncc = ["Mai <mai@example.org>"]\n\n'
    path.write_text(path.read_text().replace("[identity]", f"{people}[identity]", 1))
    changes: list[toys.Change] = [
        (f"Sen Der <{ME}>", f"mm: toy {n}\n", {f"mm/toy{n}.c": b"int t;\n"}) for n in range(1, 5)
    ]
    toy.version_of(*changes, name="v3")
    config = toy.directory / "gitconfig"
    config.write_text(
        f"[user]\n\tname = Sen Der\n\temail = {ME}\n"
        f"[sendemail]\n\tsmtpServer = 127.0.0.1\n\tsmtpServerPort = {sink.port}\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    return toy
