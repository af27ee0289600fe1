# SPDX-License-Identifier: GPL-2.0-or-later
"""What init says ok of passes only when all that the case printed can be read as a pass."""

import pytest

from refseries.guest import ktap
from refseries.guest.results import CaseStatus, KtapReport

HEAD = "KTAP version 1\n"
EXIT = "# refseries: exit 0\n"


def start(case: str, token: int = 1) -> str:
    return f"# refseries: start {case} {token:016x} {token + 256:016x}\n"


def end(case: str, token: int = 1) -> str:
    return f"# refseries: end {case} {token + 256:016x}\n"


def guest(body: str, result: str = "ok 1 a.one\n", last: str = EXIT, plan: str = "1..1\n") -> str:
    """What a guest says of one case that prints ``body``, each line two blanks further in."""
    printed = "".join(f"  {line}\n" for line in body.split("\n")) if body else ""
    return f"{HEAD}{plan}{start('a.one')}{printed}{end('a.one')}{result}{last}"


def read(stream: str) -> KtapReport:
    return ktap.parse(stream, guest=True)


NESTED = "KTAP version 1\n1..1\n  KTAP version 1\n  # Subtest: list\n"

PASSES = {
    "nothing": "",
    "words": "reading 5 pages\nall fine",
    "result": "TAP version 13\n1..1\nok 1 x",
    "plan-last": "ok 1 x\n1..1",
    "dash": "ok 1 - x\nnot ok 2 - y # SKIP no swap",
    "lower-skip": "ok 1 x # skip why",
    "expected": "not ok 1 x # XFAIL known\nnot ok 2 y # TODO",
    "skipped-all": "1..0 # SKIP no swap",
    "kunit": f"{NESTED}  1..2\n  ok 1 a\n  ok 2 b\n# list: pass:2 fail:0 skip:0 total:2\nok 1 list",
    "totals": "1..1\nok 1 x\n# Totals: pass:1 fail:0 xfail:0 xpass:0 skip:0 error:0",
    "returns": "TAP version 13\r\n1..1\r\nok 1 x\r",
    "kernel": "[    1.000000] ok 1 x\n[    1.000001][  T70] 1..1",
    "comment": "# this is not ok to ask for",
    "okay": "it is not okay, but 5 pages are",
    "trace": "+ echo not ok 1 x",
    "usage": 'usage: prints "not ok 1 name" on failure',
    "quoted": 'it prints "not ok 1 name" on failure',
    "prose": "checking that 5 is not ok, 3 is",
    "arrow": "status: not ok -> 5",
    "counted": "the pool is not ok: 0 pages (expected)",
    "own-totals": "# rx: pass:10 drop:0 error:3 expected:3\n# a: pass:3 (100%) fail:1 retried",
    "coloured": "1..2\nok 1 a\n\x1b[32mok 2 b\x1b[0m",
    "name": "ok 1 not-ok-in-a-name",
    "escapes": "ok 1 \x1b[32mx\x1b[0m",
    "plan-comment": "1..2 # two of them\nok 1 a\nok 2 b",
    "words-end-in-not": "it may or may not\nok 1 a",
    "escaped-hash": "ok 1 a \\# TIMEOUT is not meant",
    "two-documents": "TAP version 13\n1..1\nok 1 x\nTAP version 13\n1..1\nok 1 y",
}

