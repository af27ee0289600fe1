# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading KTAP (and TAP 13), the way kselftest, KUnit and our own init print it.

The format is described in the kernel's Documentation/dev-tools/ktap.rst. Programs differ from it
and from each other: plans come last, names stand behind the directive, subtests are indented by
two or four blanks or by ``# ``. The parser takes all of that and is pessimistic about the rest: a
result is what a complete line says, an unknown line changes nothing, and what was planned and not
said is counted as crashed. It reads a stream in one pass: linear in time, bounded in memory.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from refseries.guest.ktap_level import MAX_ERRORS, KtapLevel, ResultLimit, note
from refseries.guest.protocol import Protocol
from refseries.guest.results import GOOD, CaseStatus, KtapReport, KtapResult, LogRecord
from refseries.host.text import CONTROL

MAX_LINE = 4096
"""Bytes of a line that are looked at; a longer line is kept, cut, as a diagnostic."""
MAX_RESULTS = 20_000
MAX_DIAGNOSTICS = 500
MAX_DEPTH = 16

_CHUNK = 65536
_SHORT = ("a plan of ", "result number ")  # how the errors of a level begin that lacks results
_TOO_MANY = f"more than {MAX_RESULTS} results; the rest was not read"


def parse(stream: bytes | str, *, guest: bool = False, first: int = 1) -> KtapReport:
    """Read a whole stream.

    Args:
        stream: what was printed, as it came; the last line may be cut.
        guest: it is the results channel of our init: its markers count and the end marker must be
            there. Otherwise the markers are plain diagnostics.
        first: number that the first result is to have (a guest that goes on behind a crash).
    """
    data = stream.encode("utf-8", "replace") if isinstance(stream, str) else stream
    parser = Parser(guest=guest, first=first)
    for start in range(0, len(data), _CHUNK):
        parser.feed(data[start : start + _CHUNK])
    return parser.finish()


# printk puts "[    1.234567] " (and perhaps level and caller) before a line on the console.
_TIME = r"\[ {0,8}[0-9]{1,10}\.[0-9]{6}\](?:\[ {0,8}[CT][0-9]{1,8}\])?"
_PRINTK = re.compile(rf"(?P<indent>[ \t]*)(?:<[0-9]{{1,3}}>)?{_TIME} ?")
_GLUED = re.compile(_TIME)
_INDENT = re.compile(r"(?: |\t|# )*")
_VERSION = re.compile(r"K?TAP version [0-9]{1,3}\s*$")
_PLAN = re.compile(
    r"1\.\.(?P<count>[0-9]{1,9})(?:\s+#\s*SKIP\S*\s*(?P<why>.*)|\s+(?:#|todo\b).*)?\s*$",
    re.IGNORECASE,
)
_RESULT = re.compile(r"(?P<not>not )?ok (?P<number>[0-9]{1,9})(?=\s|$)(?P<rest>.*)")
_BAIL = re.compile(r"Bail out!\s*(?P<why>.*)", re.IGNORECASE)
# Any known directive counts, wherever it stands: overlooking one could turn a skip into a pass.
_DIRECTIVE = re.compile(
    r"(?:(?<!\S)#|(?<!\\)#(?=\s*(?-i:[A-Z]{4})))\s*"
    r"(?P<word>SKIP\w*|XFAIL|XPASS|TODO|TIMEOUT|CRASH|ERROR)\b:?\s*(?P<text>.*)",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"(?:^|\s)#\s+(?P<text>.*)")
