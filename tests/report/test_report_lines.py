# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests ran of the lines that a version adds, on the page."""

from __future__ import annotations

from pathlib import Path

import browsers
import pytest
import sample_reports
from playwright.sync_api import Browser
from toy import Toy

from refseries.coverage.model import AddedSource, CoverageReport, LineState, ReportLine
from refseries.model import Target
from refseries.report import gather, lines, page, serve
from refseries.report.lines import LineWords
from refseries.report.model import SeriesReport
from refseries.testing.model import CaseResult, Outcome


def report(toy: Toy) -> SeriesReport:
    return gather.report(toy.series(), toy.base(), toy.cache)


def covered(found: SeriesReport) -> dict[str, str]:
    return {
        line.text: line.covered
        for each in found.ranges
        for pair in each.pairs
        for line in pair.lines
        if line.covered
    }


def test_nothing_is_known_of_what_was_never_counted(toy: Toy) -> None:
    found = report(toy)
    assert found.lines == ()
    assert "never counted: <code>refseries coverage VERSION</code>" in page.render(found)
    assert covered(found) == {}


def test_what_was_counted_with_older_patches_is_not_shown_as_this_version(toy: Toy) -> None:
    sample_reports.keep_coverage(toy, "v2", tree="0" * 40)
    found = report(toy)
    assert [(story.version, story.report) for story in found.lines] == [("v2", None)]
    text = page.render(found)
    assert "counted with older patches only: <code>refseries coverage v2</code>" in text
    assert covered(found) == {}
    assert "← run" not in text


def test_added_lines_of_a_range_diff_say_what_became_of_them(toy: Toy) -> None:
    sample_reports.keep_coverage(toy, "v2")
    found = report(toy)
    assert covered(found) == {"++int toy[2];": "run", "++short toy_create;": "not run"}
    assert found.lines[0].report is not None
    assert found.lines[0].report.tally.run == 1


def test_the_same_text_twice_is_known_only_where_both_fared_alike(toy: Toy) -> None:
    sample_reports.keep_coverage(toy, "v2")
    known = LineWords(report(toy).lines[0].report)
    assert known.of("mm/toy.c", 1, "short toy_create;") == "not run"
    assert known.of("mm/toy.c", 2, "short toy_create;") == ""
    assert known.of("mm/memory.c", 1, "short toy_create;") == ""
    assert LineWords(None).of("mm/toy.c", 1, "short toy_create;") == ""
    known = LineWords(counted(("a.c", "one;"), ("a.c", "two;"), ("a.c", "one;!"), ("a.c", "two;")))
    assert (known.of("a.c", 1, "one;"), known.of("a.c", 1, "two;")) == ("", "run")


def counted(*lines: tuple[str, str]) -> CoverageReport:
    """Lines by file and text, all of which were run, but those with an exclamation mark."""
    made = tuple(
        ReportLine(
            AddedSource(file, number, 1, text.rstrip("!")),
            LineState.NOT_RUN if text.endswith("!") else LineState.RUN,
        )
        for number, (file, text) in enumerate(lines, 1)
    )
    return CoverageReport(Target("v2"), ("default",), ("mm: toys",), made)


def test_of_too_many_lines_the_first_are_shown_and_the_others_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "MOST_LINES", 3)
    found = counted(*((f"{name}.c", "x;") for name in "aabbcc"))
    assert [(file, len(there), left) for file, _, there, left in lines.shown(found)] == [
        ("a.c", 2, 0), ("b.c", 1, 1), ("c.c", 0, 2),
    ]  # fmt: skip


def test_a_browser_shows_words_beside_the_colours(
    toy: Toy, browser: Browser, tmp_path: Path
) -> None:
    sample_reports.keep_run(toy, "v2", CaseResult("toy.small", Outcome.PASS))
    sample_reports.keep_coverage(toy, "v2")
    path = tmp_path / "toy.html"
    path.write_text(page.render(report(toy)))
    shown = browsers.new_page(browser)
    shown.goto(path.as_uri())
    shown.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    rows = [row.inner_text().split("\t") for row in shown.locator("table.counted tbody tr").all()]
    assert [row[:2] for row in rows] == [
        ["10", "run"], ["1", "not run"], ["2", "not compiled"], ["3", "no code"],
    ]  # fmt: skip
    assert sample_reports.MARKUP in rows[2][2]
    assert "1 of 2 added lines that are code are run by a case, 1 more is not compiled" in (
        shown.locator("body").inner_text()
    )

    def colour(selector: str) -> str:
        script = "one => getComputedStyle(one).backgroundColor"
        return str(shown.locator(selector).first.evaluate(script))

    assert shown.locator(".rangediff .was-run").inner_text() == "++int toy[2];  ← run"
    assert shown.locator(".rangediff .not-run").inner_text() == "++short toy_create;  ← not run"
    kinds = ("was-run", "not-run", "not-compiled")
    assert len({colour(f"table.counted .{kind} td.code") for kind in kinds}) == 3
    assert colour(".rangediff .was-run") != colour(".rangediff .not-run")
    shown.context.close()


def test_a_page_that_is_served_is_new_when_lines_were_counted(toy: Toy) -> None:
    before = serve.stamp(toy.series(), toy.cache)
    sample_reports.keep_coverage(toy, "v2")
    assert serve.stamp(toy.series(), toy.cache) != before
