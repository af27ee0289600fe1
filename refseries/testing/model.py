# SPDX-License-Identifier: GPL-2.0-or-later
"""What a case, a run and a matrix came to, as frozen values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from refseries.model import BaseInfo, Splat, StageOutcome, Target


class Outcome(StrEnum):
    """How one test case came out. None of them is ever folded into another.

    ``fail`` is a failure nobody expected, ``xfail`` one that ``expectations.toml`` names; ``xpass``
    passed where a failure was expected. ``skip`` covers expected and unexpected skips alike, see
    ``CaseResult.expected``. ``vanished`` was planned and never reported. ``no-console`` did well by
    its own word, while the console, which would have had the kernel's complaints, is not whole.
    ``flaky`` did not come out the same in each of several rounds. A guest that said nothing has no
    cases: see StageOutcome.
    """

    PASS = "pass"
    FAIL = "fail"
    SKIP = "skip"
    XFAIL = "xfail"
    XPASS = "xpass"
    TIMEOUT = "timeout"
    CRASH = "crash"
    VANISHED = "vanished"
    NO_CONSOLE = "no-console"
    FLAKY = "flaky"


_MAY_BE_KNOWN = frozenset({Outcome.FAIL, Outcome.CRASH, Outcome.TIMEOUT, Outcome.FLAKY})

STAGES = ("apply", "build", "boot", "test")


def failed_stage(stages: Mapping[str, StageOutcome]) -> str:
    """The first stage that neither passed nor was left out; empty when there is none."""
    went_on = (StageOutcome.PASS, StageOutcome.NOT_RUN)
    found = (stage for stage in STAGES if stages.get(stage, StageOutcome.PASS) not in went_on)
    return next(found, "")


@dataclass(frozen=True)
class CaseResult:
    """How one test case came out in one run.

    Attributes:
        name: ``fixture.case``.
        outcome: what happened, expectations taken into account (see Outcome).
        expected: ``pass``, ``fail``, ``skip``, ``crash``, ``timeout``, ``no-console`` or ``flaky``.
        task: the task that an expected failure belongs to.
        message: why, in one line; empty for a pass.
        seconds: how long it ran in the guest, 0.0 when not known.
        rounds: how often it ran.
        odd: in how many of them it came out differently; not 0 where it is flaky, and only there.
    """

    name: str
    outcome: Outcome
    expected: Outcome = Outcome.PASS
    task: str | None = None
    message: str = ""
    seconds: float = 0.0
    rounds: int = 1
    odd: int = 0

    @property
    def as_expected(self) -> bool:
        """True when the outcome is the expected one (an xfail is an expected failure).

        One round of a case that is known to be flaky may as well pass.
        """
        if self.expected is Outcome.FLAKY and self.outcome is Outcome.PASS:
            return True
        return self.outcome is self.expected or self.outcome is Outcome.XFAIL

    @property
    def did(self) -> Outcome:
        """What it did, whatever was expected of it.

        ``xfail`` where it is the case's own word for it. Of a case that is known to be flaky, a
        failure is ``flaky``.
        """
        if self.outcome is Outcome.XPASS:
            return Outcome.PASS
        if self.outcome is Outcome.XFAIL and self.expected in _MAY_BE_KNOWN:
            return self.expected
        return self.outcome


def tally(results: Iterable[CaseResult]) -> str:
    """``115 pass, 8 skip``: how many cases had each outcome; empty without any."""
    counts = Counter(result.outcome for result in results)
    return ", ".join(f"{counts[each]} {each}" for each in Outcome if counts[each])


@dataclass(frozen=True)
class Run:
    """One version (or fixup state) in one config, from apply to test.

    Attributes:
        unseen: why its console is not whole outside of the cases; empty where it is.
    """

    target: Target
    config: str
    arch: str
    stages: dict[str, StageOutcome]
    seconds: dict[str, float] = field(default_factory=dict)
    image: Path | None = None
    initramfs: Path | None = None
    qemu: tuple[str, ...] = ()
    log: Path | None = None
    results: tuple[CaseResult, ...] = ()
    splats: tuple[Splat, ...] = ()
    message: str = ""
    as_expected: bool = False
    unseen: str = ""


@dataclass(frozen=True)
class Matrix:
    """What one ``refseries test`` came to: every run, in the order of versions and configs.

    ``stopped``: the user ended it early, and what had not finished is marked so.
    """

    series: str
    base: BaseInfo
    runs: tuple[Run, ...]
    stopped: bool = False

    @property
    def as_expected(self) -> bool:
        """True when every run is; a matrix without runs, or a stopped one, never is."""
        return bool(self.runs) and not self.stopped and all(run.as_expected for run in self.runs)
