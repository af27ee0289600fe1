# SPDX-License-Identifier: GPL-2.0-or-later
"""What is left of a matrix, from what earlier runs took."""

from __future__ import annotations

from dataclasses import replace

from sample_reports import FINE
from toy import Toy

from refseries.kernel.model import Config
from refseries.model import Target
from refseries.series import apply
from refseries.testing import remaining, runs
from refseries.testing.lab import Lab
from refseries.testing.model import Run
from refseries.testing.remaining import Progressed, Took

V1, V2 = Target("v1"), Target("v2")
CONFIG = Config("default", "arm64", (), boot=True)


def lab(toy: Toy) -> Lab:
    return Lab(toy.series(), toy.base(), toy.cache, 2)


def keep(toy: Toy, target: Target, **seconds: float) -> None:
    tree = apply.apply(toy.series(), toy.base(), target, toy.cache).tree
    run = Run(target, "default", "arm64", FINE, seconds=seconds)
    runs.remember(toy.cache, toy.series().home, run, tree)


def test_nothing_is_told_before_anything_was_run(toy: Toy) -> None:
    assert remaining.expected(lab(toy), (V1, V2), (CONFIG,)) is None


def test_what_is_built_is_not_built_again_and_a_new_one_takes_as_long(toy: Toy) -> None:
    keep(toy, V1, build=300.0, boot=2.0, test=40.0)
    found = remaining.expected(lab(toy), (V1, V2), (CONFIG,))
    assert found == {(V1, "default"): Took(0.0, 42.0), (V2, "default"): Took(300.0, 42.0)}
    again = remaining.expected(replace(lab(toy), rebuild=True), (V1,), (CONFIG,))
    assert again == {(V1, "default"): Took(300.0, 42.0)}
    often = remaining.expected(lab(toy), (V1,), (CONFIG,), rounds=50)
    assert often == {(V1, "default"): Took(0.0, 50 * 42.0)}
    other = replace(CONFIG, name="debug")
    assert remaining.expected(lab(toy), (V1,), (CONFIG, other)) is None


def test_a_build_that_was_there_keeps_what_it_once_took(toy: Toy) -> None:
    keep(toy, V1, build=300.0, test=40.0)
    keep(toy, V1, build=0.1, test=30.0)
    latest = runs.latest(toy.cache, toy.series().home, V1, "default")
    assert latest is not None
    assert latest.seconds == {"build": 300.0, "test": 30.0}


def test_what_an_older_refseries_kept_is_read_and_tells_nothing(toy: Toy) -> None:
    keep(toy, V1, build=300.0)
    (path,) = (toy.cache / toy.series().home / "latest").iterdir()
    text = path.read_text()
    start = text.index(',\n "seconds": {\n  "build"')
    path.write_text(text[:start] + "\n}")
    assert runs.latest(toy.cache, toy.series().home, V1, "default") is not None
    assert remaining.expected(lab(toy), (V1,), (CONFIG,)) is None


def test_builds_add_up_and_boots_go_beside_each_other() -> None:
    took = {(V1, "c"): Took(100.0, 40.0), (V2, "c"): Took(100.0, 40.0)}
    assert remaining.left(took, {}, 2) == 240.0
    half = {(V1, "c"): Progressed("build", 60.0)}
    assert remaining.left(took, half, 2) == 180.0
    tested = {(V1, "c"): Progressed("test", 10.0), (V2, "c"): Progressed("build", 500.0)}
    assert remaining.left(took, tested, 1) == 70.0  # a build that takes longer owes nothing
    done = {(V1, "c"): Progressed("done"), (V2, "c"): Progressed("done")}
    assert remaining.left(took, done, 2) == 0.0


def test_less_than_a_minute_is_not_told() -> None:
    assert remaining.in_words(59.0) == ""
    assert remaining.in_words(240.0) == "about 4 min left, as earlier runs took"
    assert remaining.in_words(7200.0) == "about 2.0 h left, as earlier runs took"
