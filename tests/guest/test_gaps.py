# SPDX-License-Identifier: GPL-2.0-or-later
"""What a console cannot vouch for: lines that were dropped, marks that are missing or forged."""

from pathlib import Path

import pytest

from refseries.guest import console, gaps, splat
from refseries.guest.gaps import Gap
from refseries.guest.results import CaseMarks, LogRecord

ONE = CaseMarks("a.one", "1" * 16, "2" * 16, ended=True)
TWO = CaseMarks("a.two", "3" * 16, "4" * 16, ended=True)
THREE = CaseMarks("a.three", "5" * 16, "6" * 16, ended=True)
WARNING = "[    1.500000] WARNING: CPU: 0 PID: 1 at mm/toy.c:7 toy_put+0x4/0x8\n"


def start(case: CaseMarks) -> str:
    return f"[    1.000000] refseries: start {case.name} {case.begins}\n"


def end(case: CaseMarks) -> str:
    return f"[    2.000000] refseries: end {case.name} {case.ends}\n"


def dropped(count: int) -> str:
    return f"** {count} printk messages dropped **\n"


def whole(*cases: CaseMarks) -> str:
    return "".join(start(case) + end(case) for case in cases)


ALL = (ONE, TWO, THREE)


def log_of(*marks: CaseMarks) -> tuple[LogRecord, ...]:
    """What init sends of the kernel's log, which has no more than marks."""
    said = [
        (line.partition("] ")[2], case.name)
        for case in marks
        if case.ended
        for line in whole(case).splitlines()
    ]
    return tuple(LogRecord(number, 1_000_000, *line) for number, line in enumerate(said))


def found(text: str, *marks: CaseMarks) -> dict[str | None, str]:
    cases = marks or ALL
    return {gap.case: gap.text for gap in gaps.find(text, cases, log_of(*cases))}


def charged(text: str) -> list[str | None]:
    return [each.case for each in splat.find(text, ALL)]


def test_a_whole_console_has_no_gap() -> None:
    assert found("[    0.1] booting\n" + whole(*ALL) + "[    3.000000] reboot: Power down\n") == {}


def test_dropped_lines_are_counted_where_they_are_missing() -> None:
    text = start(ONE) + dropped(3) + "[    1.2] x\n" + dropped(4) + end(ONE) + whole(TWO, THREE)
    assert found(text) == {"a.one": "the kernel dropped 7 lines of its log"}
    text = whole(ONE) + start(TWO) + "a case's own words" + dropped(1) + end(TWO) + whole(THREE)
    assert found(text) == {"a.two": "the kernel dropped 1 line of its log"}


@pytest.mark.parametrize(
    "said",
    [
        "** 3 printk messages dropped **\n",
        "** 3 printk messages dropped **\r\n",
        "** 3 printk messages dropped ** [    1.500000] x\n",
        "a program's words** 3 printk messages dropped **\n",
        f"{'x' * 3000}** 3 printk messages dropped **\n",
        f"{'x' * 20_000}** 3 printk messages dropped **[    1.500000] x\n",
        "[    1.500000] ** 3 printk messages dropped **\n",
        "[    1.500000][   T70] ** 3 printk messages dropped **\n",
        "<4>** 3 printk messages dropped **\n",
        "** 18446744073709551615 printk messages dropped **\n",
    ],
)
def test_dropped_lines_are_known_in_each_form(said: str) -> None:
    ((case, text),) = found(start(ONE) + said + end(ONE) + whole(TWO, THREE)).items()
    assert case == "a.one"
    assert text.startswith("the kernel dropped ")


def test_lines_that_are_said_twice_are_no_gap() -> None:
    again = "** replaying previous printk message **\n"
    assert found(start(ONE) + again + start(ONE) + end(ONE) + whole(TWO, THREE)) == {}


@pytest.mark.parametrize(
    "text",
    [
        dropped(9) + whole(*ALL),
        whole(ONE) + dropped(9) + whole(TWO, THREE),
        whole(*ALL) + dropped(9),
    ],
    ids=["before", "between", "behind"],
)
def test_lines_that_were_dropped_outside_of_any_case_are_nobodys(text: str) -> None:
    assert gaps.find(text, ALL, log_of(*ALL)) == (
        Gap(None, "the kernel dropped 9 lines of its log"),
    )


