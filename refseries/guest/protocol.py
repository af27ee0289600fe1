# SPDX-License-Identifier: GPL-2.0-or-later
"""What our init says between the results: which case runs, and how the guest ends.

Cases run as root and may get at the results port. What they write there is kept apart from init's
words by construction: before init starts one, it says a token that nobody else knows, and until it
says it again, a line that is not indented is not init's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from refseries.guest.ktap_level import note
from refseries.guest.results import CaseMarks, LogRecord

MAX_CASES = 20_000
"""Cases of which marks and names are kept."""
MAX_LOG = 100_000
"""Records of the kernel's log that are kept."""

_TOKEN = "[0-9a-f]{16}"
_MARKER = re.compile(
    rf"# refseries: (?:start (?P<start>\S+) (?P<begins>{_TOKEN}) (?P<ends>{_TOKEN})"
    rf"|list (?P<list>{_TOKEN})|exit (?P<exit>[0-9]{{1,3}})|(?P<cut>output cut).*"
    r"|case (?P<number>[0-9]{1,9}) (?P<case>\S+)|lacks (?P<lacks>\S+)"
    r"|log [0-9]+,(?P<record>[0-9]{1,18}),(?P<at>[0-9]{1,18}),[^;]*;(?P<log>.*))\s*$"
)
_PREFIX = "# refseries: "
_INDENT = b"  "
_BAIL = b"Bail out!"


class Protocol:
    """Follows init's markers, line by line.

    Args:
        error: told what is wrong with the stream, in words.
    """

    def __init__(self, error: Callable[[str], None]) -> None:
        self._error = error
        self.running: str | None = None
        self.unfinished: str | None = None
        self.exit_status: int | None = None
        self.output_cut = False
        self.listed = 0
        self.cases: list[tuple[int, str]] = []
        self.marks: list[CaseMarks] = []
        self.log: list[LogRecord] = []
        self.lacking: list[str] = []
        self._closing = b""  # the line that ends what is not init's; empty while init speaks
        self._foreign = False
        self._failed = False

    def take_foreign(self, raw: bytes) -> bool:
        """Whether a line is to be passed over, as init did not write it."""
        if not self._closing or raw.startswith((_INDENT, _BAIL)) or not raw.strip():
            return False
        if raw.rstrip() == self._closing:
            self._closing = b""
            if self.running is not None:
                self.marks[-1:] = [replace(mark, ended=True) for mark in self.marks[-1:]]
        elif not self._foreign:
            self._foreign = True
            self._error(self._written_by_others())
        return True

    @property
    def reproach(self) -> str:
        """That the case which runs wrote on the channel; empty when it did not."""
        return self._written_by_others() if self._foreign and self.running is not None else ""

    def _written_by_others(self) -> str:
        who = self.running or "a program that lists its cases"
        return f"{who} wrote on the results channel itself"

    def take(self, text: str) -> bool:
        """Act on a marker; False when the line is none.

        ``unfinished`` is then the case that was started before, if it has no result.
        """
        marker = _MARKER.match(text) if text.startswith(_PREFIX) else None
        if marker is None:
            return False
        self.unfinished = None
        if marker["start"]:
            self._start(marker)
        elif marker["list"]:
            self._closing = f"{_PREFIX}listed {marker['list']}".encode()
        elif marker["exit"]:
            self._exit(int(marker["exit"]))
        elif marker["case"]:
            self.listed += 1
            if len(self.cases) < MAX_CASES:
                self.cases.append((int(marker["number"]), marker["case"]))
        elif marker["lacks"]:
            note(self.lacking, marker["lacks"], MAX_CASES)
        elif marker["cut"]:
            self.output_cut = True
        elif len(self.log) < MAX_LOG:
            number, at = int(marker["record"]), int(marker["at"])
            self.log.append(LogRecord(number, at, marker["log"], self.running))
        return True

    def _exit(self, status: int) -> None:
        if self.exit_status is not None:
            self._error("the guest says more than once how it ends")
        self.exit_status = max(status, self.exit_status or 0)

    def _start(self, marker: re.Match[str]) -> None:
        name = marker["start"]
        if self.running is not None:
            self._error(f"{name} starts while {self.running} runs")
            self.unfinished = self.running
        self.running, self._foreign = name, False
        self._closing = f"{_PREFIX}end {name} {marker['ends']}".encode()
        if len(self.marks) < MAX_CASES:
            self.marks.append(CaseMarks(name, marker["begins"], marker["ends"]))

    def end_case(self, name: str, passed: bool) -> str:
        """Take note of a result of the outermost level.

        Returns:
            Why it is not to be believed; empty when it is.
        """
        reproach = self.reproach
        running, self.running, self._foreign = self.running, None, False
        self._failed |= not passed
        if self.exit_status is not None:
            return f"a result of {name} behind the end marker"
        if running is None:
            return f"a result of {name}, which did not run"
        if running != name:
            return f"a result of {name} while {running} ran"
        return reproach

    def check_exit(self, planned: int) -> None:
        """Compare the guest's exit status with what it said of its cases.

        Args:
            planned: how many there are.
        """
        due = 1 if self._failed or not planned else 0
        if self.exit_status in (None, due):
            return
        said = "a case is not ok" if self._failed else "every case is ok"
        if not planned:
            said = "there are no cases"
        self._error(f"the guest ends with exit status {self.exit_status}, though {said}")
