# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries test --kcidb``, and ``report`` behind it: builds are real, guests are played."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import kcidb_io  # type: ignore[import-untyped]
import played_series
import pytest


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[played_series.Played]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        patch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
        yield played_series.make(tmp_path_factory.mktemp("played"))


def test_kernelci_takes_what_the_main_job_writes(played: played_series.Played) -> None:
    done = played.run("test", "--all-versions", "--json", "m.json", "--kcidb", "-", "--quiet")
    assert done.returncode == 1, done.stderr
    data = json.loads(done.stdout)
    kcidb_io.schema.LATEST.validate(data)
    runs = json.loads((played.directory / "m.json").read_text())["runs"]
    applied = [run for run in runs if run["stages"]["apply"] == "pass"]
    assert len(data["checkouts"]) == len({run["version"] for run in runs})
    assert len(data["builds"]) == len(applied)
    cases = Counter(test["misc"]["outcome"] for test in data["tests"] if "name" in test["misc"])
    assert cases == Counter(each["outcome"] for run in runs for each in run["results"])
    for kind in ("checkouts", "builds", "tests"):
        ids = [each["id"] for each in data[kind]]
        assert len(ids) == len(set(ids))


def test_the_page_shows_what_the_main_job_left(played: played_series.Played) -> None:
    done = played.run("report", "--output", "-")
    assert done.returncode == 0, done.stderr
    assert "toy.two" in done.stdout
    assert "never run here" not in done.stdout
    assert "NOT as expected" in done.stdout