def test_marks_may_be_among_what_was_dropped() -> None:
    # The end of one, all of two and the start of three.
    text = start(ONE) + dropped(5) + end(THREE)
    assert found(text) == {
        "a.one": "the kernel dropped 5 lines of its log; the console has no mark of its end",
        "a.two": "the console has no mark of its start and its end",
        "a.three": "the console has no mark of its start",
    }
    # What is behind a gap belongs to nobody for certain; the cases in question have one each.
    text = start(ONE) + dropped(5) + end(TWO) + whole(THREE)
    assert set(found(text)) == {"a.one", "a.two"}


def test_a_case_that_turned_the_console_down_takes_those_with_it_that_are_not_heard() -> None:
    assert found(start(ONE)) == {
        "a.one": "the console has no mark of its end",
        "a.two": "the console has no mark of its start and its end",
        "a.three": "the console has no mark of its start and its end",
    }


def test_a_case_that_felled_its_guest_has_no_end() -> None:
    felled = CaseMarks("a.two", TWO.begins, TWO.ends)
    assert found(whole(ONE) + start(TWO), ONE, felled) == {}
    assert found(whole(ONE) + start(TWO) + dropped(2), ONE, felled) == {
        "a.two": "the kernel dropped 2 lines of its log"
    }


@pytest.mark.parametrize(
    "forged",
    [
        "[    1.100000] refseries: end a.one\n",
        f"[    1.100000] refseries: end a.one {ONE.begins}\n",
        f"[    1.100000] refseries: start a.two {ONE.begins}\n",
        "[    1.100000] refseries: start a.two 0123456789abcdef\n",
        f"[    1.100000] refseries: end a.two {ONE.begins}\n",
    ],
    ids=["no-token", "own-token", "own-token-for-another", "made-up", "end-of-another"],
)
def test_a_mark_without_its_token_is_none(forged: str) -> None:
    again = start(ONE)
    text = start(ONE) + forged + WARNING + again + end(ONE) + whole(TWO, THREE)
    assert charged(text) == ["a.one"]
    assert found(text) == {}


def test_a_mark_counts_once() -> None:
    text = whole(ONE) + start(TWO) + start(ONE) + WARNING + end(ONE) + end(TWO) + whole(THREE)
    assert charged(text) == ["a.two"]
    assert console.durations(text, ALL) == dict.fromkeys(["a.one", "a.two", "a.three"], 1.0)


def test_an_end_that_init_never_said_is_none() -> None:
    running = CaseMarks("a.one", ONE.begins, ONE.ends)
    text = start(ONE) + end(ONE) + WARNING
    assert [each.case for each in splat.find(text, (running,))] == ["a.one"]


@pytest.mark.parametrize("length", [1, 1000, 1100, 8 * console.MAX_LINE - 10, 70_000])
def test_words_without_an_end_do_not_hide_what_the_kernel_says_behind_them(
    length: int,
) -> None:
    text = start(ONE) + "x" * length + WARNING + "y" * length + end(ONE) + whole(TWO, THREE)
    assert charged(text) == ["a.one"]
    assert found(text) == {}


@pytest.mark.parametrize("length", range(8 * console.MAX_LINE - 30, 8 * console.MAX_LINE + 2))
def test_no_time_stamp_is_torn_where_a_long_line_is_read_in_pieces(
    length: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("console") / "console.log"
    path.write_text(start(ONE) + "x" * length + WARNING + end(ONE))
    assert [each.case for each in splat.find(console.read(path), ALL)] == ["a.one"]
    assert gaps.find(console.read(path), (ONE,), log_of(ONE)) == ()


def test_what_is_too_much_to_be_read_vouches_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    path.write_text(whole(ONE) + start(TWO) + "\n" * console.MAX_LINES + end(TWO) + whole(THREE))
    assert {gap.case for gap in gaps.find(console.read(path), ALL, log_of(*ALL))} == {
        "a.two",
        "a.three",
    }


def test_levels_before_the_time_stamps_change_nothing() -> None:
    text = "".join(f"<4>{line}\n" for line in (whole(ONE) + WARNING).splitlines())
    assert gaps.find(text, (ONE,), log_of(ONE)) == ()
    assert charged(text) == [None]
