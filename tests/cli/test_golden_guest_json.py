# SPDX-License-Identifier: GPL-2.0-or-later
"""What commands that build and boot write for programs is as it was; see support/golden.py."""

from __future__ import annotations

import re
from collections.abc import Iterator

import golden
import played_series
import pytest

KEYS = {
    "seconds": 0, "when": "WHEN", "toolchain": "TOOLCHAIN", "program": "PROGRAM",
}  # fmt: skip
EVERY = (
    "base", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "--config", "default", "--config", "mm",
)  # fmt: skip
# For each file: the exit code and the words of the command.
CASES: dict[str, tuple[int, tuple[str, ...]]] = {
    "build": (1, ("build", "v1", "v3", "--config", "default", "--config", "mm")),
    "test": (1, ("test", *EVERY)),
    "test-as-expected": (0, ("test", "v1", "v5")),
    "test-only": (0, ("test", "v1", "--only", "toy.two")),
    "test-by-task": (1, ("test", "v2", "--by-task")),
    "test-repeat": (0, ("test", "v1", "v5", "--repeat", "2", "--fresh")),
    "bench": (0, ("bench", "v1", "v5")),
    "kselftest": (1, ("kselftest", "v1", "v5")),
    "kselftest-only": (0, ("kselftest", "v1", "--only", "mm.cow-*")),
    "coverage": (1, ("coverage", "v5")),
    "mutate": (0, ("mutate", "v5")),
    "mutate-list": (0, ("mutate", "v5", "--list")),
    "config-suggest": (0, ("config", "suggest", "v1")),
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[played_series.Played]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        patch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
        yield played_series.make(tmp_path_factory.mktemp("played"))


def hold(played: played_series.Played, name: str, code: int, words: tuple[str, ...]) -> None:
    done = played.run(*words, "--json", "-")
    assert done.returncode == code, done.stderr
    places = {str(played.directory): "{project}"}
    golden.hold(f"json/guest/{name}.json", golden.normal_json(done.stdout, places, KEYS))


@pytest.mark.parametrize("name", CASES)
def test_json_is_as_it_was(played: played_series.Played, name: str) -> None:
    hold(played, name, *CASES[name])


def test_status_shows_what_was_tested(played: played_series.Played) -> None:
    assert played.run("test", *EVERY, "--quiet").returncode == 1
    hold(played, "status", 0, ("status",))


def test_figures_are_compared_with_saved_ones(played: played_series.Played) -> None:
    assert played.run("bench", "v1", "--save", "--quiet").returncode == 0
    hold(played, "bench-against", 0, ("bench", "v5", "--against", "v1"))


def test_a_difference_knows_behaviour_cost_and_coverage(played: played_series.Played) -> None:
    assert played.run("test", "v1", "v5", "--quiet").returncode == 0
    assert played.run("bench", "v1", "v5", "--save", "--quiet").returncode == 0
    assert played.run("coverage", "v5", "--quiet").returncode == 1
    hold(played, "diff", 0, ("diff", "v1", "v5"))


def test_bisect_shows_what_is_known(played: played_series.Played) -> None:
    assert played.run("test", "v2", "--by-task", "--quiet").returncode == 1
    hold(played, "bisect", 0, ("bisect", "toy.two", "v1", "v2"))


def test_junit_is_as_it_was(played: played_series.Played) -> None:
    done = played.run("test", *EVERY, "--junit", "-", "--quiet")
    assert done.returncode == 1, done.stderr
    text = golden.normal(done.stdout, {str(played.directory): "{project}"})
    text = re.sub(r'(?<= time=")[^"]+', "0", text)
    golden.hold("junit/test.xml", text.replace("><", ">\n<"))


def test_no_json_is_left_over() -> None:
    names = (*CASES, "status", "bench-against", "bisect", "diff")
    golden.none_is_left_over("junit", ["test.xml"])
    golden.none_is_left_over("json/guest", (f"{name}.json" for name in names))
