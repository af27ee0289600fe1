# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's log, as init reads it from the kernel, against the console: nothing stays hidden."""

import pytest

from refseries.guest import console, gaps, ktap
from refseries.guest.results import CaseMarks, LogRecord

ONE = CaseMarks("a.one", "1" * 16, "2" * 16, ended=True)
TWO = CaseMarks("a.two", "3" * 16, "4" * 16, ended=True)
BOTH = (ONE, TWO)
WARNING = "WARNING: CPU: 0 PID: 1 at mm/toy.c:7 toy_put+0x4/0x8"


def start(case: CaseMarks) -> str:
    return f"refseries: start {case.name} {case.begins}"


def end(case: CaseMarks) -> str:
    return f"refseries: end {case.name} {case.ends}"


def log(*said: str) -> tuple[LogRecord, ...]:
    """The log as init sends it: what is said between two marks is the case's."""
    records: list[LogRecord] = []
    case: str | None = None
    for number, text in enumerate(said):
        case = text.split()[2] if text.startswith("refseries: start") else case
        records.append(LogRecord(number, 1_000_000 + number, text, case))
        case = None if text.startswith("refseries: end") else case
    return tuple(records)


def shown(*said: str) -> str:
    return "".join(f"[    1.{number:06d}] {text}\n" for number, text in enumerate(said))


LINES = ("booting", start(ONE), "one says a word", end(ONE), "between", start(TWO), end(TWO))


def found(text: str, told: tuple[LogRecord, ...]) -> dict[str | None, str]:
    return {gap.case: gap.text for gap in gaps.find(text, BOTH, told)}


def missing(count: int, first: str) -> str:
    lines = "line" if count == 1 else "lines"
    return f"the console lacks {count} {lines} of the kernel's log, the first: {first}"


def test_a_console_with_all_of_the_log_has_no_gap() -> None:
    assert found(shown(*LINES, "reboot: Power down"), log(*LINES)) == {}


@pytest.mark.parametrize(
    ("at", "case"), [(0, None), (2, "a.one"), (3, "a.one"), (4, None), (5, None), (6, "a.two")]
)
def test_a_line_that_was_printed_while_the_console_was_off_is_missed(
    at: int, case: str | None
) -> None:
    whole = log(*LINES[:at], WARNING, *LINES[at:])
    assert found(shown(*LINES), whole) == {case: missing(1, WARNING)}


def test_each_line_is_wanted_as_often_as_it_was_said() -> None:
    said = (start(ONE), *[WARNING] * 3, end(ONE), start(TWO), WARNING, end(TWO))
    text = shown(start(ONE), WARNING, end(ONE), start(TWO), *[WARNING] * 3, end(TWO))
    assert found(text, log(*said)) == {"a.one": missing(2, WARNING)}


def test_a_log_of_which_init_missed_something_vouches_for_nothing() -> None:
    told = tuple(each for each in log(*LINES[:3], *["x"] * 5, *LINES[3:]) if each.text != "x")
    assert found(shown(*LINES), told) == {"a.one": "init missed 5 lines of the kernel's log"}
    told = tuple(each for each in log(*LINES) if each.number != 4)
    assert found(shown(*LINES), told) == {"a.two": "init missed 1 line of the kernel's log"}
    assert found(shown(*LINES), log("too early", *LINES)[1:]) == {
        None: "init missed 1 line of the kernel's log"
    }


@pytest.mark.parametrize(
    "order", [(0, 1, 2, 3, 3, 4, 5, 6), (0, 1, 2, 3, 2, 4, 5, 6), (0, 2, 1, 3, 4, 5, 6)]
)
def test_records_that_come_again_are_not_sound(order: tuple[int, ...]) -> None:
    whole = log(*LINES)
    told = tuple(whole[each] for each in order)
    assert any("init missed" in text for text in found(shown(*LINES), told).values())


def test_a_case_whose_log_init_did_not_send_is_not_vouched_for() -> None:
    assert found(shown(*LINES), log(*LINES[:4])) == {
        "a.two": "init sent no log of the kernel for it"
    }


def test_what_init_missed_of_a_case_is_the_cases_when_its_mark_is_among_it() -> None:
    told = tuple(each for each in log(*LINES) if each.number not in (1, 2))
    assert found(shown(*LINES), told) == {"a.one": "init missed 2 lines of the kernel's log"}