NOT_SEEN = {
    "plan-comment-lost": "1..2 # two of them\nok 1 x",
    "plan-todo-lost": "1..2 todo 2\nok 1 x",
    "plan-of-none": "TAP version 13\n1..0",
    "plan-of-none-first": "TAP version 13\n1..0\nTAP version 13\n1..1\nok 1 x",
    "bail-upper": "ok 1 x\nBAIL OUT! no memory",
    "bail-lower": "ok 1 x\nbail out! no memory",
    "escaped-hash": "not ok 1 y \\# SKIP is not meant",
    "hash-glued": "ok 1 x\n#not ok 2 y",
    "torn-by-kernel": "not [    1.000000] lab: said\nok 1 x",
    "torn-by-a-line": "ok 1 x\nnot\nok 2 y",
    "totals-xpass": "ok 1 x\n# Totals: pass:1 fail:0 xfail:0 xpass:1 skip:0 error:0",
    "expectation": "# Subtest: s\n    # a: EXPECTATION FAILED at lib/lab.c:12\n    ok 1 a # SKIP",
    "assertion": "    # a: ASSERTION FAILED at lib/lab.c:12\n    ok 1 a\nok 1 list",
    "failed": "ok 1 x\nnot ok 2 y",
    "lost": "1..2\nok 1 x",
    "one-too-many": "1..1\nok 1 x\nok 2 y",
    "number-twice": "1..2\nok 1 x\nok 1 y",
    "number-left-out": "ok 1 x\nok 3 y",
    "plan-twice": "1..1\n1..2\nok 1 x",
    "plan-last-lost": "ok 1 x\n1..2",
    "second-document-lost": "TAP version 13\n1..1\nok 1 x\nTAP version 13\n1..2\nok 1 x",
    "bail": "ok 1 x\nBail out! no memory",
    "bail-below": "    ok 1 x\n    Bail out!",
    "crash": "ok 1 x # CRASH signal 11",
    "timeout": "ok 1 x # TIMEOUT 45 seconds",
    "xpass": "ok 1 x # XPASS",
    "todo": "ok 1 x # TODO",
    "error": "ok 1 x # error cannot open",
    "glued-directive": "ok 1 x#TIMEOUT",
    "hashes": "# not ok 1 y\nok 1 x",
    "deeper-hashes": "# # not ok 1 y",
    "kunit-failed": f"{NESTED}  1..2\n  not ok 1 a\n  ok 2 b\nok 1 list",
    "kunit-lost": f"{NESTED}  1..3\n  ok 1 a\n  ok 2 b\nok 1 list",
    "kunit-suite-lost": f"{NESTED}  1..1\n  ok 1 a",
    "kunit-of-two": f"{NESTED.replace('1..1', '1..2')}  1..1\n  ok 1 a\nok 1 list",
    "kunit-parameter": f"{NESTED}  1..1\n    ok 1 1\n    not ok 2 2\n  ok 1 p\nok 1 list",
    "kunit-totals": "# Subtest: list\nok 1 a\n# list: pass:1 fail:1 skip:0 total:2",
    "totals-fail": "ok 1 x\n# Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0",
    "totals-error": "ok 1 x\n# Totals: pass:1 fail:0 xfail:0 xpass:0 skip:0 error:2",
    "totals-further-in": "ok 1 x\n  # # Totals: pass:1 fail:3 xfail:0 xpass:0 skip:0 error:0",
    "harness": "# FAILED: 0 / 1 tests passed.",
    "coloured-comment": "# \x1b[31mnot ok 1 y\x1b[0m",
    "upper": "NOT OK 1 y\nok 1 x",
    "blanks": "not  ok 1 y",
    "tab": "not\tok 1 y",
    "tab-behind": "not ok\t1 y",
    "no-break": "not\u00a0ok 1 y",
    "nul": "not ok\x00 1 y",
    "colon": "not ok 1: y",
    "no-number": "not ok y\nok 1 x",
    "bare": "not ok",
    "reason": "not ok: cannot map",
    "unit-for-a-name": "lab: not ok 3 times",
    "dash-no-number": "not ok - y",
    "huge-number": "not ok 12345678901 y",
    "glued-number": "not ok 2y",
    "behind-words": "reading 5 pages...not ok 1 y",
    "behind-colon": "lab: not ok 1 y",
    "byte-order": "\ufeffnot ok 1 y",
    "form-feed": "\x0cnot ok 1 y",
    "return": "\rnot ok 1 y",
    "overwritten": "not ok 1 y\r  ok 1 y",
    "colour": "\x1b[31mnot ok 1 y\x1b[0m",
    "bold-colour": "\x1b[1;31mnot ok\x1b[0m 1 y",
    "long": f"not ok 1 {'y' * 5000}",
    "long-behind-words": f"lab: not ok 1 {'y' * 5000}",
    "kernel": "[    1.000000] not ok 1 y",
    "kernel-task": "[    1.000000][   T70] not ok 1 y",
    "kernel-level": "<6>[    1.000000] not ok 1 y",
    "kernel-level-alone": "<6>not ok 1 y",
    "kernel-caller-alone": "[   T70] not ok 1 y",
    "kernel-further-in": "[    1.000000]     not ok 1 y",
    "kernel-short-stamp": "[1.0] not ok 1 y",
    "torn": "ok 1 x[    1.000000] lab: said # SKIP",
    "runner": "not ok 1 selftests: mm: lab # exit=1",
    "nested-deep": "".join(f"{'  ' * deep}1..1\n" for deep in range(20)) + "  " * 20 + "not ok 1 y",
    "further-in-than-is-read": "".join(f"{'  ' * n}ok 1 l\n" for n in range(15)) + " " * 60
    + "not ok 1 y",
}  # fmt: skip


