# SPDX-License-Identifier: GPL-2.0-or-later
"""What the page says, from what is kept; without a browser."""

from __future__ import annotations

import dataclasses
import re

import pytest
import reviews
import sample_reports
from msgspec.structs import replace
from sample_measurements import V1, V2
from toy import Toy

from refseries.bench import measurements
from refseries.git.rangediff import PairStatus
from refseries.model import Splat, StageOutcome, Target
from refseries.mutate import kept
from refseries.mutate.model import Mutant, MutantFate, MutantResult, MutationReport, Reason
from refseries.report import costs, excerpts, gather, page, ranges
from refseries.report.model import Kept, SeriesReport, TaskStory
from refseries.report.sources import ReportSources
from refseries.review import store
from refseries.review.evidence.kind import Verdict
from refseries.series import apply
from refseries.testing import runs
from refseries.testing.expectations import Expectations
from refseries.testing.judges import Judges
from refseries.testing.model import CaseResult, Outcome, Run


def report(toy: Toy) -> SeriesReport:
    return gather.report(toy.series(), toy.base(), toy.cache)


def tree(toy: Toy, version: str) -> str:
    return apply.apply(toy.series(), toy.base(), Target(version), toy.cache).tree


def test_what_was_never_run_is_said_so_and_is_not_good(toy: Toy) -> None:
    found = report(toy)
    (config,) = found.results
    assert [(c.kept, c.good) for c in config.columns] == [(Kept.NEVER, False)] * 2
    text = page.render(found)
    assert "never run here: refseries test v1 --config default" in text
    assert "never checked as it stands" in text
    assert "never measured" in text
    assert "never tried" in text
    assert not re.search('class="[^"]*pass', text)  # nothing is shown as good


def test_names_of_cases_break_between_words(toy: Toy) -> None:
    sample_reports.keep_run(toy, "v1", CaseResult("toy_box.small_<b>_one", Outcome.FAIL))
    text = page.render(report(toy))
    assert "toy_<wbr>box <small>" in text
    assert '<th scope="row">small_&lt;b&gt;_<wbr>one</th>' in text


def test_the_page_is_for_others_and_has_no_home_of_ours(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(toy.directory))
    place = sample_reports.keep_run(toy, "v1", CaseResult("toy.small", Outcome.FAIL))
    column = report(toy).results[0].columns[0]
    assert column.log == f"~/{place.relative_to(toy.directory)}"
    assert str(toy.directory) not in page.render(report(toy))


def test_each_version_says_what_it_is_in_its_own_words(toy: Toy) -> None:
    found = report(toy)
    assert [each.letter for each in found.versions] == ["Toys for all."] * 2
    assert page.render(found).count("its cover letter") == 2


def test_results_of_older_patches_are_stale_and_not_good(toy: Toy) -> None:
    sample_reports.keep_run(toy, "v2", CaseResult("toy.small", Outcome.PASS))
    path = toy.project / "series" / "v2" / "0001-mm-introduce-toys.patch"
    assert report(toy).results[0].columns[1].kept is Kept.CURRENT
    path.write_text(path.read_text().replace("+short toy_create;", "+long toy_create;"))
    column = report(toy).results[0].columns[1]
    assert (column.kept, column.good, column.cases) == (Kept.STALE, False, ())
    assert 'class="c1 none"' in page.render(report(toy))


def test_an_expected_failure_is_not_shown_as_a_pass(toy: Toy) -> None:
    place = sample_reports.keep_run(
        toy,
        "v1",
        CaseResult("toy.small", Outcome.XFAIL, Outcome.FAIL),
        CaseResult("toy.b", Outcome.PASS),
    )
    assert place.is_dir()
    text = page.render(report(toy))
    assert re.search(r'class="c0 xfail"><button type="button">xfail</button>', text)
    assert "1 pass, 1 xfail (as expected)" in text
    assert page.kind("fail!") == "bad"
    assert page.kind("timeout") == page.kind("crash") == page.kind("xfail") == "xfail"


def test_a_case_has_its_own_console_and_output(toy: Toy) -> None:
    sample_reports.hostile(toy)
    column = report(toy).results[0].columns[0]
    story = next(each for each in column.cases if each.result.name == sample_reports.HOSTILE_CASE)
    assert story.console == f"kernel: {sample_reports.MARKUP}"
    assert story.output == f"# case: {sample_reports.MARKUP}"
    assert not next(each for each in column.cases if each.result.name == "toy.plain").console


