# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import dataclasses

from msgspec.structs import replace
from reviews import make
from toy import Toy

from refseries.model import StageOutcome, Target
from refseries.review import states, status
from refseries.series import apply
from refseries.testing import example, runs
from refseries.testing.model import STAGES, CaseResult, Outcome, Run


def test_what_to_do_next_is_the_worst_first(toy: Toy) -> None:
    series, base = toy.series(), toy.base()
    review = make()
    answered = replace(
        review, tasks=(review.tasks[0], states.answer(review.tasks[1], "No."), review.tasks[2])
    )

    def following(*, base_is_here: bool = True, **more: object) -> str:
        here = base if base_is_here else None
        found = status.status_of(series, here, ("default",), toy.cache, **more)  # type: ignore[arg-type]
        return found.next_step

    assert following(base_is_here=False).startswith("refseries test --all-versions: nothing")
    assert following(broken=("v1-ada-1",)).startswith("refseries feedback verify v1-ada-1: ")
    assert following(reviews=(review,)).startswith(
        "refseries test --all-versions: 2 versions have not"
    )
    for name in ("v1", "v2"):
        if name == "v2":
            assert following().startswith("refseries test v2: it has not been tested")
        tree = apply.apply(series, base, Target(name), toy.cache).tree
        run = Run(Target(name), "default", "arm64", {"build": StageOutcome.PASS}, as_expected=True)
        runs.remember(toy.cache, series.name, run, tree)
    assert (
        following(reviews=(review,)) == "refseries feedback show v1-ada-2: Ada Löwe waits for it."
    )
    assert (
        following(reviews=(answered,))
        == following()
        == (
            "refseries export v2: every version was tested as it stands and came out as expected, "
            "and v2 is not sent yet."
        )
    )
    taken = replace(review, version="v2", tasks=(), taken="Applied, thanks.")
    assert following(reviews=(taken,)).startswith("nothing: ")


def test_one_sentence_says_where_the_newest_version_stands(toy: Toy) -> None:
    series, base = toy.series(), toy.base()
    review = make()

    def sentence(**more: object) -> str:
        found = status.status_of(series, base, ("default", "debug"), toy.cache, **more)  # type: ignore[arg-type]
        return status.sentence(found)

    def keep(config: str, *, good: bool) -> None:
        tree = apply.apply(series, base, Target("v2"), toy.cache).tree
        stage = StageOutcome.PASS if good else StageOutcome.BUILD_FAILED
        run = Run(Target("v2"), config, "arm64", {"build": stage}, as_expected=good)
        runs.remember(toy.cache, series.home, run, tree)

    assert sentence() == "v2 is not sent yet and has not been tested as it stands."
    answered = replace(review, version="v2", tasks=())
    assert sentence(reviews=(answered,)).startswith("v2 was reviewed and has not")
    keep("default", good=True)
    assert sentence(reviews=(review,)) == (
        "v2 is not sent yet and has not been tested as it stands in debug; 1 task is open."
    )
    keep("debug", good=True)
    assert sentence(reviews=(review,), broken=("v1-ada-1",)) == (
        "v2 is not sent yet and came out as expected in default and debug; 1 task is open, "
        "and 1 is called settled and is not."
    )
    keep("debug", good=False)
    taken = replace(review, version="v2", tasks=(), taken="Applied, thanks.")
    assert sentence(reviews=(taken,)) == (
        "v2 was taken (Ada Löwe, 2026-11-21) and did NOT come out as expected in debug."
    )
    empty = status.status_of(dataclasses.replace(series, versions=()), base, (), toy.cache)
    assert status.sentence(empty) == "It has no version yet."


def test_the_example_of_init_is_not_taken_for_a_test_of_the_series(toy: Toy) -> None:
    series, base = toy.series(), toy.base()
    for version in ("v1", "v2"):
        tree = apply.apply(series, base, Target(version), toy.cache).tree
        stages = dict.fromkeys(STAGES, StageOutcome.PASS)
        results = (CaseResult(example.CASE, Outcome.PASS),)
        run = Run(Target(version), "default", "arm64", stages, results=results, as_expected=True)
        runs.remember(toy.cache, series.home, run, tree)
    found = status.status_of(series, base, ("default",), toy.cache)
    assert status.sentence(found) == (
        "v2 is not sent yet and boots in default, where init's example alone was run."
    )
    assert found.next_step == (
        "write tests of your own in kernel-tests/: init's example tests nothing of the series."
    )
