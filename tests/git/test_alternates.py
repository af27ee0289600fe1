# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects of other repositories, seen from one of ours."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from refseries.git import alternates
from refseries.host.files import write_atomically


def test_two_runs_that_add_one_each_lose_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, first, second = (tmp_path / name for name in ("ours.git", "a", "b"))
    (repo / "objects").mkdir(parents=True)
    other = threading.Thread(target=alternates.link, args=(repo, second))

    def slowly(path: Path, text: str) -> None:
        if not other.ident:  # the second comes while the first is about to write
            other.start()
            other.join(0.5)
        write_atomically(path, text)

    monkeypatch.setattr(alternates, "write_atomically", slowly)
    alternates.link(repo, first)
    other.join()
    alternates.link(repo, second)
    assert alternates.linked(repo) == (first, second)
