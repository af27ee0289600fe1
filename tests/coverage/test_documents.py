# SPDX-License-Identifier: GPL-2.0-or-later
"""A report on the screen, as JSON, as lcov's trace file and as a page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from refseries.cli import coverage_page, coverage_view
from refseries.coverage import documents, report
from refseries.coverage.model import (
    AddedSource,
    CompiledLine,
    ConfigCoverage,
    CoverageReport,
    CoveredCase,
    LineState,
)
from refseries.coverage.reasons import Reasons
from refseries.model import Target
from refseries.testing.model import Outcome

TEXT = ("int f(int a)", "\tif (a)", '\t\tg("<\x1b[31mb>");', "\th();", "\tk();", "}")
ADDED = tuple(AddedSource("mm/toy.c", number, 2, text) for number, text in enumerate(TEXT, 10))
CASES = tuple(CoveredCase(f"toy.{name}", Outcome.PASS, True, 0.1) for name in ("one", "two"))


def line(number: int, *cases: int, boot: bool = False, taken: int = 0) -> CompiledLine:
    ways = 2 if number == 11 else 0
    return CompiledLine("mm/toy.c", number, "f", boot, cases, ways, taken)


def config(name: str, *lines: CompiledLine, **other: object) -> ConfigCoverage:
    given: dict[str, object] = {"cases": CASES, "left_out": (("mm/toy.c", 14),), **other}
    return ConfigCoverage("v1", name, "tree", "", "", "", ADDED, lines=lines, **given)  # type: ignore[arg-type]


DEFAULT = config("default", line(11, 0, 1, taken=1), line(12), line(13, boot=True))


def made(*configs: ConfigCoverage) -> CoverageReport:
    return report.build(Target("v1"), ("one", "mm: <toy>"), configs or (DEFAULT,), Reasons())


def states(found: CoverageReport) -> list[str]:
    return [str(each.state) for each in found.lines]


def test_each_state_is_told_from_the_others() -> None:
    assert states(made()) == ["no-code", "run", "not-run", "boot", "not-compiled", "no-code"]
    tally = made().tally
    assert (tally.added, tally.compiled, tally.run, tally.not_compiled) == (6, 3, 1, 1)
    assert (tally.ways, tally.taken) == (2, 1)


def test_another_config_may_run_or_compile_what_the_first_does_not() -> None:
    debug = config("debug", line(11, 1, taken=2), line(12, 0), line(14), left_out=())
    both = made(DEFAULT, debug)
    assert states(both) == ["no-code", "run", "run", "boot", "not-run", "no-code"]
    run = both.lines[1]
    assert run.cases == (("default", ("toy.one", "toy.two")), ("debug", ("toy.two",)))
    assert not run.partly  # debug takes both ways
    # One in which the line is no condition says nothing of the ways out of it.
    plain = config("plain", replace(line(11, 0), ways=0, function=""))
    assert made(plain, DEFAULT).lines[1].partly
    assert made(plain, DEFAULT).lines[1].function == "f"
    # It sees the last line, and makes no code of it.
    seen = config("debug", line(12), left_out=())
    assert states(made(DEFAULT, seen))[4] == "no-code"


def test_red_cases_and_lost_counters_make_it_no_whole_report() -> None:
    assert made().whole
    red = (CoveredCase("toy.one", Outcome.TIMEOUT, False, 60.0), CASES[1])
    failed = made(config("default", cases=red))
    assert (failed.red, failed.whole) == (("default: toy.one: timeout",), False)
    assert not replace(made(), stale=("coverage.toml:3: unrun[0].line",)).whole
    lost = made(config("default", problems=("toy.one: lost",)))
    assert (lost.problems, lost.whole) == (("default: toy.one: lost",), False)


def test_a_reason_is_for_its_function_and_version_and_excuses_what_no_case_runs(
    tmp_path: Path,
) -> None:
    entry = '[[unrun]]\nfile = "mm/toy.c"\nline = "{}"\n{}\nversions = ["v1"]\nwhy = "So."\n'
    (tmp_path / "kernel-tests").mkdir()
    (tmp_path / "kernel-tests/coverage.toml").write_text(
        "schema = 1\n"
        + entry.format("if (a)", "")
        + entry.format("h();", 'function = "f"')
        + entry.format("gone();", "")
    )
    reasons = Reasons.load(tmp_path)
    one, two = (report.build(Target(name), (), (DEFAULT,), reasons) for name in ("v1", "v2"))
    assert [each.added.text.strip() for each in one.lines if each.reason] == ["if (a)", "h();"]
    # Of the first, which is run, only a way out has a reason.
    assert (one.tally.excused, one.tally.percent) == (1, 50)
    assert [place.rpartition(" ")[2] for place in one.stale] == ["unrun[2].line"]
    assert not any(each.reason for each in two.lines)
    assert two.stale == ()
    assert reasons.why(Target("v1"), "g", ADDED[3]) == ""


def test_one_line_of_three_reaches_a_third() -> None:
    assert made().reaches(33)
    assert not made().reaches(34)


def test_a_version_without_code_reaches_nothing() -> None:
    found = made(config("default"))
    assert found.tally.percent is None
    assert not found.reaches(0)
    assert coverage_view.summary(found) == "v1 in default: none of 6 added lines is code."
    assert made().reaches(33.3)
    assert not made().reaches(33.4)


def test_json_has_every_line() -> None:
    document = documents.as_json(made())
    assert document["total"]["percent"] == pytest.approx(100 / 3)
    assert document["lines"][1]["cases"] == [{"config": "default", "cases": ("toy.one", "toy.two")}]
    assert [each["state"] for each in document["lines"]] == states(made())


def test_lcov_counts_the_cases_of_lines_that_are_code() -> None:
    assert documents.as_lcov(made()) == (
        "TN:\nSF:mm/toy.c\nDA:11,2\nDA:12,0\nDA:13,0\nLF:3\nLH:1\nend_of_record\n"
    )


def test_a_page_obeys_no_text() -> None:
    page = coverage_page.as_html(made())
    assert "<toy>" not in page
    assert "\x1b" not in page
    assert "g(&quot;&lt;?[31mb&gt;&quot;);" in page
    assert '<tr class="not-run">' in page
    assert "1 of 2 ways out are taken." in page


def test_the_screen_shows_what_is_not_run_and_on_request_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    coverage_view.show(made(), every_line=False, at_least=50)
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "No case runs:\n  mm/toy.c\n    f()\n       12               g(" in text
    assert "Run as the kernel starts, by no case:" in text
    assert "Not compiled:" in text
    assert "       11 1/2       if (a)" in text
    assert "toy.one" not in text
    assert "of 3 lines of code 1 are run, 33.3 %, and 1 of 2 ways out" in text
    assert "; 1 more line no config compiles." in " ".join(text.split())
    assert text.endswith("Less than 50 %.\n")
    coverage_view.show(made(), every_line=True, at_least=None)
    assert "default: toy.one, toy.two" in capsys.readouterr().out


def test_lines_that_are_inlined_are_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    inlined = replace(line(12), function="")
    coverage_view.show(made(config("default", inlined)), every_line=False, at_least=None)
    text = capsys.readouterr().out
    assert "No case runs:\n  mm/toy.c\n    in a function that is inlined\n       12" in text


def test_a_document_for_programs_leaves_it_to_others_why_it_is_not_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lost = made(config("default", line(12), problems=("toy.one: lost",)))
    coverage_view.show_wrong(lost, 50, to_err=True)
    assert capsys.readouterr() == ("", "default: toy.one: lost\nLess than 50 %.\n")


def test_states_are_words_of_the_document() -> None:
    assert {str(state) for state in LineState} == {
        "run", "boot", "not-run", "not-compiled", "no-code",
    }  # fmt: skip
