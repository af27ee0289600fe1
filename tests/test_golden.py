# SPDX-License-Identifier: GPL-2.0-or-later
"""What compares golden files notices what it is there for."""

from __future__ import annotations

import json
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


def test_ids_are_numbered_and_a_short_one_is_the_long_one() -> None:
    one, two = "1" * 40, "ab" * 20
    text = f"{two[:12]} {one} {two} {one} {'c' * 12} 123456789012345 {one[:11]}"
    assert golden.normal(text, {}) == (
        f"<id 1> <id 2> <id 1> <id 2> <id 3> 123456789012345 {one[:11]}"
    )


def test_what_is_of_this_run_and_machine_becomes_a_word() -> None:
    text = "/a/b /a/b/c/runs/20261128-1-x/v1 20261128-toys-v2-1-0123456789ab@example.org"
    assert golden.normal(text, {"/a": "A", "/a/b": "B"}) == (
        "B B/c/runs/RUN/v1 WHEN-toys-v2-1-<id 1>@example.org"
    )


def test_values_of_keys_are_replaced_and_nothing_else_is() -> None:
    text = '{"seconds": {"boot": 1.5, "test": 0.0}, "when": null, "b": [{"when": "now", "a": 0.0}]}'
    assert json.loads(golden.normal_json(text, {}, {"seconds": 0, "when": "WHEN"})) == {
        "seconds": {"boot": 0, "test": 0}, "when": None, "b": [{"when": "WHEN", "a": 0.0}],
    }  # fmt: skip
