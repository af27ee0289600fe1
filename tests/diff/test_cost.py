# SPDX-License-Identifier: GPL-2.0-or-later
"""What two versions cost beside each other, from figures that are of them as they stand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs
from sample_measurements import V1, V2, figure
from toy import Toy

from refseries.bench import figures, measurements
from refseries.bench.measurements import Measurement
from refseries.diff import cost, side
from refseries.diff.side import Side


def test_figures_of_other_patches_or_of_another_state_are_not_compared(toy: Toy) -> None:
    (toy.project / "kernel-tests/bench").mkdir(parents=True)
    series = toy.series()

    def find(name: str) -> Side:
        return side.find(series, toy.base(), name, toy.cache)

    def of(measured: Measurement, tree: str) -> Measurement:
        return replace(measured, origin=structs.replace(measured.origin, tree=tree))

    old, new = find("v1"), find("v2")
    measurements.save(series, of(V1, old.tree), V2)
    assert cost.between(series, old, new) == cost.Cost(missing="refseries bench v2 --save")
    measurements.save(series, of(V2, new.tree))
    found = cost.between(series, old, new)
    assert found is not None
    assert found.differences
    assert cost.between(series, old, find("v2:small-toy")) is None


@pytest.mark.parametrize("key", ["config", "toolchain", "qemu", "program"])
def test_figures_taken_in_another_way_are_not_compared(toy: Toy, key: str) -> None:
    (toy.project / "kernel-tests/bench").mkdir(parents=True)
    series = toy.series()
    old, new = (side.find(series, toy.base(), name, toy.cache) for name in ("v1", "v2"))
    now = replace(V2, origin=structs.replace(V2.origin, tree=new.tree))
    measurements.save(
        series,
        replace(V1, origin=structs.replace(V1.origin, **{"tree": old.tree, key: "other"})),
        now,
    )
    assert cost.between(series, old, new) == cost.Cost(missing="refseries bench v1 v2 --save")


def test_what_is_not_all_saved_is_not_a_hundred_per_cent() -> None:
    (found,) = figures.compare_all([figure("read.toy.dense", 1000)], [figure("read.toy.dense", 3)])
    assert cost.in_words(found) == "read.toy.dense 1,000 → 3 instructions/page (-99 %)"