# A failure that is no result line: words or controls before it, no number, other blanks.
_LOOKS_FAILED = re.compile(
    r"\W{0,20}(?<![\"'`])\bnot\W{1,8}ok\b"
    r"|(?!\s*(?:\++ |usage:)).{0,200}(?:^|[^\"'`\w])not[ \t_-]{1,4}ok[ \t#-]{0,3}[0-9]{1,9}"
    r"(?![\w%.])"
    rf"|\W{{0,20}}not\s*(?:{_TIME}.*)?$",  # torn from its ok
    re.IGNORECASE,
)
# The last line of kselftest and KUnit, and the harness; a result that it counts may have been lost.
_COUNT = r":[0-9]{1,9}"
_TOTALS = re.compile(
    rf"\s*(?:# )+(?:Totals: pass{_COUNT} fail:(?P<failed>[0-9]+)"
    rf"(?: xfail{_COUNT} xpass:(?P<xpass>[0-9]+) skip{_COUNT} error:(?P<errors>[0-9]+))?"
    rf"|\S{{1,200}}: pass{_COUNT} fail:(?P<below>[0-9]+) skip{_COUNT} total{_COUNT}\s*$"
    r"|FAILED: (?P<all>[0-9]+ / [0-9]+) tests passed"
    r"|\S{1,200}: (?P<kunit>EXPECTATION|ASSERTION) FAILED at )"
)
# A colour, as ``_text`` leaves it.
_COLOUR = re.compile("\ufffd\\[[0-9;]{0,12}m")


def _status(passed: bool, directive: str) -> CaseStatus:
    word = directive.upper()
    if word == "TODO":
        return CaseStatus.XPASS if passed else CaseStatus.XFAIL
    if word.startswith("SKIP"):
        return CaseStatus.SKIP
    if word:
        return CaseStatus(word.lower())
    return CaseStatus.PASS if passed else CaseStatus.FAIL


def _skips_the_rest(last: KtapResult) -> bool:
    """Whether a program's last result is what ksft_exit_skip() says; its number is one too high."""
    return last.status is CaseStatus.SKIP and not last.name


