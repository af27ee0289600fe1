# SPDX-License-Identifier: GPL-2.0-or-later
"""Which build a free worker is given."""

from __future__ import annotations

from refseries.testing.cluster.placement import FROM_NOTHING, BuildQueue


class Place:
    """Workers by letter; builds as ``group`` and number."""

    def __init__(self, workers: str) -> None:
        self.there = set(workers)
        self.queue: BuildQueue[str] = BuildQueue(lambda address, _build: address in self.there)

    def put(self, group: str, count: int, *, single: bool = False) -> None:
        for number in range(count):
            self.queue.put(f"{group}{number}", group, single=single)

    def give(self, workers: str) -> list[str | None]:
        return [self.queue.next(worker) for worker in workers]


def test_workers_spread_over_the_build_directories_and_stay_there() -> None:
    place = Place("abcd")
    place.put("x", 4)
    place.put("y", 4)
    assert place.give("abcd") == ["x0", "y0", "x1", "y1"]
    assert place.give("dcba") == ["y2", "x2", "y3", "x3"]
    assert place.give("a") == [None]


def test_who_has_the_build_directory_goes_on_in_it() -> None:
    place = Place("ab")
    place.put("x", 2)
    place.put("y", 2)
    place.queue.warm("y", "a")
    assert place.give("aa") == ["y0", "y1"]


def test_a_few_builds_are_left_to_who_has_the_directory() -> None:
    place = Place("ab")
    place.queue.warm("x", "a")
    place.put("x", int(FROM_NOTHING) - 1)
    assert place.give("b") == [None]
    place.put("x", 1)
    assert place.give("b") == ["x0"]


def test_how_long_a_build_from_nothing_takes_is_learned() -> None:
    place = Place("ab")
    place.put("x", 5)
    assert place.give("a") == ["x0"]
    place.queue.built("x", "a", 60.0)
    assert place.give("a") == ["x1"]
    place.queue.built("x", "a", 20.0)
    assert place.give("b") == ["x2"]  # three wait, which the other one did in a minute
    assert place.give("a") == ["x3"]
    place.there.add("c")
    assert place.give("c") == [None]


def test_a_directory_in_which_a_build_has_only_begun_is_none() -> None:
    place = Place("ab")
    place.put("x", 3)
    place.queue.meet("a", ())
    assert place.give("a") == ["x0"]
    place.queue.meet("a", ("x",))
    assert place.give("b") == ["x1"]
    place.queue.built("x", "a", 60.0)
    place.queue.built("x", "b", 60.0)
    assert place.give("a") == ["x2"]


def test_what_only_a_lost_worker_had_is_begun_by_another() -> None:
    place = Place("ab")
    place.queue.warm("x", "a")
    place.put("x", 1)
    place.there.remove("a")
    assert place.give("b") == ["x0"]


def test_one_worker_alone_does_what_goes_on_from_build_to_build() -> None:
    place = Place("ab")
    place.put("x", 3, single=True)
    place.put("y", 2, single=True)
    assert place.give("abba") == ["x0", "y0", "y1", "x1"]
    assert place.give("b") == [None]
    place.there.remove("a")
    place.queue.put_back("x1", "x")
    assert place.give("bb") == ["x1", "x2"]


def test_who_lacks_the_tools_is_given_nothing() -> None:
    place = Place("a")
    place.put("x", 1)
    assert place.give("b") == [None]
    assert place.queue.first() == "x0"
