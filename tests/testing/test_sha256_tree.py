# SPDX-License-Identifier: GPL-2.0-or-later
"""A user's kernel tree whose ids are SHA-256: what compiles, boots and compares works on it."""

from __future__ import annotations

import json
from pathlib import Path

import played_series
import pytest
from played_series import Played


@pytest.fixture
def series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    """A series over such a tree; new repositories have SHA-1 again unless a test says otherwise."""
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    made = played_series.make(tmp_path)
    monkeypatch.delenv("GIT_DEFAULT_HASH")
    kernel = made.project.kernel
    assert kernel.git("rev-parse", "--show-object-format").strip() == "sha256"
    assert len(kernel.base.commit) == 64
    return made


@pytest.mark.parametrize("default", ["sha1", "sha256"])
def test_versions_are_built_booted_tested_and_compared(
    series: Played, monkeypatch: pytest.MonkeyPatch, default: str
) -> None:
    monkeypatch.setenv("GIT_DEFAULT_HASH", default)
    done = series.run("test", "v1", "v5", "--config", "default", "--json", "out.json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads((series.directory / "out.json").read_text())
    assert [run["version"] for run in told["runs"]] == ["v1", "v5"]
    assert all(run["stages"]["test"] == "pass" for run in told["runs"])
    again = series.run("test", "v1", "v5", "--config", "default")
    assert again.returncode == 0, again.stdout + again.stderr


def test_what_does_not_apply_or_build_is_told_as_on_any_tree(series: Played) -> None:
    done = series.run("test", "v8", "v3", "--config", "default")
    assert done.returncode == 1
    assert "apply-failed" in done.stdout
    assert "build-failed" in done.stdout
    assert "bug" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("apply", "v5"),
        ("diff", "v1", "v5", "--quiet"),
        ("build", "v5", "--config", "default"),
        ("test", "v5:1", "--config", "default"),
        ("bisect", "toy.two", "v1", "v5"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_command_does_on_it_what_it_does_on_any(series: Played, words: tuple[str, ...]) -> None:
    done = series.run(*words)
    assert done.returncode == 0, done.stdout + done.stderr