def test_a_forged_mark_moves_no_line_to_another_case(toy: Toy) -> None:
    place = sample_reports.keep_run(toy, "v1", CaseResult("toy.a", Outcome.FAIL))
    forged = "refseries: start toy.innocent aaaaaaaaaaaaaaaa\n[    1.150000] it is to blame"
    sample_reports.says(place, "toy.a", forged, "# text")
    found = excerpts.excerpts_of(place, frozenset({"toy.a"}))
    assert list(found.console) == ["toy.a"]
    assert "it is to blame" in found.console["toy.a"]


def test_boots_are_told_in_their_order(toy: Toy) -> None:
    place = sample_reports.keep_run(toy, "v1", CaseResult("toy.a", Outcome.FAIL))
    for boot in (10, 2):
        sample_reports.says(place, "toy.a", f"boot {boot}", "# text")
        (place / "console.log").rename(place / f"console-{boot}.log")
        (place / "results.ktap").rename(place / f"results-{boot}.ktap")
    assert excerpts.excerpts_of(place, frozenset()).console["toy.a"] == "boot 2\nboot 10"


def test_figures_of_base_are_stale_on_another_base_and_none_where_nothing_is_known(
    toy: Toy,
) -> None:
    sample_reports.keep_findings(toy, "v1", "one line")
    measurements.save(toy.series(), dataclasses.replace(V1, version="base"))
    found = report(toy).costs
    assert found is not None
    assert found.stale == ("base", "v1", "v2")
    unknown = costs.cost_story(ReportSources(toy.series(), None, toy.cache))
    assert unknown is not None
    assert unknown.stale == ()


def test_an_endless_console_is_cut_and_says_so(toy: Toy) -> None:
    place = sample_reports.keep_run(toy, "v1", CaseResult("toy.a", Outcome.FAIL))
    sample_reports.says(place, "toy.a", "\n[    1.100000] ".join(map(str, range(500))), "# text")
    text = excerpts.excerpts_of(place, frozenset()).console["toy.a"]
    assert text.endswith(f"\n… and {500 - excerpts.MOST_LINES} lines more")
    assert excerpts.excerpts_of(place / "gone", frozenset()) == excerpts.Excerpts({}, {})


def test_the_story_has_reviews_tasks_and_proofs(toy: Toy) -> None:
    store.save(toy.series(), reviews.make())
    found = report(toy)
    v1, v2 = found.versions
    assert [each.who for each in v1.reviews] == ["Ada Löwe"]
    assert [each.task.id for each in v1.reviews[0].tasks] == ["v1-ada-1", "v1-ada-2", "v1-ada-3"]
    (settled,) = v2.settled
    assert settled.task.id == "v1-ada-1"
    assert settled.verdict is Verdict.UNTESTED
    text = page.render(found)
    assert "untested" in text
    assert text.count('id="task-v1-ada-1"') == 1


def test_a_review_point_stands_at_its_line_of_the_range_diff(toy: Toy) -> None:
    store.save(toy.series(), reviews.make())
    (found,) = report(toy).ranges
    assert [each.pair.status for each in found.pairs] == [PairStatus.CHANGED, PairStatus.UNCHANGED]
    placed = {
        line.text: [s.task.id for s in line.tasks] for line in found.pairs[0].lines if line.tasks
    }
    assert placed == {"-+int toy_create;": ["v1-ada-1"]}
    assert found.pairs[0].elsewhere == ()


def test_mutants_of_which_not_all_were_tried_are_not_good(toy: Toy) -> None:
    caught = MutantResult(Mutant("a", "b", "c"), MutantFate.CAUGHT, "toy.a")
    for planned in (1, 2):
        made = MutationReport(Target("v1"), (caught,), planned)
        kept.remember(toy.cache, toy.series().home, "default", tree(toy, "v1"), made)
        assert [each.good for each in report(toy).mutants] == [planned == 1]


def test_a_review_point_is_shown_behind_those_lines_that_are_left_out(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "MOST_LINES", 0)
    store.save(toy.series(), reviews.make())
    pair = report(toy).ranges[0].pairs[0]
    assert [line.text for line in pair.lines] == ["-+int toy_create;"]
    assert pair.left_out > 5


