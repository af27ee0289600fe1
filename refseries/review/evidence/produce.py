# SPDX-License-Identifier: GPL-2.0-or-later
"""Supplying: the results that evidence rests on, as far as they are missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from refseries.check import catalogue
from refseries.check import run as checking
from refseries.coverage import run as counting
from refseries.errors import SeriesError, StageError, Stopped
from refseries.kernel import configs as known_configs
from refseries.kernel.model import Config
from refseries.model import StageOutcome, Target
from refseries.review.evidence.facts import Facts
from refseries.review.evidence.kind import Rests
from refseries.review.model import Task
from refseries.testing import matrix
from refseries.testing.lab import Lab
from refseries.testing.matrix import Event
from refseries.testing.suites import guest


@dataclass(frozen=True)
class Need:
    """Results that evidence of a task rests on, and a version that has to have them."""

    task: str
    rests: Rests
    version: str


def needs(facts: Facts, tasks: Sequence[Task], at: str | None) -> tuple[Need, ...]:
    """What the evidence of ``tasks`` rests on.

    Args:
        at: as for ``Facts.after``.
    """
    return tuple(_needs(facts, tasks, at))


def _needs(facts: Facts, tasks: Sequence[Task], at: str | None) -> Iterator[Need]:
    names = {version.name for version in facts.series.versions}
    for task in tasks:
        after = facts.after(task, at)
        if not after or task.raised_on not in names:
            continue
        for rests in filter(None, (evidence.rests(facts.config) for evidence in task.evidence)):
            if not rests.counted:
                yield Need(task.id, rests, task.raised_on)
            yield Need(task.id, rests, after)


@dataclass(frozen=True)
class Work:
    """What has to be built, and booted unless ``boot`` is False, before tasks can be judged."""

    config: str
    targets: tuple[Target, ...]
    boot: bool


def missing(facts: Facts, wanted: Iterable[Need], initramfs: Mapping[str, str]) -> tuple[Work, ...]:
    """The runs whose results are not there.

    Args:
        initramfs: by config, name of the present one: results of other selftests do not count.
    """
    boots: dict[str, dict[Target, None]] = {}
    builds: dict[str, dict[Target, None]] = {}
    for need in wanted:
        rests = need.rests
        present = initramfs.get(rests.config, "")
        if rests.config and not rests.counted and _is_missing(facts, rests, need.version, present):
            rows = boots if rests.boot else builds
            rows.setdefault(rests.config, {})[Target(need.version)] = None
    work = [Work(config, tuple(targets), boot=True) for config, targets in boots.items()]
    for config, targets in builds.items():
        if left := tuple(each for each in targets if each not in boots.get(config, {})):
            work.append(Work(config, left, boot=False))
    return tuple(work)


def _is_missing(facts: Facts, rests: Rests, version: str, initramfs: str) -> bool:
    try:
        latest = facts.latest(version, rests.config)
    except StageError:
        return False  # it does not apply: no run would tell more
    if latest is None:
        return True
    builds = latest.stages.get("build") is StageOutcome.PASS
    return rests.boot and builds and latest.initramfs != initramfs


def missing_checks(facts: Facts, wanted: Iterable[Need]) -> dict[str, dict[str, str]]:
    """By version, the checks whose results are not there, each with a task that asks for it."""
    found: dict[str, dict[str, str]] = {}
    for need in wanted:
        if name := need.rests.check:
            try:
                checked = facts.checked(need.version)
            except StageError:
                continue
            if checked is None or name not in checked.outcomes:
                found.setdefault(need.version, {})[name] = need.task
    return found


def missing_counts(
    facts: Facts, wanted: Iterable[Need], initramfs: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Versions and configs in which lines are to be counted.

    Args:
        initramfs: as of ``missing``.
    """
    found: dict[tuple[str, str], None] = {}
    for need in wanted:
        if need.rests.counted:
            try:
                counted = facts.counted(need.version, need.rests.config)
                present = initramfs.get(need.rests.config, "")
                if counted is None or counted.programs != present:
                    found[need.version, need.rests.config] = None
            except StageError:
                continue  # it does not apply: counting would not tell more
    return tuple(found)


def supply(
    lab: Lab,
    facts: Facts,
    wanted: Sequence[Need],
    configs: Mapping[str, Config],
    tell: matrix.OnEvent,
) -> None:
    """Make what is missing.

    Args:
        configs: all there are, by name.
        tell: called with what is going on.

    Raises:
        SeriesError: evidence names a config or a check that is not there, or cases in a config that
            is not booted; names the task.
        HostError: the machine lacks something.
        Stopped: the user stopped it; what was finished is kept.
    """
    stages = [need for need in wanted if need.rests.config]
    _check_configs(stages, configs)
    booted = {need.rests.config for need in stages if need.rests.boot or need.rests.counted}
    initramfs = {name: guest.selftests(lab, configs[name].arch) for name in booted}
    for version, config in missing_counts(facts, wanted, initramfs):
        _count(lab, version, configs[config], tell)
    for work in missing(facts, stages, initramfs):
        request = matrix.MatrixRequest(lab, work.targets, (configs[work.config],), boot=work.boot)
        if matrix.run(request, tell).stopped:
            raise Stopped("stopped.", hint=Stopped.KEPT)
    for version, names in missing_checks(facts, wanted).items():
        _run_checks(lab, version, names, tell)


def _count(lab: Lab, version: str, config: Config, tell: matrix.OnEvent) -> None:
    target = Target(version)

    def say(text: str, _part: float = 0.0, /) -> None:
        tell(Event(target, config.name, "coverage", text))

    counting.run(counting.CoverageRequest(lab, target, (config,)), say)


def _run_checks(lab: Lab, version: str, names: Mapping[str, str], tell: matrix.OnEvent) -> None:
    configs = known_configs.compile_matrix(lab.series.root)

    def say(text: str, _part: float = 0.0, /) -> None:
        tell(Event(Target(version), "check", "check", text))

    chosen: list[catalogue.Check] = []
    for name, task in names.items():
        try:
            chosen += catalogue.select(catalogue.checks(configs), (name,))
        except SeriesError as error:
            raise SeriesError(error.what, where=task, hint=error.hint) from error
    request = checking.CheckRequest(lab, configs, (Target(version),), tuple(chosen), say=say)
    if checking.run(request, lambda _outcome: None).stopped:
        raise Stopped("stopped.", hint=Stopped.KEPT)


def _check_configs(wanted: Iterable[Need], configs: Mapping[str, Config]) -> None:
    for need in wanted:
        try:
            (config,) = known_configs.select(configs, (need.rests.config,))
        except SeriesError as error:
            raise SeriesError(error.what, where=need.task, hint=error.hint) from error
        if (need.rests.boot or need.rests.counted) and not config.boot:
            raise SeriesError(
                f"no case can run in the config `{config.name}`, which is for compiling only.",
                where=need.task,
                hint="Name one that is booted, or use evidence of kind `build`.",
            )