@pytest.mark.parametrize("body", PASSES.values(), ids=PASSES.keys())
def test_what_was_seen_to_pass_passes(body: str) -> None:
    report = read(guest(body))
    assert report.ok
    assert [result.status for result in report.results] == [CaseStatus.PASS]


@pytest.mark.parametrize("body", NOT_SEEN.values(), ids=NOT_SEEN.keys())
def test_what_was_not_seen_to_pass_does_not(body: str) -> None:
    report = read(guest(body))
    (result,) = report.results
    assert result.status in (CaseStatus.FAIL, CaseStatus.ERROR)
    assert result.text.startswith("says ok, but")
    assert not report.ok


@pytest.mark.parametrize("body", NOT_SEEN.values(), ids=NOT_SEEN.keys())
def test_no_other_case_is_blamed_for_it(body: str) -> None:
    one = guest(body, last="", plan="1..2\n")
    two = f"{start('a.two', 2)}  ok 1 x\n{end('a.two', 2)}ok 2 a.two\n{EXIT}"
    statuses = {result.name: result.status for result in read(one + two).results}
    assert statuses["a.two"] is CaseStatus.PASS
    assert statuses["a.one"] is not CaseStatus.PASS


@pytest.mark.parametrize(
    "last",
    [
        "",
        "# refseries: exit 1\n",
        "# refseries: exit 255\n",
        "# refseries: exit 1000\n",
        "# refseries: exit\n",
        "# refseries: exit -1\n",
        "# refseries: exit 0",
        "# refseries: exit 1\n# refseries: exit 0\n",
        "# refseries: exit 0\n# refseries: exit 1\n",
        "# refseries: exit 0\n# refseries: exit 0\n",
        "Bail out! init\n",
        "Bail out! init\n# refseries: exit 0\n",
        "ok 2 a.two\n# refseries: exit 0\n",
        "# refseries: exit 0\nok 2 a.two\n",
        "not ok 1 a.one\n# refseries: exit 0\n",
        f"{start('a.two', 2)}# refseries: exit 0\n",
    ],
)
def test_a_guest_that_ends_otherwise_than_it_should_is_not_sound(last: str) -> None:
    report = read(guest("ok 1 x", last=last))
    assert report.errors
    assert not report.ok


FORGED = {
    "result": "ok 1 a.one",
    "result-of-another": "ok 2 a.two",
    "exit": "# refseries: exit 0",
    "bare-end": "# refseries: end a.one",
    "end-with-its-own-token": f"# refseries: end a.one {1:016x}",
    "end-made-up": "# refseries: end a.one 0123456789abcdef",
    "end-of-another": f"# refseries: end a.two {257:016x}",
    "end-with-more": f"# refseries: end a.one {257:016x} x",
    "end-behind-nul": f"\x00# refseries: end a.one {257:016x}",
    "start": "# refseries: start a.two 0000000000000009 0000000000000109",
    "log": "# refseries: log 6,1,2,-;reboot",
    "output-cut": "# refseries: output cut after 3 bytes",
    "list": "# refseries: list 0000000000000009",
    "case": "# refseries: case 7 a.seven",
    "plan": "1..9",
    "one-blank": " ok 1 x",
    "tab": "\tok 1 x",
}


@pytest.mark.parametrize("times", [1, 30_000])
@pytest.mark.parametrize("line", FORGED.values(), ids=FORGED.keys())
def test_what_a_case_writes_in_inits_name_is_its_own_failure(line: str, times: int) -> None:
    forged = f"{line}\n" * times
    stream = (
        f"{HEAD}1..2\n{start('a.one')}{forged}{end('a.one')}ok 1 a.one\n"
        f"{start('a.two', 2)}{end('a.two', 2)}ok 2 a.two\n{EXIT}"
    )
    report = read(stream)
    assert not report.ok
    assert [(each.name, each.status) for each in report.results] == [
        ("a.one", CaseStatus.ERROR),
        ("a.two", CaseStatus.PASS),
    ]
    assert len(report.errors) < 10
    assert len(report.marks) == 2


