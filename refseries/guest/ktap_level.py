# SPDX-License-Identifier: GPL-2.0-or-later
"""One level of nested KTAP while it is read: its plan, its results, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from refseries.guest.results import CaseStatus, KtapResult

MAX_ERRORS = 100


def note(list_: list[str], text: str, most: int) -> None:
    """Add ``text``, unless there are ``most`` already."""
    if len(list_) < most:
        list_.append(text)


@dataclass
class ResultLimit:
    """How many results are kept of a stream: so many cases, and so many subtests of them all.

    Attributes:
        most: of either.
        no_more_cases: there was one too many; nothing behind it is read.
    """

    most: int
    no_more_cases: bool = False
    _cases: int = 0
    _subtests: int = 0
    _settled: int = 0  # subtests of the cases that have their result

    @property
    def no_more_subtests(self) -> bool:
        """Whether the case that runs has too many of them."""
        return self._subtests > self.most

    def add_case(self) -> bool:
        """Count a result of the outermost level; False where it is not kept."""
        self.no_more_cases |= self._cases >= self.most
        self._cases += not self.no_more_cases
        return not self.no_more_cases

    def add_subtest(self) -> bool:
        """Count a result of an inner level; False where it is not kept."""
        self._subtests += 1
        return not self.no_more_subtests

    def settle(self) -> bool:
        """A case has its result. False where it had too many subtests: none of them is kept."""
        kept = not self.no_more_subtests
        if not kept:
            self._subtests = self._settled
        self._settled = self._subtests
        return kept


class KtapLevel:
    """One level of nesting while it is open."""

    def __init__(self, column: int, first: int = 1) -> None:
        self.column = column
        self.first = first
        self.results: list[KtapResult] = []
        self.errors: list[str] = []
        self.diagnostics: list[str] = []
        self.skip_all: str | None = None
        self.planned = 0  # of documents that have ended
        self.missing = 0
        self.has_plan = False
        # the document at hand
        self.plan: int | None = None
        self.next = first
        self.seen = 0
        # closed levels below, waiting for the result line that they belong to
        self.subtests: list[KtapResult] = []
        self.subtest_errors: list[str] = []

    def error(self, text: str) -> None:
        """Take note of what is wrong with the stream on this level."""
        note(self.errors, text, MAX_ERRORS)

    def count(self, number: int) -> None:
        """Take note of a result's number."""
        self.seen += 1
        if number != self.next:
            self.error(f"result number {number} where {self.next} was due")
        self.next = max(self.next, number + 1)

    def end_document(self) -> None:
        """Compare plan and results; another document may follow on this level."""
        if self.plan is not None:
            due = max(0, self.plan - self.first + 1)
            if not self.plan and self.skip_all is None and self.column:
                self.error("a plan of no tests")
            if self.seen != due:
                self.error(f"a plan of {self.plan} and {self.seen} results (due: {due})")
            self.planned += self.plan
            self.missing += max(0, due - self.seen)
            self.has_plan = True
        self.plan, self.seen, self.first, self.next = None, 0, 1, 1

    def take_subtests(
        self, result: KtapResult | None = None
    ) -> tuple[tuple[KtapResult, ...], list[str]]:
        """What waits for the result line that it belongs to; nothing waits any more.

        Args:
            result: what that line says, if there is one.
        """
        subtests, errors = tuple(self.subtests), self.subtest_errors
        passed = result is not None and result.status is CaseStatus.PASS and not subtests
        if result and passed and f"# Subtest: {result.name}" in result.diagnostics:
            errors = [*errors, "it announces subtests, and none came"]
        self.subtests, self.subtest_errors = [], []
        return subtests, errors

    def take_diagnostics(self) -> tuple[str, ...]:
        """The lines since the last result."""
        diagnostics, self.diagnostics = tuple(self.diagnostics), []
        return diagnostics

    def add_unfinished(self, name: str, text: str = "") -> None:
        """Add a test that has no result line, only what it printed, as a crash."""
        subtests, _ = self.take_subtests()
        unfinished = KtapResult(
            self.next, name, CaseStatus.CRASH, text, self.take_diagnostics(), subtests
        )
        self.count(self.next)
        self.results.append(unfinished)
