# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refseries.model import BaseInfo, Splat, StageOutcome, Target
from refseries.testing.changes import Changes, between, through
from refseries.testing.model import CaseResult, Matrix, Outcome, Run

O = Outcome  # noqa: E741
S = StageOutcome
NONE = Changes("v1", "v2", "default")


def run(
    version: str = "v1",
    cases: dict[str, Outcome] | None = None,
    *,
    stages: dict[str, StageOutcome] | None = None,
    splats: tuple[str, ...] = (),
    config: str = "default",
) -> Run:
    return Run(
        Target(version),
        config,
        "arm64",
        {"apply": S.PASS, "build": S.PASS, "boot": S.PASS, "test": S.PASS, **(stages or {})},
        results=tuple(CaseResult(name, outcome) for name, outcome in (cases or {}).items()),
        splats=tuple(Splat("warning", title, None, title) for title in splats),
    )


def changes(old: Outcome | None, new: Outcome | None) -> Changes:
    """What becomes of the case "a" beside one that stays."""
    before = {"stays": O.PASS, **({"a": old} if old else {})}
    after = {"stays": O.PASS, **({"a": new} if new else {})}
    return between(run("v1", before), run("v2", after))


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (O.FAIL, O.PASS, "fixed"),
        (O.XFAIL, O.PASS, "fixed"),
        (O.XFAIL, O.XPASS, "fixed"),
        (O.CRASH, O.PASS, "fixed"),
        (O.TIMEOUT, O.PASS, "fixed"),
        (O.VANISHED, O.PASS, "fixed"),
        (O.PASS, O.FAIL, "broke"),
        (O.PASS, O.XFAIL, "broke"),
        (O.XPASS, O.FAIL, "broke"),
        (O.PASS, O.CRASH, "broke"),
        (O.PASS, O.TIMEOUT, "broke"),
        (O.SKIP, O.FAIL, "broke"),
        (O.PASS, O.SKIP, "newly_skipped"),
        (O.FAIL, O.SKIP, "newly_skipped"),
        (O.PASS, O.VANISHED, "vanished"),
        (O.SKIP, O.VANISHED, "vanished"),
        (O.PASS, None, "vanished"),
        (O.PASS, O.NO_CONSOLE, "no_console"),
        (O.FAIL, O.NO_CONSOLE, "no_console"),
        (O.VANISHED, O.NO_CONSOLE, "no_console"),
        (None, O.NO_CONSOLE, "no_console"),
        (O.NO_CONSOLE, O.NO_CONSOLE, ""),
        (O.NO_CONSOLE, O.PASS, ""),
        (O.NO_CONSOLE, O.SKIP, "newly_skipped"),
        (O.NO_CONSOLE, None, "vanished"),
        (O.FAIL, None, "vanished"),
        (O.PASS, O.PASS, ""),
        (O.FAIL, O.CRASH, ""),
        (O.XFAIL, O.FAIL, ""),
        (O.SKIP, O.PASS, ""),
        (O.SKIP, O.SKIP, ""),
        (None, O.PASS, ""),
        (None, O.FAIL, ""),
        (None, O.SKIP, ""),
        (O.VANISHED, O.VANISHED, ""),
        (O.VANISHED, None, ""),
    ],
)
def test_a_case_that_changed_stands_in_one_list(
    old: Outcome | None, new: Outcome | None, field: str
) -> None:
    found = changes(old, new)
    lists = ("fixed", "broke", "newly_skipped", "vanished", "no_console", "new_splats")
    assert {name: getattr(found, name) for name in lists if getattr(found, name)} == (
        {field: ("a",)} if field else {}
    )
    assert bool(found) is bool(field)


@given(st.sampled_from([None, *Outcome]), st.sampled_from([None, *Outcome]))
def test_no_case_stands_in_two_lists(old: Outcome | None, new: Outcome | None) -> None:
    found = changes(old, new)
    listed = (*found.fixed, *found.broke, *found.newly_skipped, *found.vanished, *found.no_console)
    assert len(listed) <= 1
    assert "stays" not in listed


@pytest.mark.parametrize(
    ("old", "new", "fixed", "broke"),
    [
        (S.PASS, S.BUILD_FAILED, (), ("stage: build",)),
        (S.BUILD_FAILED, S.PASS, ("stage: build",), ()),
        (S.PASS, S.NOT_RUN, (), ()),
        (S.NOT_RUN, S.BUILD_FAILED, (), ()),
        (S.PASS, S.STOPPED, (), ()),
        (S.STOPPED, S.PASS, (), ()),
    ],
)
def test_a_stage_that_changed_is_named(
    old: StageOutcome, new: StageOutcome, fixed: tuple[str, ...], broke: tuple[str, ...]
) -> None:
    found = between(run(stages={"build": old}), run(stages={"build": new}))
    assert (found.fixed, found.broke) == (fixed, broke)


def test_cases_that_a_failed_build_never_reached_are_not_broken() -> None:
    failed = {"build": S.BUILD_FAILED, "boot": S.NOT_RUN, "test": S.NOT_RUN}
    found = between(run("v1", {"a": O.PASS}), run("v2", stages=failed))
    assert (found.broke, found.vanished) == (("stage: build",), ())
    back = between(run("v2", stages=failed), run("v3", {"a": O.FAIL}))
    assert (back.fixed, back.broke) == (("stage: build",), ())


def test_a_splat_is_new_once() -> None:
    found = between(run(splats=("old",)), run("v2", splats=("new", "old", "new")))
    assert found.new_splats == ("new",)
    assert not between(run(splats=("old",)), run("v2"))


def test_each_config_is_compared_with_itself() -> None:
    runs = (
        run("v1", {"a": O.PASS}),
        run("v1", {"a": O.FAIL}, config="debug"),
        run("v2", {"a": O.FAIL}),
        run("v2", {"a": O.PASS}, config="debug"),
        run("v3", {"a": O.FAIL}),
        run("v3", {"a": O.FAIL}, config="debug"),
    )
    base = BaseInfo("6.12", "tree", Path("/r"), "c", "t")
    assert through(Matrix("toy", base, runs)) == (
        Changes("v1", "v2", "default", broke=("a",)),
        Changes("v1", "v2", "debug", fixed=("a",)),
        Changes("v2", "v3", "debug", broke=("a",)),
    )
    assert through(Matrix("toy", base, ())) == ()


def test_what_a_base_does_by_itself_is_charged_to_it() -> None:
    """``test base v1 --onto v6.13``, where a case fails on that kernel whatever is applied."""
    new = BaseInfo("6.13", "tree", Path("/r"), "d", "u")
    base = BaseInfo("6.12", "tree", Path("/r"), "c", "t", own=(("v6.13", new),))
    passed, failed = {"a": O.PASS, "b": O.PASS}, {"a": O.FAIL, "b": O.PASS}
    runs = (
        run("base", passed),
        replace(run("base", failed), target=Target("base", "v6.13")),
        run("v1", passed),
        replace(run("v1", {"a": O.FAIL, "b": O.FAIL}), target=Target("v1", onto="v6.13")),
    )
    assert through(Matrix("toy", base, runs)) == (
        Changes("base", "base:v6.13", "default", broke=("a",)),
        Changes("base:v6.13", "v1", "default", fixed=("a",)),
        Changes("v1", "v1@v6.13", "default", broke=("b",), by_base=("a",)),
    )
