# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from dataclasses import replace

from reviews import make
from toy import Toy

from refseries.model import Run, StageOutcome, Target
from refseries.review import states, status
from refseries.series import apply
from refseries.testing import runs


def test_what_to_do_next_is_the_worst_first(toy: Toy) -> None:
    series, base = toy.series(), toy.base()
    review = make()
    answered = replace(
        review, tasks=(review.tasks[0], states.answer(review.tasks[1], "No."), review.tasks[2])
    )

    def following(*, base_is_here: bool = True, **more: object) -> str:
        here = base if base_is_here else None
        found = status.of(series, here, ("default",), toy.cache, **more)  # type: ignore[arg-type]
        return found.next_step

    assert following(base_is_here=False).startswith("refseries test --all-versions: nothing")
    assert following(broken=("v1-ada-1",)).startswith("refseries feedback verify v1-ada-1: ")
    assert following(reviews=(review,)).startswith("refseries test v1: it has not been tested")
    for name in ("v1", "v2"):
        tree = apply.apply(series, base, Target(name), toy.cache).tree
        run = Run(Target(name), "default", "arm64", {"build": StageOutcome.PASS}, as_expected=True)
        runs.remember(toy.cache, series.name, run, tree)
    assert (
        following(reviews=(review,)) == "refseries feedback show v1-ada-2: Ada Löwe waits for it."
    )
    assert following(reviews=(answered,)).startswith("nothing: ")
    assert following().startswith("nothing: ")
