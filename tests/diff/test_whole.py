# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import pytest
from toy import Toy

from refseries.diff import behaviour, compare, cost, settled, side, whole
from refseries.errors import SeriesError


def test_all_parts_are_of_the_same_two_states(toy: Toy) -> None:
    (toy.project / "kernel-tests/bench").mkdir(parents=True)
    series, base = toy.series(), toy.base()
    found = whole.between(series, base, ("v1", "v2"), toy.cache, 200)
    old, new = (side.find(series, base, name, toy.cache) for name in ("v1", "v2"))
    assert found.difference == compare.between(base, old, new, 200)
    assert found.difference
    assert found.behaviour == behaviour.between(series, toy.base(), old, new, toy.cache)
    assert found.settled == settled.between(series, old, new)
    assert found.cost == cost.between(series, old, new)
    assert found.cost is not None


def test_of_two_states_that_are_not_there_the_first_is_named(toy: Toy) -> None:
    with pytest.raises(SeriesError, match="`v8`"):
        whole.between(toy.series(), toy.base(), ("v8", "v9"), toy.cache)
    with pytest.raises(SeriesError, match="`v9`"):
        whole.between(toy.series(), toy.base(), ("v1", "v9"), toy.cache)
