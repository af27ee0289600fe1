# SPDX-License-Identifier: GPL-2.0-or-later
"""The bench for real: a real kernel, the real QEMU, the real program, through the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from refseries.bench.figures import is_unit, parse_name

ROOT = Path(__file__).resolve().parents[2]
# As the user has it, with the cache of the main job.
ENVIRON = dict(os.environ)

pytestmark = pytest.mark.main_job


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What ``refseries bench v3`` measures, by name; and the screen under ``screen``."""
    path = tmp_path_factory.mktemp("bench") / "v3.json"
    done = subprocess.run(
        [sys.executable, "-m", "refseries", "bench", "v3", "--json", str(path), "--quiet"],
        cwd=ROOT, env=ENVIRON, capture_output=True, text=True, timeout=3000, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    (version,) = json.loads(path.read_text())["versions"]
    found = {figure["name"]: figure for figure in version["figures"]}
    assert len(found) == len(version["figures"])
    return {**found, "screen": done.stdout}


def value(figures: dict[str, Any], name: str) -> float:
    number: float = figures[name]["value"]
    return number


def test_every_figure_is_there_and_settled(figures: dict[str, Any]) -> None:
    measured = {name: figure for name, figure in figures.items() if name != "screen"}
    assert len(measured) == 118
    for name, figure in measured.items():
        assert parse_name(name), name
        assert is_unit(figure["unit"]), figure
        assert figure["settled"], figure
        assert figure["repeats"] == 3, figure


def test_boots_agree_to_the_last_instruction_but_for_a_few(figures: dict[str, Any]) -> None:
    measured = [figure for name, figure in figures.items() if name != "screen"]
    assert sum(figure["spread"] > 0.0005 for figure in measured) <= len(measured) / 10


def test_a_store_costs_more_than_a_load_and_both_together_more_than_a_store(
    figures: dict[str, Any],
) -> None:
    for memory in ("anon", "refpage"):
        read, write, both = (
            value(figures, f"{operation}.{memory}.dense")
            for operation in ("read", "write", "read_write")
        )
        assert 500 < read < write < both < read + write + 500


def test_filling_again_costs_no_fault(figures: dict[str, Any]) -> None:
    again, fresh = value(figures, "fill_again.memset.dense"), value(figures, "write.memset.dense")
    assert again < 500 < fresh
    assert value(figures, "write.anon.dense") < fresh


def test_memory_is_counted_to_the_page(figures: dict[str, Any]) -> None:
    for pattern, pages in (("sparse", 1), ("half", 500), ("dense", 1000), ("one16", 63)):
        assert value(figures, f"rss_written.refpage.{pattern}") == 4 * pages
    assert value(figures, "max_rss.memset.sparse") == 4000
    # The anonymous style of v3 counts no page that was only read.
    assert value(figures, "rss_read.refpage.dense") == 0


def test_it_has_the_shape_of_the_published_table(figures: dict[str, Any]) -> None:
    saved = [
        1 - value(figures, f"round.refpage.{pattern}") / value(figures, f"round.memset.{pattern}")
        for pattern in ("sparse", "half", "dense")
    ]
    assert saved[0] > 0.99
    assert 0.4 < saved[1] < 0.7
    assert saved[2] < 0.2


def test_the_screen_fits_and_says_what_is_counted(figures: dict[str, Any]) -> None:
    lines = figures["screen"].splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Instructions counted under QEMU")
