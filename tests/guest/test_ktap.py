# SPDX-License-Identifier: GPL-2.0-or-later
"""The KTAP reader against golden logs, and against anything at all."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refseries.guest import ktap
from refseries.guest.results import CaseStatus, KtapReport, KtapResult

DATA = Path(__file__).resolve().parents[1] / "data" / "ktap"
GOLDEN = sorted(DATA.glob("*.log"))


STARTED = "# refseries: start a.one 0000000000000001 0000000000000002\n"
ENDED = "# refseries: end a.one 0000000000000002\n"


def as_json(result: KtapResult) -> dict[str, Any]:
    value: dict[str, Any] = {
        "number": result.number,
        "name": result.name,
        "status": str(result.status),
    }
    if result.text:
        value["text"] = result.text
    if result.subtests:
        value["subtests"] = [as_json(subtest) for subtest in result.subtests]
    return value


@pytest.mark.parametrize("log", GOLDEN, ids=lambda log: log.stem)
def test_golden_log_reads_as_written_down(log: Path) -> None:
    expected = json.loads(log.with_suffix(".json").read_text(encoding="utf-8"))
    report = ktap.parse(log.read_bytes(), guest=expected["guest"], first=expected["first"])
    found = {
        "guest": expected["guest"],
        "first": expected["first"],
        "ok": report.ok,
        "plan": report.plan,
        "missing": report.missing,
        "running": report.running,
        "exit_status": report.exit_status,
        "bail": report.bail,
        "skip_all": report.skip_all,
        "cases": [list(case) for case in report.cases],
        "errors": list(report.errors),
        "results": [as_json(result) for result in report.results],
    }
    assert found == expected


def test_golden_logs_are_all_there() -> None:
    assert len(GOLDEN) >= 30
    assert {log.stem for log in GOLDEN} == {log.stem for log in DATA.glob("*.json")}


def test_diagnostics_stand_at_the_result_that_follows_them() -> None:
    report = ktap.parse(
        "1..2\n# before one\nsome line\nok 1 one\n  # before two\nok 2 two\n# last\n"
    )
    assert [result.diagnostics for result in report.results] == [
        ("# before one", "some line"),
        ("# before two",),
    ]
    assert report.diagnostics == ("# last",)


def test_what_is_missing_is_counted() -> None:
    report = ktap.parse("1..4\nok 1 a\nnot ok 2 b\n")
    assert [result.status for result in report.results] == [CaseStatus.PASS, CaseStatus.FAIL]
    assert report.missing == 2


def test_markers_are_diagnostics_outside_of_our_guest() -> None:
    report = ktap.parse("1..1\n# refseries: start x\nok 1 a\n# refseries: exit 0\n")
    assert report.ok
    assert report.exit_status is None
    assert report.running is None


def test_feed_gives_each_finished_case_once_and_says_what_runs() -> None:
    parser = ktap.Parser(guest=True)
    assert not parser.started
    assert (
        parser.feed(
            b"KTAP version 1\n1..2\n# refseries: start a.one 0000000000000001 0000000000000002\n"
            b"  ok 1 a.one\n# refseries: end a.one 0000000000000002\nok 1 a."
        )
        == []
    )
    assert parser.started
    assert parser.running == "a.one"
    start = b"one\n# refseries: start a.two 0000000000000003 0000000000000004\n"
    assert [result.name for result in parser.feed(start)] == ["a.one"]
    assert parser.running == "a.two"
    assert not parser.ended
    end = b"# refseries: end a.two 0000000000000004\nok 2 a.two\n# refseries: exit 0\n"
    assert [result.status for result in parser.feed(end)] == [CaseStatus.PASS]
    assert parser.ended
    assert parser.finish().ok


def test_every_directive_keeps_its_own_word() -> None:
    lines = ["SKIP", "XFAIL", "XPASS", "TIMEOUT", "CRASH", "ERROR"]
    text = f"1..{len(lines)}\n" + "".join(
        f"ok {number} case # {word} why\n" for number, word in enumerate(lines, 1)
    )
    statuses = [result.status.value for result in ktap.parse(text).results]
    assert statuses == [word.lower() for word in lines]


def test_an_overlong_result_line_is_no_result() -> None:
    report = ktap.parse("1..1\nok 1 " + "x" * ktap.MAX_LINE + " # SKIP\n")
    assert report.results == ()
    assert report.missing == 1


def test_a_huge_plan_costs_nothing() -> None:
    report = ktap.parse("1..999999999\n")
    assert report.missing == 999999999
    assert report.results == ()


@pytest.mark.parametrize(
    "line",
    [
        b"ok 1 x\n",
        b"not ok 7 " + b"# " * 40 + b"\n",
        b"# " * 2000 + b"ok 1 x\n",
        b" #" * 2000 + b"\n",
        b"ok 1 " + b"[ " * 1500 + b"\n",
        b"1..2\n  1..2\n    ok 2 x\n",
        b"x" * 10_000,
        b"# refseries: start a\n",
        STARTED.encode(),
        f"{STARTED}{ENDED}".encode(),
    ],
    ids=[
        *("results", "hashes", "deep", "blanks", "brackets", "nested", "one-line"),
        *("bare-starts", "starts", "cases"),
    ],
)
def test_hostile_megabytes_are_read_in_linear_time(line: bytes) -> None:
    def cost(size: int) -> float:
        data = line * (size // len(line))
        start = time.process_time()
        ktap.parse(data, guest=True)
        return time.process_time() - start

    cost(10_000)
    small, large = cost(250_000), cost(1_000_000)
    assert large < 12 * small + 0.2  # quadratic would be 16 times, on top of a start that is large
    assert large < 60


def test_what_is_kept_of_a_flood_of_cases_is_bounded() -> None:
    report = ktap.parse(f"1..9\n{STARTED}{ENDED}" * (3 * ktap.MAX_RESULTS), guest=True)
    assert len(report.results) <= ktap.MAX_RESULTS + 1
    assert len(report.marks) <= ktap.MAX_RESULTS
    assert any("more than" in error for error in report.errors)


def test_what_was_written_by_no_case_and_not_by_init_is_told_once() -> None:
    flood = "# refseries: start a.two 0000000000000001 0000000000000002\nok 2 a.two\n" * 1000
    report = ktap.parse(f"1..1\n{STARTED}{flood}", guest=True)
    assert [(each.name, each.status) for each in report.results] == [("a.one", CaseStatus.CRASH)]
    assert report.errors[0] == "a.one wrote on the results channel itself"
    assert len(report.errors) == 2


def passes(report: KtapReport) -> int:
    return sum(result.status is CaseStatus.PASS for result in report.results)


def leaf_passes(report: KtapReport) -> int:
    return sum(
        each.status is CaseStatus.PASS
        for result in report.results
        for each in result.walk()
    )  # fmt: skip


PIECES = st.sampled_from(
    """KTAP version 1|TAP version 13|1..2|1..4|1..0 # SKIP why|ok 1 one|ok 2 two|not ok 2 two
