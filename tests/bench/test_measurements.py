# SPDX-License-Identifier: GPL-2.0-or-later
"""Saved measurements: kept, read strictly, called stale."""

from dataclasses import replace

import pytest
import toy as toys
from msgspec import structs

from refseries.bench import measurements
from refseries.bench.figures import Figure, Name
from refseries.bench.measurements import Measurement, Origin
from refseries.errors import SeriesError
from refseries.kernel.model import Config, Fragment

ORIGIN = Origin(
    tree="1" * 40, config="default", toolchain='gcc "12" (a\\b)', qemu="QEMU 7.2", program="2" * 32
)
FIGURES = (
    Figure(Name("read", "refpage", "dense"), 982.125, "instructions/page", 0.00012, 4),
    Figure(Name("max_rss", "refpage", "dense"), 0.0, "KiB", 0.0, 4),
    Figure(Name("fork_read", "refpage", "dense"), -12.5, "instructions/fork", 0.0, 4),
)
KEPT = Measurement("v1", ORIGIN, FIGURES)


def test_what_is_saved_is_read_again(toy: toys.Toy) -> None:
    series = toy.series()
    (path,) = measurements.save(series, KEPT)
    assert path == toy.project / "series/measurements/v1.toml"
    assert measurements.load(series, "v1") == KEPT


def test_nothing_is_kept_of_a_version_never_saved(toy: toys.Toy) -> None:
    assert measurements.load(toy.series(), "v2") is None


def test_a_figure_stands_on_one_line_of_its_own(toy: toys.Toy) -> None:
    lines = measurements.save(toy.series(), KEPT)[0].read_text().splitlines()
    assert (
        '"read.refpage.dense" = '
        '{value = 982.125, unit = "instructions/page", spread = 0.00012, repeats = 4}'
    ) in lines


def test_saving_again_replaces_and_leaves_nothing_else(toy: toys.Toy) -> None:
    series = toy.series()
    measurements.save(series, KEPT)
    (path,) = measurements.save(series, replace(KEPT, figures=FIGURES[:1]))
    assert measurements.load(series, "v1") == replace(KEPT, figures=FIGURES[:1])
    assert list(path.parent.iterdir()) == [path]


def test_the_series_is_read_as_before(toy: toys.Toy) -> None:
    before = toy.series()
    measurements.save(before, KEPT)
    assert toy.series() == before


def test_a_figure_is_found_by_its_name() -> None:
    assert KEPT.figure("read.refpage.dense") == FIGURES[0]
    assert KEPT.figure("read.anon.dense") is None


def test_each_change_of_what_it_was_made_from_is_named() -> None:
    assert measurements.stale(ORIGIN, ORIGIN) == ()
    assert measurements.stale(ORIGIN, structs.replace(ORIGIN, tree="3" * 40, qemu="9")) == (
        "tree",
        "qemu",
    )


def test_a_config_that_is_made_otherwise_is_another_one_though_its_name_is_the_same() -> None:
    first = Config("default", "arm64", (Fragment("a.config", "CONFIG_MMU=y\n"),), boot=True)
    other = replace(first, fragments=(Fragment("a.config", "CONFIG_KASAN=y\n"),))
    words = {"toolchain": "gcc", "qemu": "9", "program": "2" * 32}
    then, now = (Origin.in_config("1" * 40, each, **words) for each in (first, other))
    assert measurements.stale(then, now) == ("config",)
    assert measurements.stale(then, Origin.in_config("1" * 40, first, **words)) == ()


def test_a_file_that_does_not_say_what_the_config_was_made_of_vouches_for_none(
    toy: toys.Toy,
) -> None:
    (path,) = measurements.save(toy.series(), KEPT)
    assert "options" not in path.read_text()
    read = measurements.load(toy.series(), "v1")
    assert read is not None
    assert measurements.stale(read.origin, structs.replace(ORIGIN, options="4" * 32)) == ("config",)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("schema = 1", "schema = 2", "v1.toml"),
        ('version = "v1"', 'version = "v2"', "v1.toml"),
        ("spread = 0.00012", 'spread = "low"', "spread"),
        ("repeats = 4}", "repeats = 4, more = 1}", "more"),
        ("read.refpage.dense", "read refpage", "figures"),
        ("instructions/page", "seconds", "figures"),
        ("config =", "confih =", "v1.toml"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(
    toy: toys.Toy, old: str, new: str, place: str
) -> None:
    (path,) = measurements.save(toy.series(), KEPT)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(SeriesError) as caught:
        measurements.load(toy.series(), "v1")
    assert place in caught.value.where
