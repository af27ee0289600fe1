# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import threading
from pathlib import Path

import pytest
import waiting

from refseries.check import results
from refseries.check.model import CheckOutcome, CheckState, Diagnostic, Finding
from refseries.host import typed

ONE = Diagnostic("mm/toy.c", 3, "warning: a toy")
BAD = CheckOutcome(
    "sparse",
    "v1",
    CheckState.FINDINGS,
    findings=(
        Finding("sparse", "v1", "1.patch", "mm/toy.c", 3, "warning: a toy"),
        Finding("sparse", "v1", "", "mm/old.c", 1, "warning: old", new=False),
    ),
)
GOOD = CheckOutcome("codespell", "v1", CheckState.OK)


def test_a_key_depends_on_every_part() -> None:
    keys = {results.key("a", 1), results.key("a", 2), results.key("b", 1), results.key("a", "1")}
    assert len(keys) == 4
    assert results.key("a", {"x": 1, "y": 2}) == results.key("a", {"y": 2, "x": 1})


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    store = results.Store(tmp_path / "said")
    assert store.load("k") is None
    assert store.keep("k", [ONE]) == (ONE,)
    assert store.load("k") == (ONE,)
    assert store.keep("empty", []) == ()
    assert store.load("empty") == ()


def test_a_damaged_file_counts_as_none(tmp_path: Path) -> None:
    store = results.Store(tmp_path)
    store.keep("k", [ONE])
    (tmp_path / "k.json").write_text('[{"file": "mm/')
    assert store.load("k") is None


def test_latest_gives_what_is_new_and_how_each_check_came_out(tmp_path: Path) -> None:
    results.remember(tmp_path, "toy", "v1", "tip", [BAD, GOOD])
    found = results.latest(tmp_path, "toy", "v1", "tip")
    assert found is not None
    assert found.outcomes == {"sparse": BAD, "codespell": GOOD}


def test_latest_knows_nothing_of_another_state_of_the_version(tmp_path: Path) -> None:
    assert results.latest(tmp_path, "toy", "v1", "tip") is None
    results.remember(tmp_path, "toy", "v1", "tip", [BAD])
    assert results.latest(tmp_path, "toy", "v1", "newer") is None
    assert results.latest(tmp_path, "toy", "v2", "tip") is None


def test_a_run_of_a_few_checks_replaces_those_alone(tmp_path: Path) -> None:
    results.remember(tmp_path, "toy", "v1", "tip", [BAD, GOOD])
    better = CheckOutcome("sparse", "v1", CheckState.OK)
    results.remember(tmp_path, "toy", "v1", "tip", [better])
    found = results.latest(tmp_path, "toy", "v1", "tip")
    assert found is not None
    assert found.outcomes == {"sparse": better, "codespell": GOOD}


def test_two_runs_that_end_at_once_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = threading.Thread(target=results.remember, args=(tmp_path, "toy", "v1", "tip", [GOOD]))
    waiting.beside_a_write(monkeypatch, typed, other)
    results.remember(tmp_path, "toy", "v1", "tip", [BAD])
    other.join()
    found = results.latest(tmp_path, "toy", "v1", "tip")
    assert found is not None
    assert found.outcomes == {"sparse": BAD, "codespell": GOOD}
