# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import io
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import pytest
from rich.console import Console

from refseries.cli import matrix_view
from refseries.model import BaseInfo, Splat, StageOutcome, Target
from refseries.testing import example
from refseries.testing.model import CaseResult, Matrix, Outcome, Run
from refseries.testing.touched import TouchedFile

S = StageOutcome
O = Outcome  # noqa: E741 - as in a table
BASE = BaseInfo("6.12.117", "package", Path("/cache/repo.git"), "c" * 40, "e" * 40)
FINE = {"apply": S.PASS, "build": S.PASS, "boot": S.PASS, "test": S.PASS}


def run(version: str, *results: CaseResult, splats: tuple[Splat, ...] = ()) -> Run:
    expected = all(result.as_expected for result in results) and not splats
    return Run(
        Target(version), "default", "arm64", FINE, results=results, splats=splats,
        as_expected=expected,
    )  # fmt: skip


def matrix(*runs: Run) -> Matrix:
    return Matrix("toy", BASE, runs)


def shown(value: Matrix, *, full: bool = False, touched: tuple[TouchedFile, ...] = ()) -> list[str]:
    console = Console(file=io.StringIO(), width=80, highlight=False, markup=False)
    matrix_view.show(console, value, touched, full=full)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


TWO = matrix(
    run(
        "v1",
        CaseResult("toy_map.read", O.PASS),
        CaseResult("toy_map.write", O.PASS),
        CaseResult("toy_map.shared", O.XFAIL, O.FAIL, "v1-ada-1", "mapped"),
        CaseResult("toy_fd.cloexec", O.PASS),
    ),
    run(
        "v2",
        CaseResult("toy_map.read", O.PASS),
        CaseResult("toy_map.write", O.FAIL, message="saw zeroes"),
        CaseResult("toy_map.shared", O.PASS),
        CaseResult("toy_fd.cloexec", O.PASS),
    ),
)


def words(lines: list[str], first: str) -> list[str]:
    return next(line.split() for line in lines if line.split()[:1] == [first])


def test_cases_stand_below_their_fixture_and_plain_passes_share_a_row() -> None:
    lines = shown(TWO)
    assert words(lines, "v1") == ["v1", "v2", "task"]
    assert words(lines, "write") == ["write", "pass", "fail!"]
    assert words(lines, "shared") == ["shared", "xfail", "pass", "v1-ada-1"]
    assert words(lines, "1") == ["1", "more", "pass", "pass"]
    assert words(lines, "toy_fd") == ["toy_fd", "(1)", "pass", "pass"]
    assert not any("cloexec" in line for line in lines)
    assert max(map(len, lines)) <= 80


def test_a_narrow_table_has_its_heading_in_one_line() -> None:
    built = Run(
        Target("v1"), "x86_64-sparsemem", "x86_64", {"apply": S.PASS, "build": S.PASS},
        as_expected=True,
    )  # fmt: skip
    assert shown(matrix(built))[0] == "x86_64-sparsemem (x86_64)"


def skipping(name: str, expected: Outcome = O.SKIP) -> CaseResult:
    return CaseResult(name, O.SKIP, expected, message="no such option")


def test_what_skips_in_all_versions_shares_a_row_where_that_is_expected() -> None:
    both = (
        skipping("toy_pin.read"),
        skipping("toy_pin.write"),
        skipping("toy_map.odd", O.PASS),
        skipping("toy_fd.a"),
        CaseResult("toy_fd.b", O.PASS),
    )
    lines = shown(matrix(run("v1", *both), run("v2", *both)))
    assert words(lines, "toy_pin") == ["toy_pin", "(2)", "skip", "skip"]
    assert words(lines, "odd") == ["odd", "skip!", "skip!"]
    assert [line.split() for line in lines if line.startswith("  1 ")] == [
        ["1", "skip", "skip"],
        ["1", "pass", "pass"],
    ]
    lines = shown(matrix(run("v1", *both[:2]), run("v2", CaseResult("toy_pin.read", O.PASS))))
    assert words(lines, "read") == ["read", "skip", "pass"]
    assert words(lines, "write") == ["write", "skip", "-"]


