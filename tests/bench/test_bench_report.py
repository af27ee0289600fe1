# SPDX-License-Identifier: GPL-2.0-or-later
"""Measurements as rows, changes and pictures."""

from dataclasses import replace
from xml.etree import ElementTree

from msgspec import structs
from sample_measurements import V1, V2, WORDS, figure, measurement

from refseries.bench import plot, report
from refseries.bench.figures import FigureVerdict
from refseries.report import costs


def values(row: report.CostRow) -> list[float | None]:
    return [each.value if each else None for each in row.figures]


def test_rows_have_the_rivals_and_the_subject_of_each_version() -> None:
    read, _round = report.sections([V1, V2], WORDS)
    assert (read.operation, read.title, read.unit) == ("read", "first load", "instructions/page")
    assert [row.patterns for row in read.rows] == [("sparse",), ("dense",)]
    assert values(read.rows[1]) == [1000, 1100, 550]


def test_what_a_version_lacks_is_absent_and_not_zero() -> None:
    base = measurement("base", read_anon_dense=1000)
    (read,) = report.sections([base, replace(V1, figures=V1.figures[:4])], WORDS)
    assert values(read.rows[1]) == [1000, None, 1100]


def test_names_that_nobody_described_come_last_under_their_own() -> None:
    odd = measurement("v3", odd_toy_queer=1, read_toy_dense=2)
    assert [section.title for section in report.sections([odd], WORDS)] == ["first load", "odd"]


def test_patterns_that_cost_the_same_share_a_row_unless_all_are_wanted() -> None:
    even = measurement("v1", read_toy_sparse=1000, read_toy_dense=1005)
    assert [s.rows[0].patterns for s in report.sections([even], WORDS, full=False)] == [
        ("sparse", "dense")
    ]
    assert len(report.sections([even], WORDS)[0].rows) == 2
    uneven = measurement("v1", read_toy_sparse=1000, read_toy_dense=1015)
    assert len(report.sections([uneven], WORDS, full=False)[0].rows) == 2


def test_an_absent_figure_shares_no_row_with_one_that_is_there() -> None:
    one = measurement("v1", read_toy_sparse=1000)
    two = measurement("v2", read_toy_sparse=1000, read_toy_dense=1000)
    assert len(report.sections([one, two], WORDS, full=False)[0].rows) == 2


def test_changes_go_from_version_to_version_or_from_the_one_named() -> None:
    v3 = replace(V2, version="v3")
    steps = report.changes([V1, V2, v3], None)
    assert [(each.before, each.after) for each in steps] == [("v1", "v2"), ("v2", "v3")]
    steps = report.changes([V1, V2, v3], V1)
    assert [(each.before, each.after) for each in steps] == [("v1", "v2"), ("v1", "v3")]


def test_figures_taken_in_another_way_or_unit_are_no_change() -> None:
    other = replace(V2, origin=structs.replace(V2.origin, qemu="QEMU 8"))
    assert report.changes([V1, other], None) == ()
    assert {line.verdict for line in costs.lines_of((V1, other))} == {""}
    in_kib = replace(V2, figures=tuple(replace(each, unit="KiB") for each in V2.figures))
    (change,) = report.changes([V1, in_kib], None)
    assert change.differences == ()


def test_only_differences_are_told_and_equal_ones_together() -> None:
    (change,) = report.changes([V1, V2], None)
    told = [([str(n) for n in names], first.verdict) for names, first in report.told(change)]
    assert told == [
        (["read.toy.dense"], FigureVerdict.BETTER),
        (["round.toy.sparse", "round.toy.dense"], FigureVerdict.WORSE),
    ]


def test_a_change_from_nothing_stands_alone() -> None:
    before = measurement("v1", rss_toy_sparse=0, rss_toy_dense=0)
    after = measurement("v2", rss_toy_sparse=4, rss_toy_dense=4000)
    (change,) = report.changes([before, after], None)
    assert [len(names) for names, _first in report.told(change)] == [1, 1]


def test_what_is_published_stands_beside_what_is_saved_here() -> None:
    sparse, dense = report.beside(WORDS.published[0], [V1, V2], WORDS)
    assert (sparse.published, sparse.ours) == (0.75, (0.975, 0.9725))
    assert (dense.published, dense.ours) == (-0.25, (-0.25, -0.375))


def test_without_one_of_both_nothing_is_saved() -> None:
    lacking = measurement("v1", round_anon_sparse=4000)
    assert report.beside(WORDS.published[0], [lacking], WORDS)[0].ours == (None,)


def test_only_what_is_wanted_and_measured_is_drawn() -> None:
    (chart,) = report.charts([V1, V2], WORDS)
    assert chart.title == "first load, dense"
    assert [(label, f.value) for label, f in chart.bars] == [
        ("anon", 1000), ("v1", 1100), ("v2", 550),
    ]  # fmt: skip


def test_the_picture_is_xml_whose_bars_are_as_long_as_the_figures() -> None:
    charts = report.charts([V1, V2], WORDS)
    root = ElementTree.fromstring(plot.svg(charts, "<toys> & co", ["anon"]))
    bars = [e for e in root.iter("{http://www.w3.org/2000/svg}rect") if e.get("height") == "14"]
    widths = [float(bar.get("width", "0")) for bar in bars]
    assert widths[1] / widths[2] == 2.0
    assert len({bar.get("fill") for bar in bars}) == 2
    assert root.get("aria-label") == "<toys> & co"


def test_a_picture_of_nothing_and_of_negative_figures_is_one_as_well() -> None:
    ElementTree.fromstring(plot.svg([], "none", []))
    chart = report.Chart("t", "u", (("v1", figure("a.b.c", -5.0)), ("v2", figure("a.b.c", 5.0))))
    drawn = plot.svg([chart], "t", [])
    assert 'width="0.0"' in drawn
    assert 'width="-' not in drawn


def test_json_has_every_figure_and_verdict() -> None:
    data = report.as_json([V1, V2], {"v1": (), "v2": ("it died",)}, report.changes([V1, V2], None))
    assert data["schema"] == 1
    assert data["versions"][1]["figures"][3]["name"] == "read.toy.dense"
    assert data["problems"]["v2"] == ("it died",)
    verdicts = {each["name"]: each["verdict"] for each in data["changes"][0]["figures"]}
    assert verdicts["read.toy.dense"] == "better"
    assert verdicts["read.anon.dense"] == "same"
