# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures for what is about mail: somebody who sends, somebody who receives."""

from __future__ import annotations

from pathlib import Path

import pytest
from receiver import Receiver
from toy import Toy


@pytest.fixture(autouse=True)
def _sender(sender: Path) -> None:
    """git knows who sends."""


@pytest.fixture
def receiver(toy: Toy, tmp_path: Path) -> Receiver:
    """Has the toy's kernel."""
    return Receiver(tmp_path / "receiver", toy.tree, toy.base_commit)
