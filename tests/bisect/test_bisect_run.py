# SPDX-License-Identifier: GPL-2.0-or-later
"""Bisecting a series over the fake kernel: real git and make, played guests."""

from __future__ import annotations

from dataclasses import replace

import pytest
import repeating_guest
from fake_kernel import BROKEN
from played_project import BAD, GOOD, Project

from refseries.bisect import run as bisecting
from refseries.bisect.model import BisectReport, How, Symptom
from refseries.errors import SeriesError, Stopped
from refseries.host import proc
from refseries.model import Target
from refseries.series import naming
from refseries.testing import matrix
from refseries.testing.repeat import Repeat

Files = dict[str, str | None]
LIB: list[Files] = [{f"lib/toy{number}.c": f"int toy{number};\n"} for number in range(8)]


def bisect(project: Project, symptom: str, ends: str = "", *, stop: str = "") -> BisectReport:
    """Bisect; ``stop`` stops it at the first word that has it."""
    lab = project.request().lab
    good, bad = (naming.target(lab.series, name) for name in ends.split()) if ends else (None, None)
    named = None if good is None or bad is None else (good, bad)
    request = bisecting.request(lab, Symptom.parse(symptom), project.kernel.config(), named)

    def say(text: str, _part: float = 0.0, /) -> None:
        if stop and stop in text:
            raise Stopped("stopped.")

    return bisecting.run(request, say)


def seen(report: BisectReport) -> dict[str, tuple[str | None, How]]:
    return {str(each.target): (each.sight.word, each.how) for each in report.seen}


def turned(report: BisectReport) -> str:
    assert report.before is not None
    assert report.after is not None
    words = f"{report.before.sight.word} -> {report.after.sight.word}"
    return f"{report.before.target} {report.after.target}: {words}"


@pytest.fixture
def patched(project: Project) -> Project:
    """A v1 of eight patches, of which the sixth breaks toy.two."""
    project.add(*LIB[:5], {"guest.sh": BAD}, *LIB[5:7])
    return project


def test_the_patch_that_broke_a_case_is_found_with_both_runs(patched: Project) -> None:
    report = bisect(patched, "toy.two", "base v1")
    assert turned(report) == "v1:5 v1:6: pass -> fail"
    assert report.patch == patched.versions[0].patches[5]
    assert report.after is not None
    assert report.after.subject == "mm: toy 5"
    assert len(report.seen) == 5  # of nine: both ends, and three between
    assert {each.how for each in report.seen} == {How.BUILT}


def test_what_was_seen_is_neither_built_nor_booted_again(patched: Project) -> None:
    bisect(patched, "toy.two", "base v1")
    lab = patched.request().lab
    before = len(list((lab.cache / lab.series.home / "runs").iterdir()))
    again = bisect(patched, "toy.two", "base v1")
    assert turned(again) == "v1:5 v1:6: pass -> fail"
    assert {each.how for each in again.seen} == {How.KEPT}
    assert len(list((lab.cache / lab.series.home / "runs").iterdir())) == before
    # Of another case, and by other tests, it says nothing.
    assert bisect(patched, "toy.one", "base v1").after is None
    (patched.directory / "kernel-tests/toy_test.c").write_text("int main(void)\n{ return 1; }\n")
    assert {each.how for each in bisect(patched, "toy.two", "base v1").seen} == {How.BOOTED}


def test_what_a_test_said_and_what_is_built_comes_first(patched: Project) -> None:
    request = patched.request()
    states = (Target("v1", patch=4), Target("v1"))
    matrix.run(replace(request, targets=states), lambda _event: None)
    built = (Target("v1", patch=6), Target("base"))
    matrix.run(replace(request, targets=built, boot=False), lambda _event: None)
    found = seen(bisect(patched, "toy.two", "base v1"))
    assert found == {
        "base": ("pass", How.BOOTED),
        "v1:4": ("pass", How.KEPT),
        "v1:5": ("pass", How.BUILT),
        "v1:6": ("fail", How.BOOTED),
        "v1": ("fail", How.KEPT),
    }


def test_what_a_test_said_of_other_patches_is_not_believed(project: Project) -> None:
    project.add(LIB[0])
    matrix.run(project.request(), lambda _event: None)
    project.versions = ()
    project.add({"guest.sh": BAD})
    assert seen(bisect(project, "toy.two", "base v1"))["v1"] == ("fail", How.BUILT)


def test_what_a_test_said_of_another_kernel_is_not_believed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.add({"guest.sh": BAD})
    matrix.run(project.request(), lambda _event: None)
    assert seen(bisect(project, "toy.two", "base v1"))["v1"] == ("fail", How.KEPT)
    monkeypatch.setenv("KCFLAGS", "-O1")
    assert seen(bisect(project, "toy.two", "base v1"))["v1"] == ("fail", How.BUILT)


def test_a_flaky_case_is_not_told_by_one_boot(project: Project) -> None:
    project.add({"guest.sh": GOOD + "# v1\n"})
    project.add({"guest.sh": repeating_guest.guest("2|3")}, fixups=("all",))
    request = replace(project.request(), targets=(Target("v2"),), repeat=Repeat(4))
    matrix.run(request, lambda _event: None)
    # The same kernel by another name, which passes when it is booted once.
    assert seen(bisect(project, "toy.two", "v1 v2:all"))["v2:all"] == ("pass", How.BOOTED)
    report = bisect(project, "toy.two", "v1 v2")
    assert report.after is None
    assert seen(report)["v2"] == (None, How.KEPT)
    assert "2 of 4 rounds" in report.seen[-1].sight.message