def test_a_row_for_many_cases_passes_nothing_in_a_version_without_results() -> None:
    # A version that did not build had "pass" in the rows of what all others pass.
    broken = Run(Target("v3"), "default", "arm64", {"apply": S.PASS, "build": S.BUILD_FAILED})
    lines = shown(matrix(*TWO.runs, broken))
    assert words(lines, "1") == ["1", "more", "pass", "pass", "-"]
    assert words(lines, "toy_fd") == ["toy_fd", "(1)", "pass", "pass", "-"]
    many = (replace(TWO.runs[0], target=Target(f"v{number}")) for number in range(4, 8))
    lines = shown(matrix(broken, *TWO.runs, *many))
    row = next(line for line in lines if line.startswith("toy_fd"))
    header = next(line for line in lines if line.split()[:2] == ["0", "1"])
    assert row[header.index("0")] == " "
    assert row[header.index("1")] == "·"


def test_why_a_run_is_not_as_expected_is_not_faint() -> None:
    splat = (Splat("warning", "WARNING: toy", None, "WARNING: toy"),)
    bad, good = run("v1", splats=splat), replace(run("v2", splats=splat), as_expected=True)
    console = Console(
        file=io.StringIO(), width=80, force_terminal=True, color_system="standard", highlight=False
    )
    matrix_view.show(console, matrix(bad, good))
    assert isinstance(console.file, io.StringIO)
    told = [line for line in console.file.getvalue().splitlines() if "splat outside" in line]
    assert ["\x1b[2m" in line for line in told] == [False, True]


def test_full_has_a_row_for_every_case() -> None:
    lines = shown(TWO, full=True)
    assert words(lines, "read") == ["read", "pass", "pass"]
    assert words(lines, "cloexec") == ["cloexec", "pass", "pass"]
    assert not any("more" in line.split() for line in lines)


def test_what_changed_and_the_verdict_come_last() -> None:
    lines = shown(TWO)
    start = lines.index("What changed")
    rest = " ".join(line.strip() for line in lines[start:])
    assert "broke 1 toy_map.write" in rest
    assert "fixed 1 toy_map.shared" in rest
    assert "as expected" in lines[-1]
    assert lines[-1] != "Everything is as expected."


def test_a_source_that_nothing_compiled_takes_from_the_verdict() -> None:
    fine = matrix(run("v1", CaseResult("toy_map.read", O.PASS)))
    known = (("default",), ("default",))
    header, source = (TouchedFile(Target("v1"), f"mm/a.{end}", (), *known) for end in "hc")
    assert shown(fine, touched=(header,))[-2:] == [
        "v1: mm/a.h: compiled by no config", "Everything is as expected.",
    ]  # fmt: skip
    assert shown(fine, touched=(header, source))[-2:] == [
        "v1: mm/a.c: compiled by no config",
        "What was compiled is as expected; not all of it was.",
    ]
    newer = TouchedFile(Target("v2"), "mm/a.c", ("default",), *known)
    assert shown(fine, touched=(newer, source))[-1] == "Everything is as expected."
    commit = replace(source, target=Target("my-branch", commit="1" * 40))
    assert shown(fine, touched=(newer, commit))[-1] != "Everything is as expected."


def test_the_example_of_init_says_nothing_of_the_series() -> None:
    text = (resources.files("refseries") / "importing/kernel-tests/example_test.c").read_text()
    assert "TEST_F({}, {})".format(*example.CASE.split(".")) in text
    only = run("v1", CaseResult(example.CASE, O.PASS))
    last = shown(matrix(run("base", CaseResult(example.CASE, O.PASS)), only))[-2:]
    assert " ".join(last) == (
        "As expected, but only init's example was run, which tests nothing of the series: "
        "write tests of your own in kernel-tests/."
    )
    source = TouchedFile(Target("v1"), "mm/a.c", (), ("default",), ("default",))
    assert shown(matrix(only), touched=(source,))[-2:] == last
    more = run("v1", CaseResult(example.CASE, O.PASS), CaseResult("toy.read", O.PASS))
    assert shown(matrix(more))[-1] == "Everything is as expected."
    assert shown(matrix(run("v1")))[-1] == "Everything is as expected."


def test_a_run_that_is_not_as_expected_names_its_evidence_in_one_line() -> None:
    place = Path("/cache/toy/runs/20261124-134203-27914-zgewni8n-and-so-on-and-so-forth/v2-default")
    bad = replace(TWO.runs[1], log=place, message="not as expected: toy_map.write: fail; saw it")
    lines = shown(matrix(replace(TWO.runs[0], log=place / "fine"), bad))
    assert [line for line in lines if str(place) in line] == [f"    evidence: {place}"]
    assert any("toy_map.write: fail; saw it" in line for line in lines)


