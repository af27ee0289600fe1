# SPDX-License-Identifier: GPL-2.0-or-later
"""The screen of ``refseries bench``, and its wrong uses; what it measures: tests/bench/."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

from rich.console import Console
from sample_measurements import V1, V2, WORDS, figure, measurement
from toy import Toy

from refseries.bench import report
from refseries.bench.measurements import Measurement
from refseries.bench.run import BenchOutcome
from refseries.cli import bench_view
from refseries.host import proc
from refseries.model import Target

Run = Callable[..., proc.Completed]


def shown(*measured: Measurement, problem: str = "", full: bool = False) -> str:
    problems = (problem,) if problem else ()
    outcomes = [BenchOutcome(Target(each.version), each, problems) for each in measured]
    console = Console(file=io.StringIO(), width=80, highlight=False, markup=False)
    changed = report.changes(measured, None)
    bench_view.show(console, outcomes, WORDS, changed, full=full)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_figures_changes_and_what_was_published_fit_in_80_columns() -> None:
    text = shown(V1, V2)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert "anon        v1        v2" in text
    assert " dense                   1,000     1,100       550" in lines
    assert any(line.split() == ["dense", "4", "5", "-25.0%", "-25.0%", "-37.5%"] for line in lines)
    assert "1,100 → 550" in text
    assert "better" in text
    assert "seconds" in text


def test_bars_are_as_long_as_their_figures() -> None:
    bars = {line.split()[0]: line.count("█") for line in shown(V1, V2).splitlines() if "█" in line}
    assert bars == {"anon": 45, "v1": 50, "v2": 25}


def test_four_versions_fit_and_a_fifth_begins_a_new_table() -> None:
    versions = [replace(V1, version=f"v{number}") for number in range(1, 6)]
    text = shown(*versions)
    assert text.count("Instructions counted") == 2
    table = text.partition("first load, dense")[0]
    assert max(map(len, table.splitlines())) <= 80


def test_long_rows_of_patterns_are_shortened_unless_all_are_wanted() -> None:
    same = {f"read_toy_pattern{number}": 1.0 for number in range(4)}
    found = measurement("v1", read_toy_sparse=5.0, **same)
    assert " pattern0 and 3 more " in shown(found)
    assert " pattern3 " in shown(found, full=True)


def test_what_is_wrong_is_said_without_escapes() -> None:
    text = shown(V1, problem="it\x1b[2J died")
    assert "v1: it?[2J died" in text
    assert "\x1b" not in text


def test_an_unsettled_figure_is_marked_and_told() -> None:
    shaky = replace(V1, figures=(figure("read.toy.dense", 1000.0, spread=0.02),))
    text = shown(shaky)
    assert "~1,000" in text
    assert "v1: read.toy.dense is not settled: its 3 boots are 2.00% apart, 0.5% may be" in text


def test_wrong_uses_are_told(toy: Toy, refseries: Run) -> None:
    (toy.project / "kernel-tests").mkdir()
    (toy.project / "kernel-tests" / "config").write_text("")
    for words, code, what in (
        ([], 2, "say which versions"),
        (["v1", "--all-versions"], 2, "names them already"),
        (["v7"], 2, "no version `v7`"),
        (["v1", "--config", "none"], 2, "no config `none`"),
        (["v1", "--json", "-", "--plot", "-"], 2, "only one document can"),
        (["v1", "--against", "v2"], 2, "no figures of v2 are saved"),
        (["v1"], 2, "kernel-tests/bench/bench.toml: this series has no bench program."),
        (["--report", "x.md"], 2, "kernel-tests/bench/bench.toml"),
    ):
        done = refseries("bench", *words)
        assert (done.returncode, what in done.stderr) == (code, True), (words, done.stderr)
        assert "Traceback" not in done.stderr