def test_a_fault_that_came_and_went_is_found_by_what_is_known(project: Project) -> None:
    project.add(LIB[0], {"guest.sh": BAD}, {"guest.sh": f"{GOOD}# again\n"})
    states = (Target("v1", patch=2),)
    matrix.run(replace(project.request(), targets=states), lambda _event: None)
    assert turned(bisect(project, "toy.two", "base v1")) == "v1:1 v1:2: pass -> fail"


def test_one_that_was_stopped_goes_on_where_it_was(patched: Project) -> None:
    with pytest.raises(Stopped):
        bisect(patched, "toy.two", "base v1", stop="v1:6: building")
    proc.allow_again()
    report = bisect(patched, "toy.two", "base v1")
    assert turned(report) == "v1:5 v1:6: pass -> fail"
    ways = {name: how for name, (_word, how) in seen(report).items()}
    assert ways["base"] is ways["v1"] is ways["v1:4"] is How.KEPT
    assert ways["v1:6"] is How.BUILT


def test_the_fixup_and_its_tasks_are_named(project: Project) -> None:
    project.add({"guest.sh": BAD})
    good: Files = {"guest.sh": GOOD + "# v2\n"}
    version = project.add({**LIB[0], **good, **LIB[1]}, fixups=("lib", "mend", "more"))
    fixups = tuple(replace(each, addresses=("v1-ada-1",)) for each in version.fixups)
    project.versions = (project.versions[0], replace(version, fixups=fixups))
    report = bisect(project, "toy.two")  # v1 and v2 are the newest
    assert turned(report) == "v2:lib v2:mend: fail -> pass"
    assert report.patch == version.fixups[1].patch
    assert report.addresses == ("v1-ada-1",)


def test_states_that_do_not_build_are_stepped_around_and_named(project: Project) -> None:
    memory = "int handle_fault(int address)\n{\n\treturn address;\n}\n"
    project.add(LIB[0], {"mm/memory.c": BROKEN}, {"guest.sh": BAD}, {"mm/memory.c": memory}, LIB[1])
    report = bisect(project, "toy.two", "base v1")
    assert turned(report) == "v1:1 v1:4: pass -> fail"
    assert [str(each.target) for each in report.around] == ["v1:2", "v1:3"]
    assert "does not build: mm/memory.c:5" in report.around[0].sight.message
    assert report.patch is None


def test_states_that_do_not_apply_are_stepped_around_and_named(project: Project) -> None:
    project.add({"guest.sh": BAD})
    good: Files = {"guest.sh": GOOD + "# v2\n"}
    version = project.add({**LIB[0], **good}, fixups=("lib", "mend"))
    broken = version.fixups[0].patch
    broken.write_text(broken.read_text().replace("--- /dev/null", "--- a/lib/none.c"))
    report = bisect(project, "toy.two", "v1 v2")
    assert turned(report) == "v1 v2: fail -> pass"
    assert [str(each.target) for each in report.around] == ["v2:lib", "v2:mend"]
    assert "does not apply" in report.around[0].sight.message


def test_a_build_is_bisected_without_a_guest(project: Project) -> None:
    project.add(*LIB[:3], {"mm/memory.c": BROKEN}, LIB[3])
    report = bisect(project, "build", "base v1")
    assert turned(report) == "v1:3 v1:4: pass -> fail"
    assert report.after is not None
    assert "mm/memory.c:5" in report.after.sight.message
    assert {each.how for each in bisect(project, "build", "base v1").seen} == {How.KEPT}


def test_a_splat_is_bisected_by_its_title(project: Project) -> None:
    project.add(*LIB[:2], {"guest.sh": repeating_guest.guest("0", repeating_guest.SPLATS)}, LIB[2])
    report = bisect(project, "splat:*slab-out-of-bounds in toy_fault*", "base v1")
    assert turned(report) == "v1:2 v1:3: absent -> shown"


def test_what_is_the_same_at_both_ends_does_not_turn(project: Project) -> None:
    project.add(LIB[0], LIB[1], {"guest.sh": GOOD + "# more\n"})
    report = bisect(project, "toy.two", "base v1")
    assert report.after is None
    assert set(seen(report)) == {"base", "v1"}


def test_a_case_that_is_not_there_is_a_wrong_name(project: Project) -> None:
    none = 'plan 0\nwrite "# refseries: exit 1"\n'
    project.add({"guest.sh": none})
    with pytest.raises(SeriesError, match=r"no case is called `toy\.five`"):
        bisect(project, "toy.five", "base v1")


def test_a_guest_that_says_nothing_shows_nothing(project: Project) -> None:
    project.add(LIB[0], {"guest.sh": "exit 0\n"}, {"guest.sh": BAD}, LIB[1])
    report = bisect(project, "toy.two", "base v1")
    assert turned(report) == "v1:1 v1:3: pass -> fail"
    assert [str(each.target) for each in report.around] == ["v1:2"]