def test_a_run_that_was_stopped_says_no_more_than_that() -> None:
    stopped = Run(Target("v1"), "default", "arm64", dict.fromkeys(FINE, S.STOPPED))
    lines = shown(replace(matrix(stopped), stopped=True))
    assert [line for line in lines if line.startswith("v1")] == ["v1  stopped (NOT as expected)"]


def test_many_columns_take_a_letter_each() -> None:
    runs = [run(f"v{n}", CaseResult("toy_map.read", O.FAIL, message="no")) for n in range(1, 10)]
    lines = shown(matrix(*runs))
    assert words(lines, "read") == ["read", *["F!"] * 9]
    assert max(map(len, lines)) <= 80


def test_a_case_without_a_console_is_loud_everywhere() -> None:
    heard = CaseResult("toy_map.read", O.PASS)
    lost = CaseResult("toy_map.read", O.NO_CONSOLE, message="says pass, but 3 lines are lost")
    lines = shown(matrix(run("v1", heard), run("v2", lost)))
    assert words(lines, "read") == ["read", "pass", "no-console!"]
    assert any("1 no-console (NOT as expected)" in line for line in lines)
    assert any(line.split() == ["no", "console", "1", "toy_map.read"] for line in lines)
    lines = shown(matrix(*(run(f"v{n}", lost) for n in range(1, 10))))
    assert words(lines, "read") == ["read", *["N!"] * 9]


def test_states_with_long_names_are_numbered() -> None:
    names = ("v1", "v2:nobody-writes-it", "v2:nothing-is-0-percent-of-nothing", "v2")
    lines = shown(matrix(*(run(name, CaseResult("toy_map.read", O.XFAIL)) for name in names)))
    assert lines[1].split() == ["0", "1", "2", "3"]
    assert words(lines, "read") == ["read", "x", "x", "x", "x"]
    assert any(line.startswith("2 v2:nothing-is-0-percent-of-nothing  1 xfail") for line in lines)
    assert max(map(len, lines)) <= 80


class _Text(HTMLParser):
    """What a browser would show of a page, and which tags it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags = "", set[str]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_shows_every_case() -> None:
    page = _Text(matrix_view.as_html(TWO))
    assert "toy v1 v2 on Linux 6.12.117" in page.text
    for word in ("read", "cloexec", "fail!", "v1-ada-1", "broke"):
        assert word in page.text


@pytest.mark.parametrize(
    "name", ["toy.<script>alert(1)</script>", "toy.{0}{foreground}", "toy.&lt;"]
)
def test_a_name_from_the_guest_stays_text_in_the_page(name: str) -> None:
    hostile = matrix(
        run("v1", CaseResult(name, O.FAIL, message=name), splats=(Splat("bug", name, None, name),))
    )
    page = _Text(matrix_view.as_html(hostile))
    assert name.removeprefix("toy.") in page.text
    assert "script" not in page.tags


FLAKY = CaseResult(
    "toy_map.shared", O.FLAKY, message="3 of 50 rounds; round 7, 1 processor, seed 7: fail: saw",
    rounds=50, odd=3,
)  # fmt: skip


def test_a_flaky_case_is_told_with_its_count_and_first_failure() -> None:
    steady = CaseResult("toy_map.read", O.PASS, rounds=50)
    lines = shown(matrix(run("v1", steady, FLAKY)))
    assert any("flaky 3/50!" in line for line in lines)
    assert "v1  50 rounds: 1 pass, 1 flaky (NOT as expected)" in [line.rstrip() for line in lines]
    told = " ".join(line.strip() for line in lines)
    assert "flaky toy_map.shared: 3 of 50 rounds; round 7, 1 processor, seed 7: fail: saw" in told
    assert max(map(len, lines)) <= 80
    assert "flaky 3/50!" in matrix_view.as_html(matrix(run("v1", steady, FLAKY)))


def test_a_flaky_case_fits_into_a_narrow_table() -> None:
    lines = shown(matrix(*(run(f"v{number}", FLAKY) for number in range(1, 8))))
    assert any(line.count("~3!") == 7 for line in lines)
    assert max(map(len, lines)) <= 80
