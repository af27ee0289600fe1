# SPDX-License-Identifier: GPL-2.0-or-later
"""What the evidence of tasks comes to, by the results at hand or after making what is missing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from refseries import configs as known_configs
from refseries import matrix, store
from refseries.errors import SeriesError, StageError, Stopped
from refseries.feedback import evidence as judging
from refseries.feedback.evidence import Pair, Proof
from refseries.feedback.facts import Facts
from refseries.model import Config, StageOutcome, Target
from refseries.prepare import Workshop
from refseries.tasks import store as tasks
from refseries.tasks.model import (
    BuildEvidence,
    CaseEvidence,
    CheckEvidence,
    DiffEvidence,
    Evidence,
    ManualEvidence,
    MeasureEvidence,
    Review,
    State,
    Task,
    TextEvidence,
    Verdict,
)


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
        return judging.overall(self.proofs)

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
        after = version_after(facts, task, at)
        proofs = tuple(_prove(facts, task, each, after) for each in task.evidence)
        verified.append(Verified(task, after, proofs))
    return tuple(verified)


def _read_ahead(facts: Facts, tasks: Sequence[Task], at: str | None) -> None:
    """Hundreds of tasks name many files, and starting git for each takes most of the time."""
    wanted: dict[str, dict[str, None]] = {}
    known = {version.name for version in facts.series.versions}
    for task in tasks:
        for version in {task.raised_on, version_after(facts, task, at)} & known:
            files = (each.file for each in task.evidence if isinstance(each, DiffEvidence))
            wanted.setdefault(version, {}).update(dict.fromkeys(files))
    for version, names in wanted.items():
        if names:
            with contextlib.suppress(StageError):  # judging says so, for each task
                facts.read_ahead(version, names)


def version_after(facts: Facts, task: Task, at: str | None) -> str:
    """The version that ``task`` is looked at on; empty when none came after the criticised one."""
    name = at or task.settled_in or facts.series.versions[-1].name
    return name if _number(name) > _number(task.raised_on) else ""


def _number(version: str) -> int:
    return int(version.removeprefix("v"))


def _prove(facts: Facts, task: Task, evidence: Evidence, after: str) -> Proof:
    if isinstance(evidence, ManualEvidence):
        return judging.judge_manual(evidence)
    if not after:
        return Proof(Verdict.UNTESTED, f"there is no version after {task.raised_on} to look at")
    if task.raised_on not in {version.name for version in facts.series.versions}:
        return Proof(Verdict.UNTESTED, f"{task.raised_on} is not in the series")
    try:
        return _judge(facts, evidence, Pair(task.raised_on, after, task.id))
    except StageError as error:
        return Proof(Verdict.UNTESTED, str(error))


def _judge(facts: Facts, evidence: Evidence, pair: Pair) -> Proof:
    old, new = pair.before, pair.after
    match evidence:
        case CaseEvidence(config=config):
            before, after = facts.latest(old, config), facts.latest(new, config)
            return judging.judge_cases(evidence, pair, before, after)
        case BuildEvidence(config):
            before, after = facts.latest(old, config), facts.latest(new, config)
            return judging.judge_build(evidence, pair, before, after)
        case DiffEvidence(file):
            return judging.judge_diff(
                evidence, pair, facts.lines(old, file), facts.lines(new, file)
            )
        case TextEvidence(where):
            return judging.judge_text(
                evidence, pair, facts.text(old, where), facts.text(new, where)
            )
        case CheckEvidence(check):
            return Proof(Verdict.UNTESTED, f"{check} has not been run")
        case MeasureEvidence():
            return judging.judge_measure(evidence, pair, facts.measured(old), facts.measured(new))
        case ManualEvidence():
            return judging.judge_manual(evidence)


@dataclass(frozen=True)
class Work:
    """What has to be built, and booted unless ``boot`` is False, before tasks can be judged."""

    config: str
    targets: tuple[Target, ...]
    boot: bool


def missing(
    facts: Facts, tasks: Sequence[Task], at: str | None, initramfs: str
) -> tuple[Work, ...]:
    """The runs whose results the evidence of ``tasks`` needs and that are not there.

    Args:
        initramfs: name of the present one: results of other selftests do not count.
    """
    boots: dict[str, dict[Target, None]] = {}
    builds: dict[str, dict[Target, None]] = {}
    for evidence, version in _needs(facts, tasks, at):
        if _is_missing(facts, evidence, version, initramfs):
            wanted = boots if isinstance(evidence, CaseEvidence) else builds
            wanted.setdefault(evidence.config, {})[Target(version)] = None
    work = [Work(config, tuple(targets), boot=True) for config, targets in boots.items()]
    for config, targets in builds.items():
        if left := tuple(each for each in targets if each not in boots.get(config, {})):
            work.append(Work(config, left, boot=False))
    return tuple(work)


def _is_missing(
    facts: Facts, evidence: CaseEvidence | BuildEvidence, version: str, initramfs: str
) -> bool:
    try:
        latest = facts.latest(version, evidence.config)
    except StageError:
        return False  # it does not apply: no run would tell more
    if latest is None:
        return True
    builds = latest.stages.get("build") is StageOutcome.PASS
    return isinstance(evidence, CaseEvidence) and builds and latest.initramfs != initramfs


def _needs(
    facts: Facts, tasks: Sequence[Task], at: str | None
) -> Iterator[tuple[CaseEvidence | BuildEvidence, str]]:
    """Each evidence that rests on runs, with each version that has to run."""
    names = {version.name for version in facts.series.versions}
    for task in tasks:
        after = version_after(facts, task, at)
        if not after or task.raised_on not in names:
            continue
        for evidence in task.evidence:
            if isinstance(evidence, CaseEvidence | BuildEvidence):
                yield evidence, task.raised_on
                yield evidence, after


def verify(
    shop: Workshop,
    tasks: Sequence[Task],
    at: str | None,
    configs: Mapping[str, Config],
    tell: matrix.Tell,
) -> tuple[Verified, ...]:
    """Judge ``tasks`` after making the results that are missing.

    Args:
        at: as in ``look``.
        configs: all there are, by name.
        tell: called with what is going on, from several threads.

    Raises:
        SeriesError: evidence names a config that is not there, or cases in one that is not booted;
            a pattern is wrong.
        HostError: the machine lacks something.
        Stopped: the user stopped it; what was finished is kept.
    """
    if at is not None:
        store.version(shop.series, at)
    facts = Facts(shop.series, shop.base, shop.cache)
    _check_configs(facts, tasks, at, configs)
    booted = any(isinstance(each, CaseEvidence) for each, _version in _needs(facts, tasks, at))
    initramfs = shop.initramfs().name if booted else ""
    for work in missing(facts, tasks, at, initramfs):
        request = matrix.Request(shop, work.targets, (configs[work.config],), boot=work.boot)
        if matrix.run(request, tell).stopped:
            raise Stopped("stopped.", hint="What was finished is kept; run it again to go on.")
    return look(Facts(shop.series, shop.base, shop.cache), tasks, at)


def _check_configs(
    facts: Facts, tasks: Sequence[Task], at: str | None, configs: Mapping[str, Config]
) -> None:
    for task in tasks:
        for evidence, _version in _needs(facts, (task,), at):
            try:
                (config,) = known_configs.select(configs, (evidence.config,))
            except SeriesError as error:
                raise SeriesError(error.what, where=task.id, hint=error.hint) from error
            if isinstance(evidence, CaseEvidence) and not config.boot:
                raise SeriesError(
                    f"no case can run in the config `{config.name}`, which is for compiling only.",
                    where=task.id,
                    hint="Name one that is booted, or use evidence of kind `build`.",
                )