class Parser:
    """Reads a stream piece by piece.

    Args:
        guest, first: as for ``parse``.
    """

    def __init__(self, *, guest: bool = False, first: int = 1) -> None:
        self._guest = guest
        self._levels = [KtapLevel(0, first)]
        self._rest = b""
        self._init = Protocol(self._root.error)
        self._bail: str | None = None
        self._limit = ResultLimit(MAX_RESULTS)
        self._doubt = ""  # why a result that says ok is not to be believed

    @property
    def _root(self) -> KtapLevel:
        return self._levels[0]

    @property
    def running(self) -> str | None:
        """The case that runs now, from the start markers."""
        return self._init.running

    @property
    def log(self) -> Sequence[LogRecord]:
        """What the guest's init sent so far of the kernel's log."""
        return self._init.log

    @property
    def planned(self) -> int:
        """How many results were announced so far; 0 before a plan."""
        return self._root.planned + (self._root.plan or 0)

    @property
    def started(self) -> bool:
        """Whether a plan or a start marker was seen: the guest's init has come to its work."""
        root = self._root
        return self.running is not None or root.plan is not None or bool(root.results)

    @property
    def ended(self) -> bool:
        """Whether the guest said its last word: the end marker or a ``Bail out!``."""
        return self._init.exit_status is not None or self._bail is not None

    def feed(self, data: bytes) -> Sequence[KtapResult]:
        """Take the next piece; gives the results of the outermost level that it completed."""
        known = len(self._root.results)
        *lines, rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line)
        # One byte more than allowed is enough to know later that the line was too long.
        self._rest = rest[: MAX_LINE + 1]
        return self._root.results[known:]

    def finish(self) -> KtapReport:
        """The report; the parser is not to be fed again."""
        root = self._level(0)
        assert root is not None
        if self._rest:
            root.error("cut short in the middle of a line")
            self._diagnostic(self._text(self._rest))
        if self.running is not None:
            # However many there are: it is the last result.
            root.add_unfinished(self.running, self._init.reproach)
        elif root.subtests:
            root.add_unfinished("")
            root.error("subtests without the result that they belong to")
        root.seen += self._init.listed  # a list has the plan of the test run, and no results
        root.end_document()
        if self._doubt and all(result.status in GOOD for result in root.results):
            root.error(self._doubt)
        self._check_end(root)
        return KtapReport(
            plan=root.planned if root.has_plan else None,
            results=tuple(root.results),
            errors=tuple(root.errors),
            running=self.running,
            exit_status=self._init.exit_status,
            bail=self._bail,
            skip_all=root.skip_all,
            missing=root.missing,
            cases=tuple(self._init.cases),
            marks=tuple(self._init.marks),
            lacking=tuple(self._init.lacking),
            diagnostics=tuple(root.diagnostics),
        )

    def _check_end(self, root: KtapLevel) -> None:
        if not root.has_plan:
            root.error("no plan: whether results are missing cannot be known")
        elif not root.planned and root.skip_all is None:
            root.error("a plan of no tests")
        if self._bail is not None:
            root.error(f"bailed out: {self._bail}")
        if self._guest and self._init.exit_status is None:
            root.error("no end marker: the guest did not finish")
        elif self._guest and root.has_plan:
            self._init.check_exit(root.planned)
        if self._limit.no_more_cases:
            root.errors.insert(0, _TOO_MANY)

    @staticmethod
    def _text(line: bytes) -> str:
        return line[:MAX_LINE].decode("utf-8", "replace").rstrip("\r").translate(CONTROL)

    def _line(self, raw: bytes) -> None:
        if self._guest and self._init.take_foreign(raw):
            return
        text = self._text(raw)
        if len(raw) > MAX_LINE:
            self._other(text)
            return
        if self._guest and self._marker(text):
            return
        if self._limit.no_more_cases:
            return
        if prefix := _PRINTK.match(text):
            text = prefix["indent"] + text[prefix.end() :]
        indent = _INDENT.match(text)
        column = indent.end() if indent else 0
        if column and self._limit.no_more_subtests:
            return
        if self._structural(column, text[column:]):
            return
        plain = _COLOUR.sub("", text)
        if plain == text or not self._structural(column, plain[column:]):
            self._other(text)

    def _other(self, text: str) -> None:
        """Keep a line that is none of KTAP's; it may all the same tell of a failure."""
        self._diagnostic(text)
        totals = _TOTALS.match(text)
        if totals and any((count or "0").strip("0") for count in totals.groups()):
            self._doubt = self._doubt or f"its comments tell of a failure: {text.strip(' #')[:80]}"
        elif not text.lstrip().startswith(("# ", "#\t")) and _LOOKS_FAILED.match(text):
            self._doubt = self._doubt or f"a line looks like a failure: {text.strip()[:80]}"

    def _structural(self, column: int, body: str) -> bool:
        """Act on a version, plan, result or bail-out line; False when it is none of these."""
        result = _RESULT.match(body)
        plan = _PLAN.match(body)
        version = _VERSION.match(body)
        bail = _BAIL.match(body)
        if not (result or plan or version or bail):
            return False
        level = self._level(column)
        if level is None:
            return False
        if result:
            self._result(level, result)
        elif plan:
            self._plan(level, plan)
        elif version and (level.seen or level.plan is not None):
            level.end_document()
        elif bail and level is self._root:
            self._bail = bail.group("why").strip()
        elif bail:
            level.error(f"bailed out: {bail.group('why').strip()}")
        return True

    def _level(self, column: int) -> KtapLevel | None:
        """The level of that column; deeper ones are closed. None when it would be too deep."""
        results: list[KtapResult] = []
        errors: list[str] = []
        while self._levels[-1].column > column:
            closed = self._levels.pop()
            if closed.subtests or results:
                closed.subtests += results
                closed.add_unfinished("")
            closed.end_document()
            results, errors = closed.results, errors + closed.errors
            for line in closed.diagnostics:
                note(self._levels[-1].diagnostics, line, MAX_DIAGNOSTICS)
        if self._levels[-1].column < column:
            if len(self._levels) == MAX_DEPTH:
                self._adopt(self._levels[-1], results, errors)
                return None
            self._levels.append(KtapLevel(column))
        self._adopt(self._levels[-1], results, errors)
        return self._levels[-1]

    @staticmethod
    def _adopt(level: KtapLevel, results: list[KtapResult], errors: list[str]) -> None:
        level.subtests += results
        level.subtest_errors = (level.subtest_errors + errors)[:MAX_ERRORS]

    def _plan(self, level: KtapLevel, plan: re.Match[str]) -> None:
        if level.plan is not None:
            level.error("a second plan")
            return
        level.plan = int(plan.group("count"))
        if level.plan == 0 and plan.group("why") is not None:
            level.skip_all = plan.group("why").strip()

    def _result(self, level: KtapLevel, match: re.Match[str]) -> None:
        if not self._count(level):
            return
        number, rest = int(match.group("number")), match.group("rest")
        level.count(number)
        glued = _GLUED.search(rest)
        if glued:
            rest = rest[: glued.start()]
        directive = _DIRECTIVE.search(rest)
        comment = directive or _COMMENT.search(rest)
        name = (rest[: comment.start()] if comment else rest).strip().removeprefix("- ").strip()
        result = KtapResult(
            number=number,
            name=name,
            status=_status(not match.group("not"), directive.group("word") if directive else ""),
            text=comment.group("text").strip() if comment else "",
            diagnostics=level.take_diagnostics(),
        )
        if glued:
            level.error(f"a kernel message stands inside the line of result {number}")
            if result.status is CaseStatus.PASS:
                # A directive may have been torn off: this was not seen to pass.
                result = replace(result, status=CaseStatus.ERROR, text="torn by a kernel message")
        result = self._with_subtests(level, result)
        if level is self._root and self._guest:
            result = self._end_case(result, not match.group("not"))
        level.results.append(result)

    def _with_subtests(self, level: KtapLevel, result: KtapResult) -> KtapResult:
        """Hang the waiting subtests under ``result``; a parent is not better than they are."""
        subtests, errors = level.take_subtests(result)
        doubt = ""
        if level is self._root:
            if self._guest:  # elsewhere it may be about any result
                doubt, self._doubt = self._doubt, ""
            if not self._limit.settle():
                subtests, errors = (), [_TOO_MANY]
            elif self._init.output_cut:
                # Init saw all of it and passed on a part: the parts missing prove nothing.
                errors = []
            self._init.output_cut = False
        result = replace(result, subtests=subtests)
        if result.status not in (CaseStatus.PASS, CaseStatus.SKIP):
            return result
        if result.status is CaseStatus.SKIP and subtests and _skips_the_rest(subtests[-1]):
            errors = [error for error in errors if not error.startswith(_SHORT)]
        for error in errors:
            level.error(f"{result.name}: {error}")
        bad = next((each for each in subtests if each.status not in GOOD), None)
        if bad:
            text = f"says ok, but its subtest {bad.name or bad.number} says {bad.status}"
            return replace(result, status=CaseStatus.FAIL, text=text)
        if errors or doubt:
            text = f"says ok, but: {errors[0] if errors else doubt}"
            return replace(result, status=CaseStatus.ERROR, text=text)
        return result

    def _end_case(self, result: KtapResult, passed: bool) -> KtapResult:
        wrong = self._init.end_case(result.name, passed)
        if not wrong:
            return result
        if wrong not in self._root.errors:
            self._root.error(wrong)
        return replace(result, status=CaseStatus.ERROR, text=wrong)

    def _marker(self, text: str) -> bool:
        """Whether the line is init's own word about what it does."""
        if not self._init.take(text):
            return False
        root = self._level(0)
        assert root is not None
        if self._init.unfinished is not None:
            self._add_unfinished(self._init.unfinished)
        return True

    def _add_unfinished(self, name: str) -> None:
        if self._count(self._root):
            self._root.add_unfinished(name)

    def _count(self, level: KtapLevel) -> bool:
        """Take note of one more result; False when there are too many to keep it."""
        return self._limit.add_case() if level is self._root else self._limit.add_subtest()

    def _diagnostic(self, text: str) -> None:
        if text.strip():
            note(self._levels[-1].diagnostics, text.strip(), MAX_DIAGNOSTICS)