def test_a_case_that_felled_its_guest_needs_no_log() -> None:
    felled = CaseMarks("a.two", TWO.begins, TWO.ends)
    assert gaps.find(shown(*LINES[:6], WARNING), (ONE, felled), log(*LINES[:4])) == ()


def test_lines_dropped_by_the_console_are_told_once() -> None:
    text = shown(*LINES[:2]) + "** 1 printk messages dropped **\n" + shown(*LINES[3:])
    assert found(text, log(*LINES)) == {"a.one": "the kernel dropped 1 line of its log"}


def test_stamps_that_are_turned_off_hide_nothing_and_are_no_gap() -> None:
    bare = [f"{line}\n" for line in (*LINES[2:], "")]
    assert found(shown(*LINES[:2]) + "".join(bare), log(*LINES)) == {}
    told = log(*LINES[:2], WARNING, *LINES[2:])
    assert found(shown(*LINES[:2]) + "".join(bare), told) == {"a.one": missing(1, WARNING)}


@pytest.mark.parametrize(
    ("escaped", "printed"),
    [
        (r"two\x0alines", "two\n[    1.000002] lines"),
        (r"a tab\x09and a \x5c", "a tab\tand a \\"),
        (r"\x1b[31mred", "\x1b[31mred"),
        (r"na\xc3\xafve, no UTF-8: \xff", "naïve, no UTF-8: \ufffd"),
        (r"ends with a return\x0d", "ends with a return\r"),
        (r"cut by\x0da return", "cut by\ra return"),
        ("x" * 1024, "x" * 1024),
        ("", ""),
        ("[    0.000001] as if stamped", "[    0.000001] as if stamped"),
    ],
)
def test_what_the_kernel_writes_in_another_way_is_the_same_line(
    escaped: str, printed: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("console") / "console.log"
    path.write_text(shown(*LINES[:2], printed, *LINES[3:]), encoding="utf-8", newline="")
    told = log(*LINES[:2], escaped, *LINES[3:])
    assert gaps.find(console.read(path), BOTH, told) == ()
    path.write_text(shown(*LINES[:2], *LINES[3:]), encoding="utf-8")
    assert [gap.case for gap in gaps.find(console.read(path), BOTH, told)] == (
        ["a.one"] if escaped else []
    )


RESULTS = """KTAP version 1
# refseries: list 0000000000000001
# refseries: listed 0000000000000001
# refseries: log 6,0,1000000,-;booting
1..1
# refseries: start a.one 1111111111111111 2222222222222222
  # refseries: log 6,7,1000009,-;not init's word
# refseries: end a.one 2222222222222222
# refseries: log 12,1,1000001,-;refseries: start a.one 1111111111111111
# refseries: log 4,2,1000002,c,caller=T1;WARNING: a \\x5c; and more
# refseries: log 12,3,1000003,-;refseries: end a.one 2222222222222222
ok 1 a.one
# refseries: log 6,4,1000004,-;behind it
# refseries: exit 0
"""


def test_the_log_is_read_from_what_init_says() -> None:
    parser = ktap.Parser(guest=True)
    parser.feed(RESULTS.encode())
    assert parser.finish().ok
    assert parser.log == [
        LogRecord(0, 1_000_000, "booting"),
        LogRecord(1, 1_000_001, "refseries: start a.one 1111111111111111", "a.one"),
        LogRecord(2, 1_000_002, r"WARNING: a \x5c; and more", "a.one"),
        LogRecord(3, 1_000_003, "refseries: end a.one 2222222222222222", "a.one"),
        LogRecord(4, 1_000_004, "behind it"),
    ]


def test_a_case_that_writes_a_log_of_its_own_is_not_believed() -> None:
    forged = RESULTS.replace("  # refseries: log", "# refseries: log")
    parser = ktap.Parser(guest=True)
    parser.feed(forged.encode())
    assert "a.one wrote on the results channel itself" in parser.finish().errors
    assert [each.number for each in parser.log] == [0, 1, 2, 3, 4]


def test_a_log_without_end_takes_no_memory_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refseries.guest.protocol.MAX_LOG", 2)
    parser = ktap.Parser(guest=True)
    parser.feed(RESULTS.encode())
    assert len(parser.log) == 2
    gap = gaps.find(shown(*LINES[:4]), (ONE,), parser.log)
    assert [each.case for each in gap] == ["a.one"]