ok 3 # SKIP|ok 3 three # XFAIL why|not ok 4 four # TIMEOUT 3 seconds|ok 5 five[    1.000000] glued
Bail out! why|# refseries: start one 0000000000000001 0000000000000002|# refseries: exit 0
# refseries: start two 0000000000000003 0000000000000004|# refseries: end one 0000000000000002
# refseries: end two 0000000000000004|# refseries: end two 0000000000000002|# Totals: pass:2
# refseries: start one|# refseries: list 0000000000000005|# refseries: listed 0000000000000005
# refseries: output cut after 3 bytes|# refseries: case 1 one|[    1.000000] ok 1 one|?|
""".replace("\n", "|").split("|")
)
INDENT = st.sampled_from(["", "", "", "  ", "    ", "# ", "# # ", "\t"])
LOGS = st.lists(st.builds(lambda a, b: a + b, INDENT, PIECES), max_size=40).map("\n".join)


@settings(max_examples=300)
@given(data=st.one_of(st.binary(max_size=400), LOGS.map(str.encode)), guest=st.booleans())
def test_anything_can_be_read(data: bytes, guest: bool) -> None:
    report = ktap.parse(data, guest=guest)
    assert report.missing >= 0
    if guest and report.exit_status is None:
        assert not report.ok


@settings(max_examples=400)
@given(log=LOGS, cut=st.integers(min_value=0), guest=st.booleans())
def test_a_prefix_of_a_log_never_passes_more(log: str, cut: int, guest: bool) -> None:
    whole = ktap.parse(log + "\n", guest=guest)
    prefix = ktap.parse((log + "\n")[: cut % (len(log) + 2)], guest=guest)
    assert passes(prefix) <= passes(whole)
    assert leaf_passes(prefix) <= leaf_passes(whole)


@settings(max_examples=200)
@given(log=LOGS, sizes=st.lists(st.integers(min_value=1, max_value=30), min_size=1, max_size=20))
def test_pieces_read_like_the_whole(log: str, sizes: list[int]) -> None:
    data = log.encode()
    parser = ktap.Parser(guest=True)
    seen: list[KtapResult] = []
    position = 0
    for turn in range(len(data)):
        step = sizes[turn % len(sizes)]
        seen += parser.feed(data[position : position + step])
        position += step
    whole = ktap.parse(data, guest=True)
    assert parser.finish() == whole
    assert len(seen) <= len(whole.results)
    assert tuple(seen) == whole.results[: len(seen)]
