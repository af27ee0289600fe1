# SPDX-License-Identifier: GPL-2.0-or-later
"""What the evidence of tasks comes to, by the results at hand or after making what is missing."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from refseries.errors import SeriesError, StageError
from refseries.review import store as tasks
from refseries.review.evidence.facts import Facts
from refseries.review.evidence.kind import Evidence, Pair, Proof, Verdict, overall
from refseries.review.model import Review, State, Task
from refseries.series import store

if TYPE_CHECKING:
    from refseries.kernel.model import Config
    from refseries.testing import matrix
    from refseries.testing.lab import Lab


class Complaint(StrEnum):
    """What is wrong with a task that is said to be finished.

    ``unproven`` is a settled one with no evidence, or none better than somebody's word: worth a
    warning, as not everything can be tested.
    """

    BROKEN = "broken"
    UNTESTED = "untested"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Verified:
    """A task and what its evidence came to.

    Attributes:
        after: the version that was held against the one criticised; empty when there is none yet.
        proofs: one for each evidence of the task, in its order.
    """

    task: Task
    after: str
    proofs: tuple[Proof, ...]

    @property
    def verdict(self) -> Verdict | None:
        """The verdict on the task as a whole; None when it has no evidence."""
        return overall(self.proofs)

    @property
    def complaint(self) -> Complaint | None:
        """What is wrong with a task that is said to be settled or answered."""
        settled = self.task.state is State.SETTLED
        if not settled and self.task.state is not State.ANSWERED:
            return None
        match self.verdict:
            case Verdict.BROKEN:
                return Complaint.BROKEN
            case Verdict.UNTESTED:
                return Complaint.UNTESTED
            case Verdict.PROVEN:
                return None
        return Complaint.UNPROVEN if settled else None

    @property
    def fails(self) -> bool:
        """True when the task is not what it is said to be, as far as anybody has seen."""
        return self.complaint in (Complaint.BROKEN, Complaint.UNTESTED)


def select(reviews: Sequence[Review], ids: Sequence[str], *, every: bool) -> tuple[Task, ...]:
    """The tasks of these ids, in their order; without any, the settled ones.

    Args:
        every: all tasks instead, but for those that have no evidence and need none.

    Raises:
        SeriesError: there is no such task, or both ids and ``every`` are given.
    """
    if ids and every:
        raise SeriesError("--all names the tasks already.", hint="Give ids, or --all.")
    if ids:
        return tuple(tasks.find(reviews, each)[1] for each in dict.fromkeys(ids))
    return tuple(
        task
        for review in reviews
        for task in review.tasks
        if task.state is State.SETTLED or (every and task.evidence)
    )


def look(facts: Facts, tasks: Sequence[Task], at: str | None = None) -> tuple[Verified, ...]:
    """Judge ``tasks`` by the results at hand; nothing is built or booted.

    Args:
        at: the version to hold against the ones criticised; None: for a settled task the one that
            settles it, for another the newest.

    Raises:
        SeriesError: a pattern is wrong or too slow; names the task.
    """
    _read_ahead(facts, tasks, at)
    verified = []
    for task in tasks:
        after = facts.after(task, at)
        proofs = tuple(_prove(facts, task, each, after) for each in task.evidence)
        verified.append(Verified(task, after, proofs))
    return tuple(verified)


def _read_ahead(facts: Facts, tasks: Sequence[Task], at: str | None) -> None:
    """Hundreds of tasks name many files, and starting git for each takes most of the time."""
    wanted: dict[str, dict[str, None]] = {}
    known = {version.name for version in facts.series.versions}
    for task in tasks:
        for version in {task.raised_on, facts.after(task, at)} & known:
            files = (name for each in task.evidence for name in each.files())
            wanted.setdefault(version, {}).update(dict.fromkeys(files))
    for version, names in wanted.items():
        if names:
            with contextlib.suppress(StageError):  # judging says so, for each task
                facts.read_ahead(version, names)


def _prove(facts: Facts, task: Task, evidence: Evidence, after: str) -> Proof:
    pair = Pair(task.raised_on, after, task.id)
    if evidence.unseen is Verdict.CLAIMED:  # there is nothing to look at
        return evidence.judge(pair, facts)
    if not after:
        return Proof(Verdict.UNTESTED, f"there is no version after {task.raised_on} to look at")
    if task.raised_on not in {version.name for version in facts.series.versions}:
        return Proof(Verdict.UNTESTED, f"{task.raised_on} is not in the series")
    try:
        return evidence.judge(pair, facts)
    except StageError as error:
        return Proof(Verdict.UNTESTED, str(error))


def verify(
    lab: Lab,
    tasks: Sequence[Task],
    at: str | None,
    configs: Mapping[str, Config],
    tell: matrix.OnEvent,
) -> tuple[Verified, ...]:
    """Judge ``tasks`` after making the results that are missing.

    Args:
        at: as in ``look``.
        configs: all there are, by name.
        tell: called with what is going on.

    Raises:
        SeriesError: evidence names a config that is not there, or cases in one that is not booted;
            a pattern is wrong.
        HostError: the machine lacks something.
        Stopped: the user stopped it; what was finished is kept.
    """
    from refseries.review.evidence import produce  # whoever only looks does not build

    if at is not None:
        store.version(lab.series, at)
    facts = Facts(lab.series, lab.base, lab.cache)
    produce.supply(lab, facts, produce.needs(facts, tasks, at), configs, tell)
    return look(Facts(lab.series, lab.base, lab.cache), tasks, at)
