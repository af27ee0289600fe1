# SPDX-License-Identifier: GPL-2.0-or-later
"""A PATH on which qemu-system-aarch64 is the fake one."""

import os
from pathlib import Path

import pytest
from fake_guest import FAKE


@pytest.fixture
def fake_qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the fake first on PATH; gives a directory for a guest's files."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "qemu-system-aarch64").symlink_to(FAKE)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    directory = tmp_path / "guest"
    directory.mkdir()
    return directory
