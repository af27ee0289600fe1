# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutants and what became of them, as frozen values; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from refseries.model import Target


@dataclass(frozen=True)
class Mutant:
    """A version with one thing wrong.

    Attributes:
        name: ``FILE:FUNCTION:OPERATOR:N`` for a made one, which stays the same while lines move
            about it (FILE is the whole path where two files of the version have one name); the
            file's stem for one written by hand.
        about: what is wrong, in one line.
        diff: against the version's tree, as ``git apply`` takes it; bytes that are not UTF-8 are
            surrogates in it.
        case: the case that should catch it; empty when nobody said.
        written: by hand.
    """

    name: str
    about: str
    diff: str
    case: str = ""
    written: bool = False

    @property
    def text(self) -> str:
        """``diff`` as JSON can have it."""
        return self.diff.encode("utf-8", "replace").decode()


class MutantFate(StrEnum):
    """What became of a mutant.

    ``caught``: a case failed that passes on the version, the kernel complained, or the guest
    panicked or hung. ``no-build`` and ``no-change`` (the very same image) say nothing about the
    tests, and neither does ``no-apply``, for one written by hand for other code.
    """

    CAUGHT = "caught"
    SURVIVED = "survived"
    NO_BUILD = "no-build"
    NO_CHANGE = "no-change"
    NO_APPLY = "no-apply"


class Reason(StrEnum):
    """Why no case catches a mutant.

    ``equivalent``: nobody can tell it from the version, anywhere; the other three are wrong, and
    these tests do not notice. ``cost``: it only takes longer. ``debug``: only a kernel with debug
    options notices. ``elsewhere``: only hardware that is not booted here does.
    """

    EQUIVALENT = "equivalent"
    COST = "cost"
    DEBUG = "debug"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class MutantResult:
    """One mutant tried.

    Attributes:
        by: the case that caught it, or the stage; empty unless caught.
        message: the first thing that was wrong; for one that does not build, the compiler's words.
        reason, why: why no case catches it, from ``survivors.toml``; None and empty when nobody
            said.
    """

    mutant: Mutant
    fate: MutantFate
    by: str = ""
    message: str = ""
    reason: Reason | None = None
    why: str = ""

    @property
    def equivalent(self) -> bool:
        """It survived, and is said to be what the version is."""
        return self.fate is MutantFate.SURVIVED and self.reason is Reason.EQUIVALENT


@dataclass(frozen=True)
class MutationReport:
    """All mutants of a version that were tried, and how many of them there are.

    Attributes:
        stopped: the user ended it early.
        stale: file, line and key of each entry of ``survivors.toml`` that names no mutant; looked
            for where all are tried.
    """

    target: Target
    results: tuple[MutantResult, ...]
    planned: int
    stopped: bool = False
    stale: tuple[str, ...] = ()

    def count(self, fate: MutantFate) -> int:
        """How many came to this."""
        return sum(result.fate is fate for result in self.results)

    @property
    def equivalent(self) -> int:
        """How many are another kernel that does the very same."""
        return sum(result.equivalent for result in self.results)

    @property
    def viable(self) -> int:
        """How many are another kernel that does something else."""
        return self.count(MutantFate.CAUGHT) + self.count(MutantFate.SURVIVED) - self.equivalent

    @property
    def score(self) -> float | None:
        """Caught of the viable ones, 0.0 to 1.0; None without any."""
        return self.count(MutantFate.CAUGHT) / self.viable if self.viable else None

    @property
    def plain_score(self) -> float | None:
        """The same with equivalent ones counted in: what nobody's judgement has a part in."""
        tried = self.viable + self.equivalent
        return self.count(MutantFate.CAUGHT) / tried if tried else None

    @property
    def unexplained(self) -> Sequence[MutantResult]:
        """Survivors that nobody has accounted for."""
        return [r for r in self.results if r.fate is MutantFate.SURVIVED and r.reason is None]

    @property
    def wrong(self) -> Sequence[MutantResult]:
        """What was said to survive and does not, and what was written and does not apply."""
        return [
            r
            for r in self.results
            if (r.reason and r.fate is not MutantFate.SURVIVED) or r.fate is MutantFate.NO_APPLY
        ]

    @property
    def as_expected(self) -> bool:
        """True when all were tried, and every survivor is accounted for."""
        return (
            bool(self.results)
            and not self.stopped
            and len(self.results) == self.planned
            and not self.unexplained
            and not self.wrong
            and not self.stale
        )
