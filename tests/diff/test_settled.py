# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of the review, and of the cost, on the way from one state to another."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import toy as toys
from msgspec.structs import replace

from refseries.bench import measurements
from refseries.bench.figures import Figure, FigureVerdict, Name
from refseries.bench.measurements import Measurement, Origin
from refseries.diff import compare, cost, settled, side, text
from refseries.diff.cost import Cost
from refseries.diff.side import Side
from refseries.model import Identity
from refseries.review import store as reviews
from refseries.review.model import Kind, Review, State, Task

ADA = Identity("Ada Reader", "ada@example.org")
DENSE, HALF, MAPS = Name("read", "toy", "dense"), Name("read", "toy", "half"), Name("map", "a", "b")


def task(number: int, **fields: object) -> Task:
    made = Task(
        id=f"v1-ada-{number}",
        kind=Kind.CHANGE,
        state=State.OPEN,
        summary=f"Point {number}",
        reviewer=ADA,
    )
    return replace(made, **fields)


def done(number: int, fixup: str = "") -> Task:
    return task(number, state=State.SETTLED, settled_in="v2", fixup=fixup)


@pytest.fixture
def reviewed(toy: toys.Toy) -> toys.Toy:
    """v1 was reviewed: two points are settled by fixups of v2, one by v2, one is open."""
    points = (done(1, "two-toys"), task(2), done(3), done(4, "small-toy"))
    date = datetime(2026, 11, 2, tzinfo=UTC)
    reviews.save(
        toy.series(), Review(name="v1-ada", version="v1", reviewer=ADA, date=date, tasks=points)
    )
    return toy


def sides(toy: toys.Toy, *names: str) -> list[Side]:
    return [side.find(toy.series(), toy.base(), name, toy.cache) for name in names]


@pytest.mark.parametrize(
    ("old", "new", "numbers"),
    [
        ("v1", "v2", "413"),
        ("base", "v2", "413"),
        ("v1", "v2:small-toy", "4"),
        ("v2:small-toy", "v2:two-toys", "1"),
        ("v2:two-toys", "v2", "3"),
        ("v2", "v1", ""),
        ("v2", "v2", ""),
        ("v1", "master", ""),
    ],
)
def test_tasks_are_settled_where_their_fixup_stands(
    reviewed: toys.Toy, old: str, new: str, numbers: str
) -> None:
    found = settled.between(reviewed.series(), *sides(reviewed, old, new))
    assert "".join(each.id[-1] for each in found) == numbers


def keep(toy: toys.Toy, name: str, *figures: Figure, tree: str = "") -> None:
    at = tree or sides(toy, name)[0].tree
    origin = Origin(at, "default", "gcc", "qemu", "0" * 32)
    measurements.save(toy.series(), Measurement(name, origin, figures))


def figure(name: Name, value: float, spread: float = 0.0) -> Figure:
    return Figure(name, value, "instructions/page", spread, 3)


def compared(toy: toys.Toy, old: str = "v1", new: str = "v2") -> Cost | None:
    return cost.between(toy.series(), *sides(toy, old, new))


def test_the_figures_of_both_are_compared(toy: toys.Toy) -> None:
    keep(toy, "v1", figure(DENSE, 1000), figure(HALF, 1000), figure(MAPS, 0))
    keep(toy, "v2", figure(DENSE, 2100), figure(HALF, 500), figure(MAPS, 8))
    found = compared(toy)
    assert found is not None
    assert text.what_it_costs(found) == (
        (
            FigureVerdict.BETTER,
            "1 better, most read.toy.half 1,000 → 500 instructions/page (-50 %)",
        ),
        (
            FigureVerdict.WORSE,
            "2 worse, most read.toy.dense 1,000 → 2,100 instructions/page (+110 %)",
        ),
    )


def test_figures_that_are_missing_or_of_another_tree_are_asked_for(toy: toys.Toy) -> None:
    keep(toy, "v1", figure(DENSE, 1000))
    assert compared(toy) is None  # nothing could make the others
    (toy.project / "kernel-tests/bench").mkdir(parents=True)
    assert compared(toy) == Cost(missing="refseries bench v2 --save")
    keep(toy, "v1", figure(DENSE, 1000), tree="e" * 40)
    assert compared(toy) == Cost(missing="refseries bench v1 v2 --save")


@pytest.mark.parametrize(("old", "new"), [("v1", "v2:small-toy"), ("v1", "master"), ("v1", "v1")])
def test_only_versions_that_differ_have_a_cost(toy: toys.Toy, old: str, new: str) -> None:
    assert compared(toy, old, new) is None


def test_both_are_told_by_mail_and_to_programs(reviewed: toys.Toy) -> None:
    keep(reviewed, "v1", figure(DENSE, 1000))
    keep(reviewed, "v2", figure(DENSE, 500))
    old, new = sides(reviewed, "v1", "v2")
    found = compare.between(reviewed.base(), old, new)
    tasks = settled.between(reviewed.series(), old, new)
    mail = text.as_mail(found, (), tasks, compared(reviewed))
    assert "- Point 4 (Ada Reader)\n- Point 1 (Ada Reader)\n- Point 3 (Ada Reader)\n" in mail
    assert "Cost of v2 against v1, figures:\n\n- 1 better, most read.toy.dense" in mail
    data = text.as_json(found, (), tasks, compared(reviewed))
    assert [each["id"] for each in data["settled"]] == ["v1-ada-4", "v1-ada-1", "v1-ada-3"]
    assert data["cost"]["figures"][0] == {
        "name": "read.toy.dense", "unit": "instructions/page", "before": 1000.0, "after": 500.0,
        "verdict": "better",
    }  # fmt: skip
    assert text.as_json(found)["cost"] is None
