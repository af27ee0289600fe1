# SPDX-License-Identifier: GPL-2.0-or-later
"""New lines with what was counted of them: real git, and a count as ``coverage`` keeps it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from toy import ADA, Files, Toy, lines

from refseries.coverage import added, keeping
from refseries.coverage.model import AddedSource, CompiledLine, ConfigCoverage, CoveredCase
from refseries.diff import covered, side, text
from refseries.diff.covered import NewLines
from refseries.host import proc
from refseries.model import Target
from refseries.series import apply
from refseries.testing.model import Outcome

CASES = (CoveredCase("toy.one", Outcome.PASS, True, 0.1),)
V3 = Target("v3")


def line(number: int, *, run: bool = False, ways: int = 0) -> CompiledLine:
    return CompiledLine("mm/toy.c", number, "f", False, (0,) if run else (), ways, int(run))


def count(toy: Toy, target: Target, *counted: CompiledLine, **other: object) -> ConfigCoverage:
    """Keep a count of ``target`` as it stands."""
    applied = apply.apply(toy.series(), toy.base(), target, toy.cache)
    found = ConfigCoverage(
        str(target), "default", applied.tree, "image", "programs", "now",
        added.lines(applied, added.sources(applied, toy.base().tree)), CASES, counted,
    )  # fmt: skip
    found = replace(found, **other)  # type: ignore[arg-type]
    keeping.save(toy.cache, "toy", target, found)
    return found


@pytest.fixture
def third(toy: Toy) -> Toy:
    """v3 is v1 with more lines in mm/toy.c, from the second on, and one in mm/memory.c."""
    body = b"int toy_create;\nint f(int a)\n{\n\tif (a)\n\t\tg();\n#ifdef NO\n\th();\n#endif\n}\n"
    changed: Files = {"mm/memory.c": lines((10, b"int toy;"), (20, b"int key;")), "mm/toy.c": body}
    toy.version_of((ADA, "mm: introduce toys\n\nBigger ones.\n", changed), name="v3")
    return toy


def compare(toy: Toy, old: str, new: str) -> NewLines | None:
    series, base = toy.series(), toy.base()
    sides = [side.find(series, base, name, toy.cache) for name in (old, new)]
    return covered.between(series, base, sides[0], sides[1], toy.cache)


def counted(toy: Toy, **other: object) -> None:
    seen = (line(1, run=True), line(4, run=True, ways=2), line(5))
    count(toy, V3, *seen, left_out=(("mm/toy.c", 7),), **other)


def test_only_lines_that_the_old_side_lacks_are_told(third: Toy) -> None:
    counted(third)
    found = compare(third, "v1", "v3")
    assert found is not None
    states = {(each.added.file, each.added.number): str(each.state) for each in found.lines}
    assert states.pop(("mm/memory.c", 20)) == "no-code"
    assert [number for _file, number in states] == [2, 3, 4, 5, 6, 7, 8, 9]
    words = ["no-code", "no-code", "run", "not-run", "no-code", "not-compiled", *["no-code"] * 2]
    assert list(states.values()) == words
    assert text.how_much_is_run(found) == (
        "1 of 2 new lines of code are run by a case; 1 more line is compiled in none of the configs"
    )


def test_from_base_all_lines_are_new(third: Toy) -> None:
    counted(third)
    found = compare(third, "base", "v3")
    assert found is not None
    assert [each.added.number for each in found.lines][:4] == [10, 20, 1, 2]


def test_a_branch_of_the_same_tree_has_the_count_of_the_version(third: Toy) -> None:
    counted(third)
    applied = apply.apply(third.series(), third.base(), V3, third.cache)
    third.git("branch", "topic", applied.commit)
    found = compare(third, "v1", "topic")
    assert found is not None
    assert found.version == "v3"


def test_nothing_is_told_of_another_tree_or_without_a_count(third: Toy) -> None:
    assert compare(third, "v1", "v3") is None
    counted(third, tree="0" * 40)
    assert compare(third, "v1", "v3") is None
    counted(third)
    assert compare(third, "v3", "v3") is None
    assert compare(third, "v3", "v1") is None


def test_counts_of_all_configs_are_put_together(third: Toy) -> None:
    counted(third)
    count(third, V3, line(5, run=True), config="other.1")
    found = compare(third, "v1", "v3")
    assert found is not None
    assert found.configs == ("default", "other.1")
    states = {each.added.number: str(each.state) for each in found.lines}
    assert (states[4], states[5]) == ("run", "run")


def test_the_count_of_a_branch_that_is_called_like_a_version_is_not_taken_for_it(
    third: Toy,
) -> None:
    found = count(third, V3, line(5))
    branch: tuple[AddedSource, ...] = ()
    keeping.save(third.cache, "toy", Target("v3-x"), replace(found, version="v3-x", added=branch))
    assert keeping.every(third.cache, "toy", V3) == (found,)


def test_versions_over_two_releases_are_kept_apart(third: Toy) -> None:
    found = count(third, V3, line(5))
    for release in ("v6.12.1", "v6.12.2"):
        target = replace(V3, onto=release)
        keeping.save(third.cache, "toy", target, replace(found, version=str(target)))
    kept = keeping.load(third.cache, "toy", replace(V3, onto="v6.12.1"), "default")
    assert kept is not None
    assert kept.version == "v3@v6.12.1"


def test_screen_mail_and_json(third: Toy, refseries: Callable[..., proc.Completed]) -> None:
    red = (CoveredCase("toy.one", Outcome.FAIL, False, 0.1),)
    counted(third, cases=red)
    done = refseries("diff", "v1", "v3")
    assert done.returncode == 0, done.stderr
    shown = done.stdout[done.stdout.index("New lines (default)") :].split("\n")
    assert shown[1:5] == [
        "  mm/toy.c",
        "      4 run 1/2      +    if (a)",
        "      5 not-run      +        g();",
        "      7 not-compiled +    h();",
    ]
    assert "default: toy.one: fail" in shown
    mail = refseries("diff", "v1", "v3", "--mail").stdout
    assert "Lines of v3 that v1 does not have (default):\n\n- 1 of 2 new lines" in mail
    assert "- default: toy.one: fail\n" in mail
    found = json.loads(refseries("diff", "v1", "v3", "--json", "-").stdout)["coverage"]
    assert (found["version"], found["configs"]) == ("v3", ["default"])
    assert found["problems"] == ["default: toy.one: fail"]
    assert [each["line"] for each in found["lines"] if each["state"] == "not-run"] == [5]
    assert json.loads(refseries("diff", "v1", "v2", "--json", "-").stdout)["coverage"] is None