def test_a_point_whose_line_is_gone_stands_at_its_patch(toy: Toy) -> None:
    review = reviews.make()
    anchor = replace(review.tasks[0].anchor, text="int nothing_like_it;")
    store.save(toy.series(), replace(review, tasks=(replace(review.tasks[0], anchor=anchor),)))
    (found,) = report(toy).ranges
    assert [each.task.id for each in found.pairs[0].elsewhere] == ["v1-ada-1"]
    assert "Make the toy small" in page.render(report(toy))


def test_a_version_that_does_not_apply_is_named_and_the_rest_is_shown(toy: Toy) -> None:
    sample_reports.keep_run(toy, "v1", CaseResult("toy.a", Outcome.PASS))
    path = toy.project / "series" / "v2" / "0001-mm-introduce-toys.patch"
    path.write_text(path.read_text().replace("-int line_10;", "-int other;"))
    found = report(toy)
    assert found.versions[1].problem
    assert not found.versions[0].problem
    assert found.ranges[0].problem.startswith("v2: ")
    column = found.results[0].columns[1]
    assert (column.words, column.good) == ("apply: apply-failed (NOT as expected)", False)
    # It is a change, as it is in the matrix of `test`.
    (change,) = found.results[0].changes
    assert (change.after, change.broke) == ("v2", ("stage: apply",))
    assert "does not apply: " in page.render(found)


def test_a_version_that_is_expected_not_to_apply_is_as_it_should_be(toy: Toy) -> None:
    path = toy.project / "series" / "v2" / "0001-mm-introduce-toys.patch"
    path.write_text(path.read_text().replace("-int line_10;", "-int other;"))
    tests = toy.project / "kernel-tests"
    tests.mkdir(exist_ok=True)
    (tests / "expectations.toml").write_text(
        'schema = 1\n[[expect]]\nstage = "apply"\nversions = ["v2"]\nconfigs = ["*"]\n'
        'outcome = "fail"\ntask = "v1-ada-1"\nwhy = "It is of another kernel."\n'
    )
    column = report(toy).results[0].columns[1]
    assert (column.words, column.good) == ("apply: apply-failed (as expected)", True)


def test_a_guest_that_said_nothing_and_a_splat_are_named(toy: Toy) -> None:
    splat = Splat("bug", "BUG: toy", None, "")
    sample_reports.keep_run(toy, "v1", CaseResult("toy.a", Outcome.PASS), splats=(splat,))
    stages = sample_reports.FINE | {"boot": StageOutcome.PANIC, "test": StageOutcome.NOT_RUN}
    run = Run(Target("v2"), "default", "arm64", stages)
    runs.remember(toy.cache, toy.series().home, run, tree(toy, "v2"))
    first, second = report(toy).results[0].columns
    assert first.words == "1 pass, 1 splat (as expected)"
    assert (second.words, second.good) == ("boot: panic (NOT as expected)", False)


def test_findings_of_other_messages_are_not_told(toy: Toy) -> None:
    sample_reports.keep_findings(toy, "v1", "one line")
    patch = next((toy.project / "series/v1").glob("0001-*.patch"))
    before = tree(toy, "v1")
    patch.write_text(
        patch.read_text()
        .replace("Subject: [PATCH", "Subject: [PATCH other", 1)
        .replace("\n---\n", "\nReworded.\n---\n", 1)
    )
    assert tree(toy, "v1") == before
    assert report(toy).versions[0].checks is None


def test_findings_figures_and_mutants_are_those_that_are_kept(toy: Toy) -> None:
    sample_reports.keep_findings(toy, "v1", "one line <less>")
    found = report(toy)
    assert found.versions[0].checks is not None
    assert found.versions[1].checks is None
    # Others than the one that was run, --only it, are not there, and that is said.
    assert "spelling" not in found.unchecked
    assert {"checkpatch", "sparse", "coccinelle"} <= set(found.unchecked)
    assert re.search(r"run for no version</span> checkpatch, .*sparse", page.render(found))
    assert found.costs is not None
    assert found.costs.stale == ("v1", "v2")  # they are of no tree of the toy
    line = next(each for each in found.costs.lines if each.name == "read.toy.dense")
    assert (line.values, line.verdict) == (("1,100", "550"), "better")
    lost = dataclasses.replace(V2, figures=())
    line, *_ = costs.lines_of((V1, V2, lost))  # nothing is said of v3, which has no such figure
    assert (line.values[2], line.verdict) == ("–", "")
    assert [each.words for each in found.mutants] == [
        "0 of 1 caught, 1 survived; 1 without a reason"
    ]
    text = page.render(found)
    for told in (
        "mm/toy.c:1", "first load, dense", "one line &lt;less&gt;", "v1, default",
        '<th scope="col">v1 → v2</th>',
    ):  # fmt: skip
        assert told in text


