# SPDX-License-Identifier: GPL-2.0-or-later
"""Supplying: the results that evidence rests on, as far as they are missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from refseries.check import catalogue
from refseries.check import run as checking
from refseries.errors import SeriesError, StageError, Stopped
from refseries.host import resources
from refseries.kernel import configs as known_configs
from refseries.model import Config, StageOutcome, Target
from refseries.review.evidence.facts import Facts
from refseries.review.model import BuildEvidence, CaseEvidence, CheckEvidence, Task
from refseries.testing import matrix
from refseries.testing.lab import Lab
from refseries.testing.matrix import Event

Wanted = CaseEvidence | BuildEvidence | CheckEvidence


@dataclass(frozen=True)
class Need:
    """Evidence that rests on results, and a version that has to have them."""

    task: str
    evidence: Wanted
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
        for evidence in task.evidence:
            if isinstance(evidence, Wanted):
                yield Need(task.id, evidence, task.raised_on)
                yield Need(task.id, evidence, after)


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
        evidence = need.evidence
        if isinstance(evidence, CheckEvidence):
            continue
        if _is_missing(facts, evidence, need.version, initramfs.get(evidence.config, "")):
            rows = boots if isinstance(evidence, CaseEvidence) else builds
            rows.setdefault(evidence.config, {})[Target(need.version)] = None
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


def missing_checks(facts: Facts, wanted: Iterable[Need]) -> dict[str, dict[str, str]]:
    """By version, the checks whose results are not there, each with a task that asks for it."""
    found: dict[str, dict[str, str]] = {}
    for need in wanted:
        if isinstance(need.evidence, CheckEvidence):
            try:
                checked = facts.checked(need.version)
            except StageError:
                continue
            if checked is None or need.evidence.check not in checked.outcomes:
                found.setdefault(need.version, {})[need.evidence.check] = need.task
    return found


def supply(
    lab: Lab,
    facts: Facts,
    wanted: Sequence[Need],
    configs: Mapping[str, Config],
    tell: matrix.Tell,
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
    stages = [need for need in wanted if not isinstance(need.evidence, CheckEvidence)]
    _check_configs(stages, configs)
    booted = {need.evidence.config for need in stages if isinstance(need.evidence, CaseEvidence)}
    initramfs = {name: lab.initramfs(configs[name].arch).name for name in booted}
    for work in missing(facts, stages, initramfs):
        request = matrix.Request(lab, work.targets, (configs[work.config],), boot=work.boot)
        if matrix.run(request, tell).stopped:
            raise Stopped("stopped.", hint="What was finished is kept; run it again to go on.")
    for version, names in missing_checks(facts, wanted).items():
        _run_checks(lab, version, names, tell)


def _run_checks(lab: Lab, version: str, names: Mapping[str, str], tell: matrix.Tell) -> None:
    matrix_file = resources.qemu_dir() / catalogue.CONFIGS
    configs = known_configs.load_configs(matrix_file, lab.series.root)

    def say(text: str) -> None:
        tell(Event(Target(version), "check", "check", text))

    chosen: list[catalogue.Check] = []
    for name, task in names.items():
        try:
            chosen += catalogue.select(catalogue.checks(configs), (name,))
        except SeriesError as error:
            raise SeriesError(error.what, where=task, hint=error.hint) from error
    request = checking.Request(lab, configs, (version,), tuple(chosen), say=say)
    if checking.run(request, lambda _outcome: None).stopped:
        raise Stopped("stopped.", hint="What was finished is kept; run it again to go on.")


def _check_configs(wanted: Iterable[Need], configs: Mapping[str, Config]) -> None:
    for need in wanted:
        assert not isinstance(need.evidence, CheckEvidence)
        try:
            (config,) = known_configs.select(configs, (need.evidence.config,))
        except SeriesError as error:
            raise SeriesError(error.what, where=need.task, hint=error.hint) from error
        if isinstance(need.evidence, CaseEvidence) and not config.boot:
            raise SeriesError(
                f"no case can run in the config `{config.name}`, which is for compiling only.",
                where=need.task,
                hint="Name one that is booted, or use evidence of kind `build`.",
            )
