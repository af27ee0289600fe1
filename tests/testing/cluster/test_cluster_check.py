# SPDX-License-Identifier: GPL-2.0-or-later
"""The compile matrix of ``check`` on workers: configs are compiled at once, each in one place."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
import toy as toys
from recorded_progress import heard

from refseries.check import catalogue, run
from refseries.check.model import CheckOutcome, CheckReport
from refseries.kernel.model import Config, Fragment
from refseries.model import Target
from refseries.testing.cluster import serve
from refseries.testing.lab import Lab

MAKE = Path(__file__).parents[2] / "check" / "fake_make.sh"
CONFIGS = {
    name: Config(
        name, "x86_64", (Fragment("x.config", f"CONFIG_{name.upper()}=y\n"),), False, ("prepare",)
    )
    for name in ("one", "two")
}


@pytest.fixture
def fake(toy: toys.Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A make that is a script, for workers as well."""
    fake = tmp_path / "fake"
    fake.mkdir()
    (fake / "make").symlink_to(MAKE)
    for name, value in (
        ("PATH", f"{fake}:{os.environ['PATH']}"),
        ("FAKE", str(fake)),
        ("REFSERIES_CLUSTER_KEYS", str(tmp_path / "keys")),
        *toy.environ.items(),
    ):
        monkeypatch.setenv(name, value)
    return fake


def check(lab: Lab) -> tuple[CheckReport, list[str]]:
    """The report, with what was said meanwhile."""
    checks = catalogue.select(catalogue.checks(CONFIGS), ["compile"])
    said: list[str] = []
    request = run.CheckRequest(lab, CONFIGS, (Target("v9"),), checks, say=heard(said))
    return run.run(request, lambda _outcome: None), said


def told(report: CheckReport) -> list[CheckOutcome]:
    return [replace(each, seconds=0.0) for each in report.outcomes]


def test_configs_are_compiled_beside_each_other(toy: toys.Toy, fake: Path, tmp_path: Path) -> None:
    toy.version_of(
        (toys.ADA, "mm: one\n", {"mm/memory.c": toys.lines((5, b"int a; /* WARN */"))}),
        (toys.ADA, "mm: two\n", {"mm/memory.c": toys.lines((6, b"int b;"))}),
    )
    here = Lab(toy.series(), toy.base(), tmp_path / "here", jobs=1)
    there = Lab(toy.series(), toy.base(), tmp_path / "there", jobs=1)
    workers = tmp_path / "workers"
    wanted = serve.ServeRequest(
        2, 1, "127.0.0.1", 0, tmp_path / "logs", {"REFSERIES_CACHE": str(workers)}
    )
    with serve.serving(wanted) as served:
        found, said = check(replace(there, cluster=served.address))
    assert told(found) == told(check(here)[0])
    assert any(each.findings for each in found.outcomes)
    assert "compiling: 6 of 6 states" in said
    # Nothing was left for the checks to ask for one by one.
    assert not [text for text in said if text.endswith((", base", ".patch"))]
    places = [path.relative_to(workers).parts for path in workers.glob("*/*/*/check/src/o-*")]
    assert sorted(place[-1] for place in places) == ["o-one", "o-two"]
    assert len({place[1] for place in places}) == 2
