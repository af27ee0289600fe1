# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures kept, compared with later, and written into a document."""

from dataclasses import replace
from pathlib import Path

import pytest
import toy as toys
from msgspec import structs
from sample_measurements import V1, V2, WORDS, figure

from refseries.bench import keeping, measurements
from refseries.bench.measurements import Measurement
from refseries.bench.run import BenchOutcome
from refseries.errors import SeriesError
from refseries.model import Target
from refseries.series import apply
from refseries.testing.lab import Lab


def outcome(measurement: Measurement, *problems: str) -> BenchOutcome:
    return BenchOutcome(Target(measurement.version), measurement, problems)


def test_only_what_is_good_is_saved(toy: toys.Toy) -> None:
    series = toy.series()
    unsettled = replace(V1, figures=(*V1.figures, figure("read.toy.odd", 1.0, spread=0.1)))
    assert keeping.save(series, [outcome(unsettled), outcome(V2, "it died")]) == ()
    assert keeping.save(series, [BenchOutcome(Target("v1"), None, ())]) == ()
    assert keeping.save(series, [outcome(V1)]) == (measurements.path_of(series, "v1"),)
    assert keeping.kept(series, "v1") == V1


def test_what_was_never_saved_is_told_with_the_command(toy: toys.Toy) -> None:
    with pytest.raises(SeriesError, match="no figures of v2") as caught:
        keeping.kept(toy.series(), "v2")
    assert "refseries bench v2 --save" in caught.value.hint
    with pytest.raises(SeriesError, match="no version"):
        keeping.kept(toy.series(), "../v2")


def test_stale_figures_are_doubted(toy: toys.Toy) -> None:
    series, base = toy.series(), toy.base()
    lab = Lab(series, base, toy.cache, 1)
    tree = apply.apply(series, base, Target("v1"), toy.cache).tree
    fresh = replace(V1, origin=structs.replace(V1.origin, tree=tree))
    assert keeping.doubts(lab, fresh, [outcome(V2)]) == ""
    assert "with another tree:" in keeping.doubts(lab, V1, [outcome(V2)])
    later = replace(V2, origin=structs.replace(V2.origin, qemu="QEMU 9"))
    assert "with another qemu:" in keeping.doubts(lab, fresh, [outcome(later)])


def test_a_document_and_its_picture_are_written(toy: toys.Toy) -> None:
    series = toy.series()
    tests = toy.project / "kernel-tests"
    tests.mkdir()
    (tests / "expectations.toml").write_text("schema = 1\n")
    path = toy.project / "cost.md"
    path.write_text("# Cost\n<!-- refseries bench: figures -->\n<!-- end -->\n")
    with pytest.raises(SeriesError, match="no figures are saved"):
        keeping.write_report(series, WORDS, path)
    keeping.save(series, [outcome(V1), outcome(V2)])
    assert keeping.write_report(series, WORDS, path) == (path, path.with_suffix(".svg"))
    assert "| dense | 1,000 | 1,100 | 550 |" in path.read_text()
    assert path.read_text().startswith("# Cost\n")
    assert path.with_suffix(".svg").read_text().startswith("<!-- SPDX")


def test_a_file_that_is_no_document_is_left_alone(toy: toys.Toy) -> None:
    series = toy.series()
    tests = toy.project / "kernel-tests"
    tests.mkdir()
    (tests / "expectations.toml").write_text("schema = 1\n")
    keeping.save(series, [outcome(V1)])
    path: Path = toy.project / "cost.md"
    with pytest.raises(SeriesError, match="cannot be read"):
        keeping.write_report(series, WORDS, path)
    path.write_text("nothing\n")
    with pytest.raises(SeriesError, match="no place"):
        keeping.write_report(series, WORDS, path)
    assert path.read_text() == "nothing\n"
    assert not path.with_suffix(".svg").exists()