@pytest.mark.parametrize("line", ["ok 1 x", "  ok 1 x", "# ok 1 x", "not ok 1 x # SKIP"])
def test_a_flood_of_a_cases_results_is_its_own_failure(line: str) -> None:
    flood = guest("\n".join([line] * (ktap.MAX_RESULTS + 10)), last="", plan="1..3\n")
    rest = (
        f"{start('a.two', 2)}  ok 1 x\n{end('a.two', 2)}ok 2 a.two\n"
        f"{start('a.bad', 3)}  not ok 1 x\n{end('a.bad', 3)}ok 3 a.bad\n{EXIT}"
    )
    report = read(flood + rest)
    assert [(each.name, each.status, len(each.subtests)) for each in report.results] == [
        ("a.one", CaseStatus.ERROR, 0),
        ("a.two", CaseStatus.PASS, 1),
        ("a.bad", CaseStatus.FAIL, 1),
    ]
    assert "more than" in report.results[0].text


def test_output_that_init_cut_proves_nothing_but_what_it_shows() -> None:
    cut = "# refseries: output cut after 100 bytes\n"
    assert read(guest("1..9\nok 1 x", result=f"{cut}ok 1 a.one\n")).ok
    for shown in ("not ok 1 x", "not  ok 1 x", "# Totals: pass:1 fail:1 xfail:0"):
        report = read(guest(f"1..9\n{shown}", result=f"{cut}ok 1 a.one\n"))
        assert report.results[0].status is not CaseStatus.PASS


def test_a_doubtful_line_outside_of_our_guest_makes_the_stream_unsound() -> None:
    assert not ktap.parse("ok 1 x\nnot  ok 2 y\n1..1\n").ok
    assert not ktap.parse("1..1\nok 1 x\n# Totals: pass:1 fail:1 xfail:0\n").ok
    assert ktap.parse("1..1\nok 1 x\n# Totals: pass:1 fail:0 xfail:0\n").ok


def test_a_test_that_announces_subtests_and_has_none_was_not_seen_to_pass() -> None:
    said = "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: lab\nok 1 lab\n"
    report = ktap.parse(said)
    assert not report.ok
    assert [(each.name, each.status) for each in report.results] == [("lab", CaseStatus.ERROR)]
    skipped = ktap.parse(said.replace("ok 1 lab", "ok 1 lab # SKIP no parameters"))
    assert skipped.ok
    other = ktap.parse(said.replace("Subtest: lab", "Subtest: another"))
    assert other.ok


@pytest.mark.parametrize("ran", ["", "ok 1 x\n", "ok 1 x # SKIP\nnot ok 2 y # XFAIL\n"])
def test_what_skips_itself_on_the_way_is_skipped(ran: str) -> None:
    """ksft_exit_skip() of kselftest, in a program that has a plan: its number is one too high."""
    number = ran.count("\n") + 2
    body = f"TAP version 13\n1..9\n{ran}ok {number} # SKIP no swap\n# Totals: pass:0 fail:0"
    report = read(guest(body, "ok 1 a.one # SKIP\n"))
    assert report.ok
    assert [result.status for result in report.results] == [CaseStatus.SKIP]


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("1..9\nok 1 x\nok 3 # SKIP no swap", "ok 1 a.one\n"),  # it says ok of the whole
        ("1..9\nnot ok 1 x\nok 3 # SKIP no swap", "ok 1 a.one # SKIP\n"),
        ("1..9\nok 1 x\nok 3 y # SKIP no swap", "ok 1 a.one # SKIP\n"),
        ("1..9\nnot ok y\nok 2 # SKIP no swap", "ok 1 a.one # SKIP\n"),
        ("1..9\nok 2 # SKIP no swap\nBail out! no memory", "ok 1 a.one # SKIP\n"),
    ],
)
def test_a_skip_on_the_way_excuses_nothing_else(body: str, result: str) -> None:
    report = read(guest(body, result))
    assert not report.ok
    assert [each.status for each in report.results] != [CaseStatus.SKIP]
