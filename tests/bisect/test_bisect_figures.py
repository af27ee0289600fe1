# SPDX-License-Identifier: GPL-2.0-or-later
"""Bisecting what something costs: played guests that print figures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from played_project import MAKEFILE, Project

from refseries.bench import keeping
from refseries.bench import run as bench
from refseries.bisect import run as bisecting
from refseries.bisect.model import BisectReport, How, Symptom
from refseries.errors import SeriesError, Stopped
from refseries.host import proc
from refseries.host.progress import silent
from refseries.model import Target
from refseries.series import naming

LIB: list[dict[str, str | None]] = [
    {f"lib/toy{number}.c": f"int toy{number};\n"} for number in range(6)
]
READ = "figure:read.toy.dense"


def costs(value: str, name: str = "read.toy.dense") -> dict[str, str | None]:
    figure = f'report "  # figure {name} {value} instructions/page"'
    return {"guest.sh": f"plan 1\nbegin toy.cost\n{figure}\nend 1 toy.cost\nbye\n"}


SHAKY = costs('$((1000 + $(basename "$PWD") % 2 * 200))')


@pytest.fixture
def costly(project: Project) -> Project:
    """A v1 of eight patches: the first gives the figure, the sixth makes it dearer."""
    sources = project.directory / "kernel-tests" / "bench"
    sources.mkdir()
    (sources / "Makefile").write_text(MAKEFILE)
    (sources / "toy_test.c").write_text("int main(void)\n{\n\treturn 0;\n}\n")
    project.add(costs("1000"), *LIB[:4], costs("1500"), *LIB[4:])
    return project


def bisect(
    project: Project, at_most: float, ends: str = "v1:1 v1", *, name: str = READ, stop: str = ""
) -> BisectReport:
    lab = project.request().lab
    good, bad = (naming.target(lab.series, each) for each in ends.split())
    symptom = Symptom.parse(name, at_most)
    request = bisecting.request(lab, symptom, project.kernel.config(), (good, bad))

    def say(text: str, _part: float = 0.0, /) -> None:
        if stop and stop in text:
            raise Stopped("stopped.")

    return bisecting.run(request, say)


def turned(report: BisectReport) -> str:
    assert report.before is not None
    assert report.after is not None
    words = f"{report.before.sight.message} -> {report.after.sight.message}"
    return f"{report.before.target} {report.after.target}: {words}"


FOUND = "v1:5 v1:6: 1,000 instructions/page -> 1,500 instructions/page"


def test_the_patch_that_made_it_dearer_is_found(costly: Project) -> None:
    report = bisect(costly, 1200)
    assert turned(report) == FOUND
    assert report.patch == costly.versions[0].patches[5]
    assert report.after is not None
    assert (report.after.sight.word, report.after.how) == ("above", How.BUILT)
    assert len(report.seen) < len(report.states)


def test_what_was_measured_serves_another_limit_and_another_figure(costly: Project) -> None:
    bisect(costly, 1200)
    assert {each.how for each in bisect(costly, 1200).seen} == {How.KEPT}
    same = bisect(costly, 2000)
    assert same.after is None
    assert {each.how for each in same.seen} == {How.KEPT}
    other = bisect(costly, 5, name="figure:write.toy.dense")
    assert other.after is None
    assert {each.sight.message for each in other.seen} == {"has no figure write.toy.dense"}


def test_saved_figures_count_while_nothing_is_otherwise(costly: Project) -> None:
    lab = costly.request().lab
    config = costly.kernel.config()
    version = Target("v1")
    outcomes = bench.measure(bench.BenchRequest(lab, (version,), config), silent)
    assert keeping.save(lab.series, outcomes)
    ways = {str(each.target): each.how for each in bisect(costly, 1200).seen}
    assert ways["v1"] is How.KEPT
    assert ways["v1:1"] is How.BUILT
    program = costly.directory / "kernel-tests/bench/toy_test.c"
    program.write_text("int main(void)\n{\n\treturn 2 - 2;\n}\n")
    ways = {str(each.target): each.how for each in bisect(costly, 1200).seen}
    assert ways["v1"] is How.BOOTED


def test_what_does_not_settle_or_is_not_there_is_stepped_around(costly: Project) -> None:
    costly.add(costs("1000"), SHAKY, {"guest.sh": "plan 0\nbye\n"}, costs("1500"))
    report = bisect(costly, 1200, "v2:1 v2")
    assert turned(report).startswith("v2:1 v2: ")
    shaky, none = report.around
    assert shaky.sight.message.endswith("instructions/page, which its 9 boots do not agree on")
    assert none.sight.word is None
    assert report.patch is None


def test_one_that_was_stopped_goes_on_where_it_was(costly: Project) -> None:
    with pytest.raises(Stopped):
        bisect(costly, 1200, stop="v1:6: building")
    proc.allow_again()
    report = bisect(costly, 1200)
    assert turned(report) == FOUND
    ways = {str(each.target): each.how for each in report.seen}
    assert ways["v1:1"] is ways["v1"] is How.KEPT
    assert ways["v1:6"] is How.BUILT


@pytest.mark.parametrize(
    ("text", "at_most", "why"),
    [
        (READ, None, "what may read.toy.dense be at most"),
        ("toy.one", 3.0, "is no figure, which alone has a limit"),
        ("figure:dense", 3.0, "`dense` is no figure's name"),
    ],
)
def test_a_figure_and_its_limit_go_together(text: str, at_most: float | None, why: str) -> None:
    with pytest.raises(SeriesError, match=why):
        Symptom.parse(text, at_most)


def test_without_a_bench_program_it_is_refused(project: Project) -> None:
    project.add(LIB[0], LIB[1])
    with pytest.raises(SeriesError, match="no bench program"):
        bisect(project, 1200)


def test_a_config_for_compiling_alone_is_refused(costly: Project) -> None:
    lab = costly.request().lab
    symptom = Symptom.parse(READ, 1200)
    config = replace(costly.kernel.config(), boot=False)
    request = bisecting.request(lab, symptom, config, (Target("v1", patch=1), Target("v1")))
    with pytest.raises(SeriesError, match="compiling only"):
        bisecting.run(request, silent)
