# SPDX-License-Identifier: GPL-2.0-or-later
"""What compares golden files notices what it is there for."""

from __future__ import annotations

from pathlib import Path

import golden
import pytest


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(golden, "GOLDEN", tmp_path)
    monkeypatch.setattr(golden, "WRITING", False)
    return tmp_path


def test_a_file_that_is_missing_is_a_failure_and_is_not_made(place: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="REFSERIES_GOLDEN=write"):
        golden.hold("help/a.txt", "text\n")
    assert list(place.iterdir()) == []


def test_what_differs_is_shown_line_by_line(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "WRITING", True)
    golden.hold("help/a.txt", "same\nold\n")
    monkeypatch.setattr(golden, "WRITING", False)
    golden.hold("help/a.txt", "same\nold\n")
    with pytest.raises(pytest.fail.Exception, match=r"(?s)\n same\n-old\n\+new\n"):
        golden.hold("help/a.txt", "same\nnew\n")


def test_a_file_that_no_test_compares_is_a_failure(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "help").mkdir()
    (place / "help" / "a.txt").touch()
    (place / "help" / "b.txt").touch()
    golden.none_is_left_over("help", ["a.txt", "b.txt", "c.txt"])
    with pytest.raises(pytest.fail.Exception, match=r"b\.txt"):
        golden.none_is_left_over("help", ["a.txt"])
    monkeypatch.setattr(golden, "WRITING", True)
    golden.none_is_left_over("help", ["a.txt"])
    assert [path.name for path in (place / "help").iterdir()] == ["a.txt"]
