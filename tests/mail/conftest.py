# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures for what is about mail: somebody who sends, somebody who receives."""

from __future__ import annotations

from pathlib import Path

import pytest
from receiver import Receiver
from toy import Toy

SENDER = "[user]\n\tname = Sam Sender\n\temail = sam@example.org\n"


@pytest.fixture(autouse=True)
def _sender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git knows who sends."""
    config = tmp_path / "gitconfig"
    config.write_text(SENDER)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))


@pytest.fixture
def receiver(toy: Toy, tmp_path: Path) -> Receiver:
    """Has the toy's kernel."""
    return Receiver(tmp_path / "receiver", toy.tree, toy.base_commit)
