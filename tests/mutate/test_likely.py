# SPDX-License-Identifier: GPL-2.0-or-later
"""A mutant is tried first with the cases that are known to run its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from played_project import GOOD, Project

from refseries.coverage import keeping
from refseries.coverage.model import CompiledLine, ConfigCoverage, CoveredCase
from refseries.model import Target
from refseries.mutate import generated, handwritten, run, trying
from refseries.mutate.model import Mutant, MutantFate
from refseries.series import apply
from refseries.testing.model import Outcome

TEXT = (
    "int f(int a)\n{\n\tif (a)\n\t\treturn g(a,\n\t\t\t h(1));\n\ti(a);\n\tk(a);\n\treturn 0;\n}\n"
)
CASES = (("x.slow", 9.0), ("x.quick", 0.1), ("x.mid", 1.0), ("y.mid", 2.0), ("z.other", 0.0))


def kept(tree: str = "", programs: str = "") -> ConfigCoverage:
    cases = tuple(CoveredCase(name, Outcome.PASS, True, took) for name, took in CASES)
    lines = (
        CompiledLine("mm/f.c", 3, "f", False, (0, 1, 2, 3)),
        CompiledLine("mm/f.c", 4, "f", False, (0, 3)),
        CompiledLine("mm/f.c", 6, "f", False, ()),
        CompiledLine("mm/f.c", 7, "f", False, (0,)),
        CompiledLine("mm/f.c", 8, "f", False, (1, 2, 3), 2, 2, (2,)),
    )
    return ConfigCoverage("v1", "default", tree, "", programs, "", (), cases, lines)


def mutant(old: str, new: str, case: str = "", path: str = "mm/f.c") -> Mutant:
    assert TEXT.count(old) == 1
    return Mutant("m", "", generated.diff_of(path, TEXT, TEXT.replace(old, new)), case)


@pytest.mark.parametrize(
    ("changed", "cases"),
    [
        (mutant("if (a)", "if (!a)"), ("x.quick", "y.mid")),
        (mutant("g(a", "g(0"), ("y.mid",)),
        (mutant("h(1)", "h(0)"), ("y.mid",)),  # the rest of the statement before
        (mutant("k(a)", "k(0)"), ("x.slow",)),  # no other runs it
        (mutant("return 0", "return 1"), ("x.mid", "x.quick")),  # the rare way first
        (mutant("i(a);", ";"), ()),  # no case runs it: all are tried
        (mutant("i(a);", ";", "z.other"), ("z.other",)),
        (mutant("i(a);", ";", "no.such"), ()),
        (mutant("g(a", "g(0", "x.slow"), ("x.slow", "y.mid")),
        (mutant("if (a)", "if (!a)", path="mm/other.c"), ()),
    ],
)
def test_the_quickest_of_each_fixture_comes_first(changed: Mutant, cases: tuple[str, ...]) -> None:
    assert trying.likely(changed, kept()) == cases


def test_nothing_is_known_without_counting() -> None:
    assert trying.likely(mutant("if (a)", "if (!a)"), None) == ()


def test_a_red_case_is_no_beginning_and_neither_are_all() -> None:
    changed, count = mutant("g(a", "g(0"), kept()
    cases = tuple(replace(each, as_expected=each.name != "y.mid") for each in count.cases)
    assert trying.likely(changed, replace(count, cases=cases)) == ("x.slow",)
    lines = (CompiledLine("mm/f.c", 4, "f", False, (0,)),)
    alone = replace(count, cases=count.cases[:1], lines=lines)
    assert trying.likely(changed, alone) == ()


@pytest.mark.parametrize(("name", "fitting"), [("c", 24), ("c" * 190, 5)])
def test_no_more_are_named_than_a_command_line_has_room_for(name: str, fitting: int) -> None:
    cases = tuple(CoveredCase(f"{n:03}.{name}", Outcome.PASS, True, 0.0) for n in range(40))
    lines = (CompiledLine("mm/f.c", 4, "f", False, tuple(range(39))),)
    found = trying.likely(mutant("g(a", "g(0"), replace(kept(), cases=cases, lines=lines))
    assert len(found) == fitting
    assert len("".join(f" only={each}" for each in found)) <= 1000


# The mistake shows in toy.two alone; asked for it by itself, the guest plays nothing else.
ALONE = """\
case "$words" in
*only=toy.two*) plan 1; begin toy.two; report "%s 1 toy.two"; bye; exit 0 ;;
esac
"""


def test_all_cases_are_tried_only_where_the_likely_ones_pass(project: Project) -> None:
    (project.directory / "kernel-tests/expectations.toml").write_text("schema = 1\n")
    text = GOOD + "# v1\n"
    project.add({"guest.sh": text})
    lab = project.request().lab
    place = project.directory / handwritten.DIRECTORY
    place.mkdir()
    for name, played, case in (
        ("bad", "not ok", "two"),
        ("harmless", "ok", "two"),
        ("removed", "ok ok", "gone"),  # the case is not there any more: no guest for it alone
    ):
        diff = generated.diff_of("guest.sh", text, ALONE % played + text)
        head = f"It is {name}.\nCase: toy.{case}\nVersions: v1\n\n"
        (place / f"{name}.patch").write_text(head + diff)
    tree = apply.apply(lab.series, lab.base, Target("v1"), lab.cache).tree
    names = ("one", "two", "gone")
    cases = [CoveredCase(f"toy.{name}", Outcome.PASS, True, 0.0) for name in names]
    counted = replace(kept(tree, "of older tests"), cases=tuple(cases), lines=())
    keeping.save(lab.cache, lab.series.home, Target("v1"), counted)

    (config,) = project.request().configs
    request = run.MutationRequest(lab, Target("v1"), config)
    plan = run.plan(lab, Target("v1"))
    report = run.run(request, plan, run.choose(plan.mutants, ()), lambda *_: None)
    fates = {result.mutant.name: (result.fate, result.by) for result in report.results}
    assert fates == {
        "bad": (MutantFate.CAUGHT, "toy.two"),
        "harmless": (MutantFate.SURVIVED, ""),
        "removed": (MutantFate.SURVIVED, ""),
    }
    tried = {"bad-likely", "harmless-likely", "harmless", "removed"}
    assert boots(lab.directory) == {"whole", *tried}


def boots(directory: Path) -> set[str]:
    return {path.parent.name for path in directory.glob("runs/*/*/console.log")}
