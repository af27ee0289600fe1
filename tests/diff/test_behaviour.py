# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import toy as toys

from refseries.diff import behaviour, compare, side
from refseries.diff.behaviour import Behaviour
from refseries.diff.text import as_json, as_mail
from refseries.model import Splat, StageOutcome, Target
from refseries.testing import runs
from refseries.testing.judges import Judges
from refseries.testing.model import STAGES, CaseResult, Outcome, Run
from refseries.testing.runs import NOTHING_KNOWN, Grounds

PASSED = dict.fromkeys(STAGES, StageOutcome.PASS)
BUILT = PASSED | {"boot": StageOutcome.NOT_RUN, "test": StageOutcome.NOT_RUN}


def case(name: str, outcome: Outcome) -> CaseResult:
    return CaseResult(f"toy.{name}", outcome)


def remember(
    toy: toys.Toy,
    name: str,
    *cases: CaseResult,
    tree: str = "",
    grounds: Grounds = NOTHING_KNOWN,
    **fields: object,
) -> None:
    run = Run(Target(name), "default", "arm64", PASSED, results=cases, initramfs=Path("a.cpio"))
    run = replace(run, **fields)  # type: ignore[arg-type]
    at = tree or side.find(toy.series(), toy.base(), name, toy.cache).tree
    runs.remember(toy.cache, "toy", run, at, grounds)


def behave(toy: toys.Toy, old: str, new: str) -> Behaviour:
    series, base = toy.series(), toy.base()
    sides = [side.find(series, base, name, toy.cache) for name in (old, new)]
    (found,) = behaviour.between(series, toy.base(), sides[0], sides[1], toy.cache)
    return found


def test_what_came_out_differently(toy: toys.Toy) -> None:
    remember(toy, "v1", case("a", Outcome.FAIL), case("b", Outcome.PASS), case("c", Outcome.PASS))
    splat = Splat("bug", "BUG: bad toy", None, "BUG: bad toy")
    remember(toy, "v2", case("a", Outcome.PASS), case("b", Outcome.CRASH), splats=(splat,))
    found = behave(toy, "v1", "v2")
    assert found.changes is not None
    assert found.changes.fixed == ("toy.a",)
    assert found.changes.broke == ("toy.b",)
    assert found.changes.vanished == ("toy.c",)
    assert found.changes.new_splats == ("BUG: bad toy",)
    assert not found.other_tests


def test_without_results_it_says_what_makes_them(toy: toys.Toy) -> None:
    remember(toy, "v1", case("a", Outcome.PASS))
    found = behave(toy, "v1", "v2")
    assert found.changes is None
    assert found.missing == ("refseries test v2 --config default",)


def test_results_of_other_patches_do_not_count(toy: toys.Toy) -> None:
    remember(toy, "v1", case("a", Outcome.PASS))
    remember(toy, "v2", case("a", Outcome.FAIL), tree="0" * 40)
    assert behave(toy, "v1", "v2").changes is None


def test_a_kernel_that_was_only_built_has_shown_nothing(toy: toys.Toy) -> None:
    remember(toy, "v1", case("a", Outcome.PASS))
    remember(toy, "v2", stages=BUILT, initramfs=None)
    assert behave(toy, "v1", "v2").missing == ("refseries test v2 --config default",)


def test_two_compile_only_results_are_compared_by_their_stages(toy: toys.Toy) -> None:
    remember(toy, "v1", stages=BUILT | {"build": StageOutcome.BUILD_FAILED}, initramfs=None)
    remember(toy, "v2", stages=BUILT, initramfs=None)
    found = behave(toy, "v1", "v2").changes
    assert found is not None
    assert found.fixed == ("stage: build",)


def test_a_branch_has_the_results_of_the_version_with_its_tree(toy: toys.Toy) -> None:
    remember(toy, "v1", case("a", Outcome.FAIL))
    remember(toy, "v2", case("a", Outcome.PASS))
    toy.at_base()
    for change in toys.V2:
        toy.commit(change)
    toy.git("branch", "mine")
    found = behave(toy, "v1", "mine").changes
    assert found is not None
    assert (found.after, found.fixed) == ("mine", ("toy.a",))
    toy.git("branch", "other", "master")
    assert behave(toy, "v1", "other").missing == ("refseries test other --config default",)
    toy.git("branch", "my$other", "other")
    assert behave(toy, "v1", "my$other").missing == ("refseries test 'my$other' --config default",)


def test_results_of_other_tests_or_options_than_those_of_now_are_named(toy: toys.Toy) -> None:
    now = Judges.load(toy.project).grounds(Target("v1"), "default", booted=True)
    remember(toy, "v1", case("a", Outcome.PASS), grounds=now)
    remember(toy, "v2", case("a", Outcome.PASS), grounds=replace(now, options="others"))
    found = behave(toy, "v1", "v2")
    assert found.changes is not None
    assert found.outdated == ("v2",)
    remember(toy, "v1", case("a", Outcome.PASS), grounds=replace(now, tests="others"))
    assert behave(toy, "v1", "v2").outdated == ("v1", "v2")


def test_other_selftests_are_told(toy: toys.Toy) -> None:
    remember(toy, "v1", case("a", Outcome.PASS))
    remember(toy, "v2", case("a", Outcome.PASS), initramfs=Path("b.cpio"))
    assert behave(toy, "v1", "v2").other_tests


def test_the_same_tree_has_no_difference_in_behaviour(toy: toys.Toy) -> None:
    series, base = toy.series(), toy.base()
    one, other = (side.find(series, base, n, toy.cache) for n in ("v2", "v2:two-toys"))
    assert behaviour.between(series, toy.base(), one, other, toy.cache) == ()


def test_as_text_and_json(toy: toys.Toy) -> None:
    names = [f"a_case_with_a_long_name_{n}" for n in range(9)]
    remember(toy, "v1", *(case(name, Outcome.FAIL) for name in names))
    remember(toy, "v2", *(case(name, Outcome.PASS) for name in names))
    series, base = toy.series(), toy.base()
    old, new = (side.find(series, base, name, toy.cache) for name in ("v1", "v2"))
    found, tested = (
        compare.between(base, old, new),
        behaviour.between(series, toy.base(), old, new, toy.cache),
    )
    text = as_mail(found, tested)
    assert "Tests, default config, v2 against v1:\n\n- fixed: toy.a_case" in text
    assert max(map(len, text.split("\n"))) <= 72
    assert as_json(found, tested)["behaviour"][0]["changes"] == tested[0].changes


def test_a_kernel_that_does_not_build_is_compared_with_one_that_booted(toy: toys.Toy) -> None:
    remember(toy, "v1", case("a", Outcome.PASS))
    remember(toy, "v2", stages=BUILT | {"build": StageOutcome.BUILD_FAILED}, initramfs=None)
    found = behave(toy, "v1", "v2")
    assert found.missing == ()
    assert found.changes is not None
    assert "stage: build" in found.changes.broke
