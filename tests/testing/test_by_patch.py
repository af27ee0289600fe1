# SPDX-License-Identifier: GPL-2.0-or-later
"""A version patch by patch: what each brings, and what breaks in the middle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from played_project import EXPECTATIONS, GOOD, GUEST, Project

from refseries.model import StageOutcome, Target
from refseries.series import naming
from refseries.testing import matrix
from refseries.testing.by_patch import before
from refseries.testing.each_patch import ByPatch, known
from refseries.testing.model import Matrix, Outcome

SKIPS = GUEST.replace('report "%s 2 toy.two"', 'report "ok 2 toy.two # SKIP no such call"')
# Base's guest is GOOD already, so the first patch of a series that is good changes something else.
FIRST: dict[str, str | None] = {"lib/first.c": "int first;\n"}
BASE_SKIPS = """\
schema = 1
[[expect]]
case = "toy.two"
versions = ["base"]
configs = ["*"]
outcome = "skip"
why = "base has no such call."
"""


@pytest.fixture(autouse=True)
def base_skips(project: Project) -> None:
    (project.directory / "kernel-tests" / "expectations.toml").write_text(BASE_SKIPS)


def by_patch(project: Project) -> Matrix:
    request = project.request()
    targets = naming.patch_by_patch(request.lab.series, "v1")
    asked = replace(request, targets=targets, chain="v1", by_patch=True)
    return matrix.run(asked, lambda _event: None)


def test_a_case_may_skip_until_the_patch_that_brings_what_it_tests(project: Project) -> None:
    project.add({"guest.sh": SKIPS}, {"guest.sh": GOOD}, {"lib/string.c": "int string;\n"})
    result = by_patch(project)
    assert [str(run.target) for run in result.runs] == ["v1:1", "v1:2", "v1"]
    assert [run.results[1].outcome for run in result.runs] == [
        Outcome.SKIP, Outcome.PASS, Outcome.PASS,
    ]  # fmt: skip
    assert result.as_expected


def test_a_case_that_skips_behind_the_patch_that_brought_it_is_not_as_expected(
    project: Project,
) -> None:
    string: dict[str, str | None] = {"lib/string.c": "int string;\n"}
    project.add(FIRST, {"guest.sh": SKIPS}, {"guest.sh": GOOD, **string})
    result = by_patch(project)
    assert [run.as_expected for run in result.runs] == [True, False, True]


def test_the_version_itself_may_not_skip(project: Project) -> None:
    project.add({"guest.sh": SKIPS}, {"lib/string.c": "int string;\n"})
    assert [run.as_expected for run in by_patch(project).runs] == [True, False]


def test_a_skip_that_base_does_not_show_is_not_as_expected(project: Project) -> None:
    (project.directory / "kernel-tests" / "expectations.toml").write_text("schema = 1\n")
    project.add({"guest.sh": SKIPS}, {"guest.sh": GOOD})
    assert [run.as_expected for run in by_patch(project).runs] == [False, True]


def test_a_patch_that_does_not_build_costs_no_other(project: Project) -> None:
    memory = "int handle_fault(int address)\n{\n\treturn address;\n}\n"
    project.add(FIRST, {"mm/memory.c": "broken\n"}, {"mm/memory.c": memory})
    first, second, last = by_patch(project).runs
    assert first.as_expected
    assert last.as_expected
    assert second.stages["build"] is StageOutcome.BUILD_FAILED


def test_a_patch_that_does_not_apply_is_named_by_those_behind_it(project: Project) -> None:
    version = project.add(FIRST, {"lib/string.c": "int string;\n"}, {"lib/other.c": "int other;\n"})
    broken = version.patches[1]
    broken.write_text(broken.read_text().replace("lib/string.c", "lib/gone.c"))
    first, second, last = by_patch(project).runs
    assert first.as_expected
    assert second.message.startswith(f"{broken}: lib/gone.c: the patch does not apply")
    assert last.message == "not reached: v1:2 does not apply."


def test_a_patch_whose_guest_is_slower_than_the_next_ones_is_judged_before_it(
    project: Project, tmp_path: Path
) -> None:
    last = tmp_path / "last"
    waits = f"n=0\nuntil [ -e {last} ] || [ $n = 100 ]; do sleep 0.1; n=$((n + 1)); done\n"
    quick: dict[str, str | None] = {"guest.sh": f"# quick\n{GOOD}"}
    project.add({"guest.sh": waits + GOOD}, quick, {"guest.sh": f": >{last}\n{GOOD}"})
    assert [run.stages["test"] for run in by_patch(project).runs] == [StageOutcome.PASS] * 3


def known_of(project: Project) -> ByPatch:
    lab = project.request().lab
    return known(lab.series, lab.base, "v1", lab.cache)


def test_a_version_that_was_never_run_patch_by_patch_says_so(project: Project) -> None:
    project.add(FIRST, {"guest.sh": SKIPS}, {"guest.sh": GOOD})
    assert known_of(project).untested == ("v1 was never tested patch by patch in default",)
    matrix.run(project.request(), lambda _event: None)  # the whole of it is not its patches
    assert known_of(project).untested == ("v1 was never tested patch by patch in default",)


def test_states_that_are_not_green_are_named_until_they_are(project: Project) -> None:
    string: dict[str, str | None] = {"lib/string.c": "int string;\n"}
    project.add(FIRST, {"guest.sh": SKIPS}, {"guest.sh": GOOD, **string})
    by_patch(project)
    found = known_of(project)
    assert found.untested == ()
    (line,) = found.wrong
    assert line.startswith("v1:2 did not come out as expected in default: not as expected: toy.two")

    project.versions = ()
    project.add(FIRST, {"guest.sh": GOOD + "# two\n"}, {"guest.sh": GOOD + "# three\n", **string})
    assert known_of(project) == ByPatch(("not tested in default: v1:2, v1",))
    by_patch(project)
    assert known_of(project) == ByPatch()


def test_a_version_of_one_patch_has_no_middle(project: Project) -> None:
    project.add(FIRST)
    assert known_of(project) == ByPatch()


def test_what_no_kernel_is_made_of_is_not_wanted_patch_by_patch(project: Project) -> None:
    project.add({"tools/perf/toy.c": "int toy;\n"}, {"arch/sparc/toy.c": "int toy;\n"})
    assert known_of(project) == ByPatch()


def test_what_no_kernel_is_made_of_may_not_come_out_wrong(project: Project) -> None:
    (project.directory / "kernel-tests" / "expectations.toml").write_text(EXPECTATIONS)
    project.add({"tools/perf/toy.c": "int toy;\n"}, {"tools/perf/other.c": "int other;\n"})
    by_patch(project)
    assert [line.partition(":")[0] for line in known_of(project).wrong] == [
        "v1 did not come out as expected in default"
    ]


def test_a_kernel_is_made_of_all_patches_of_a_version(project: Project) -> None:
    project.add({"tools/perf/toy.c": "int toy;\n"}, FIRST)
    assert known_of(project).untested == ("v1 was never tested patch by patch in default",)


@pytest.mark.parametrize("name", ["scripts/Makefile.toy", "tools/objtool/toy.c", "samples/toy.c"])
def test_what_a_build_reads_is_wanted_patch_by_patch(project: Project, name: str) -> None:
    project.add({name: "# one\n"}, {name: "# two\n"})
    assert known_of(project).untested == ("v1 was never tested patch by patch in default",)


def test_the_patches_before_one_are_those_on_its_own_base() -> None:
    here, there = (
        tuple(Target("v4", patch=number, onto=onto) for number in (1, 2, 3)) for onto in ("", "x")
    )
    all_of_them = (Target("v3", patch=1), *here, *there, Target("v4"), Target("v4", "a-fixup"))
    assert before(here[2], all_of_them) == here[:2]
    assert before(there[2], all_of_them) == there[:2]
    assert before(Target("v4"), all_of_them) == ()
