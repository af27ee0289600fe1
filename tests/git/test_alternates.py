# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects of other repositories, seen from one of ours."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import waiting

from refseries.git import alternates


def test_two_runs_that_add_one_each_lose_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, first, second = (tmp_path / name for name in ("ours.git", "a", "b"))
    (repo / "objects").mkdir(parents=True)
    other = threading.Thread(target=alternates.link, args=(repo, second))
    waiting.beside_a_write(monkeypatch, alternates, other)
    alternates.link(repo, first)
    other.join()
    alternates.link(repo, second)
    assert alternates.linked(repo) == (first, second)