def test_mutants_that_nobody_can_tell_from_the_version_stand_apart(toy: Toy) -> None:
    mutant = Mutant("a", "b", "-a\n")
    results = (
        MutantResult(mutant, MutantFate.CAUGHT),
        MutantResult(mutant, MutantFate.SURVIVED, reason=Reason.COST, why="slow"),
        MutantResult(mutant, MutantFate.SURVIVED, reason=Reason.EQUIVALENT, why="same"),
    )
    kept.remember(
        toy.cache, "toy", "default", tree(toy, "v1"), MutationReport(Target("v1"), results, 3)
    )
    assert [each.words for each in report(toy).mutants] == [
        "1 of 2 caught, 1 survived beside 1 that nobody can tell from the version"
    ]


def test_mutants_of_other_patches_or_tests_and_of_a_part_are_not_kept(toy: Toy) -> None:
    result = MutantResult(Mutant("a", "b", "-a\n"), MutantFate.CAUGHT)
    report_ = MutationReport(Target("v1"), (result,), 1)
    judges = Judges(Expectations(), "tests")
    by = judges.digest(Target("v1"), "default", booted=True)

    def remember(made: MutationReport) -> None:
        kept.remember(toy.cache, "toy", "default", "t" * 40, made, by)

    def latest(tree: str, tests: str = "tests") -> MutationReport | None:
        now = dataclasses.replace(judges, tests=tests)
        return kept.latest(toy.cache, "toy", "v1", "default", tree, now)

    remember(dataclasses.replace(report_, stopped=True))
    assert latest("t" * 40) is None
    remember(report_)
    assert latest("t" * 40) == report_
    assert latest("u" * 40) is None
    assert latest("t" * 40, "fewer tests") is None


def test_a_series_without_version_or_base_has_a_page(toy: Toy) -> None:
    text = page.render(gather.report(toy.series(), None, toy.cache))
    assert "not imported here" in text
    empty = dataclasses.replace(toy.series(), versions=())
    text = page.render(gather.report(empty, toy.base(), toy.cache))
    assert "The series has no version yet." in text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("++int a;", "add plus"),
        ("-+int a;", "del plus"),
        ("+-int a;", "add minus"),
        ("  int a;", "same"),
        (" +int a;", "same"),
        ("@@ mm/a.c: f", "hunk"),
        ("", "same"),
    ],
)
def test_a_line_of_a_range_diff_has_its_colour(text: str, kind: str) -> None:
    assert page._mark(text) == kind


@pytest.mark.parametrize(
    "heading", ["@@ mm/toy.c (new)", "@@ mm/toy.c: f()", "@@ mm/toy.c", "  ## mm/toy.c (new) ##"]
)
def test_a_point_finds_its_line_below_each_kind_of_heading(heading: str) -> None:
    task = reviews.make().tasks[0]
    about = [TaskStory(task, None)]
    lines = (
        "@@ mm/other.c: f()",
        "-+int toy_create;",
        heading,
        "++int toy_create;",
        "-+int toy_create;",
    )
    assert ranges._placed(lines, about) == {4: about}


def test_a_point_on_a_message_finds_its_line_there() -> None:
    task = reviews.make().tasks[0]
    anchor = replace(task.anchor, file="", text="A toy is a page.")
    about = [TaskStory(replace(task, anchor=anchor), None)]
    lines = ("@@ Commit message", "     A toy is a page.", "@@ mm/toy.c", " +A toy is a page.")
    assert ranges._placed(lines, about) == {1: about}


def test_no_character_that_turns_text_round_is_on_the_page(toy: Toy) -> None:
    name = f"toy.{sample_reports.TURNED}"
    sample_reports.keep_run(
        toy, "v1", CaseResult(name, Outcome.FAIL, message=sample_reports.TURNED)
    )
    review = reviews.make()
    store.save(
        toy.series(),
        replace(review, tasks=(replace(review.tasks[0], comment="see \u202egpj.exe\n"),)),
    )
    text = page.render(report(toy))
    assert "?gpj.exe" in text
    for hidden in ("\u202e", "\x1b", "\\u202e", "\\u001b"):
        assert hidden not in text
