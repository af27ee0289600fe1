# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of a commit in a plain folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy import Toy

from refseries.errors import StageError
from refseries.git.unpack import present, unpack


def test_what_a_commit_lacks_is_not_present(toy: Toy) -> None:
    repo = toy.tree / ".git"
    assert present(repo, toy.base_commit, ("mm/nothing.c", "mm/memory.c")) == ("mm/memory.c",)


def test_nothing_is_unpacked_where_nothing_is_named(toy: Toy, tmp_path: Path) -> None:
    unpack(toy.tree / ".git", toy.base_commit, (), tmp_path / "there")
    assert list((tmp_path / "there").iterdir()) == []


def test_a_file_that_is_not_there_is_an_error(toy: Toy, tmp_path: Path) -> None:
    names = ("mm/memory.c", "mm/nothing.c")
    with pytest.raises(StageError):
        unpack(toy.tree / ".git", toy.base_commit, names, tmp_path / "there")
