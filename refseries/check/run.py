# SPDX-License-Identifier: GPL-2.0-or-later
"""Versions x checks: applies each version patch by patch, and asks every check about it.

One check after the other: the slow ones keep all processors busy by themselves. Workers of a
cluster are given all that is to be compiled before.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from refseries.check import compiling, results
from refseries.check.catalogue import APPLIES, Check
from refseries.check.context import DEADLINE, CheckContext, missing
from refseries.check.model import (
    CheckedVersion,
    CheckOutcome,
    CheckReport,
    CheckState,
    Finding,
    PatchStep,
)
from refseries.errors import HostError, StageError, Stopped
from refseries.host.progress import Say, silent
from refseries.host.scratch import scratch_folder
from refseries.kernel import toolchain
from refseries.kernel.model import Config
from refseries.model import Target
from refseries.series import format_patch, patches, store
from refseries.testing import runner, runs
from refseries.testing.lab import Lab

OnOutcome = Callable[[CheckOutcome], None]


@dataclass(frozen=True)
class CheckRequest:
    """What is to be checked.

    Attributes:
        configs: the compile matrix.
        targets: versions and commits.
        deadline, say: as of ``CheckContext``.
    """

    lab: Lab
    configs: Mapping[str, Config]
    targets: tuple[Target, ...]
    checks: tuple[Check, ...]
    deadline: float = DEADLINE
    say: Say = silent


def run(request: CheckRequest, tell: OnOutcome) -> CheckReport:
    """Do what ``request`` asks for.

    Args:
        tell: called with every outcome, as it comes.

    Returns:
        An outcome for each version and check. When the user stops it, those there were; they are
        remembered as well.

    Raises:
        SeriesError: the series or a patch of it is wrong.
        HostError: the machine has a fault that is no missing tool.
    """
    outcomes: list[CheckOutcome] = []
    stopped = False
    try:
        with runner.opened(request.lab) as machine:
            context = CheckContext(
                request.lab, request.configs, machine, request.deadline, request.say
            )
            for target in request.targets:
                for outcome in _target(request, target, context):
                    outcomes.append(outcome)
                    tell(outcome)
    except Stopped:
        stopped = True
    return CheckReport(request.lab.series.name, request.lab.base, tuple(outcomes), stopped)


def _target(request: CheckRequest, target: Target, context: CheckContext) -> Iterator[CheckOutcome]:
    with scratch_folder() as scratch:  # for patches that are only commits yet
        yield from _asked(request, target, context, scratch)


def _asked(
    request: CheckRequest, target: Target, context: CheckContext, scratch: Path
) -> Iterator[CheckOutcome]:
    started, version = time.monotonic(), str(target)
    try:
        subject = _subject(request.lab, target, scratch)
    except StageError as error:
        finding = Finding(APPLIES, version, "", error.where, 0, error.what)
        yield CheckOutcome(APPLIES, version, CheckState.FINDINGS, findings=(finding,))
        for check in request.checks:
            yield CheckOutcome(
                check.name, version, CheckState.NOT_RUN, "the version does not apply"
            )
        return
    done = [CheckOutcome(APPLIES, version, CheckState.OK, seconds=time.monotonic() - started)]
    yield done[0]
    if request.lab.cluster:
        _compiled_ahead(request, subject, context)
    try:
        for check in request.checks:
            context.say(f"{version}: {check.name}")
            done.append(_one(check, subject, context))
            yield done[-1]
    finally:
        lab = request.lab
        results.remember(lab.cache, lab.series.home, runs.folder(target), subject.tip, done)


def _compiled_ahead(request: CheckRequest, subject: CheckedVersion, context: CheckContext) -> None:
    """Give workers all that is to be compiled at once: checks ask for one state at a time."""
    with contextlib.suppress(StageError):  # told by the check that it belongs to
        wanted = [
            state
            for check in request.checks
            if check.states is not None and not _missing(check)
            for state in check.states(subject, context)
        ]
        compiling.ahead(wanted, context)


def _one(check: Check, subject: CheckedVersion, context: CheckContext) -> CheckOutcome:
    started = time.monotonic()
    if lacking := _missing(check):
        return CheckOutcome(check.name, subject.version, CheckState.MISSING, lacking)
    try:
        findings = check.run(subject, context)
    except StageError as error:
        seconds = time.monotonic() - started
        return CheckOutcome(
            check.name, subject.version, CheckState.FAILED, str(error), seconds=seconds
        )
    new = any(finding.new for finding in findings)
    state = CheckState.FINDINGS if new else CheckState.OK
    seconds = time.monotonic() - started
    return CheckOutcome(check.name, subject.version, state, "", findings, seconds)


def _missing(check: Check) -> str:
    """What ``check`` needs and this machine lacks; empty when all is there."""
    lacking = missing(check.programs)
    if lacking or not check.arch:
        return lacking
    try:
        toolchain.find(check.arch)
    except HostError as error:
        return str(error)
    return ""


def _subject(lab: Lab, target: Target, scratch: Path) -> CheckedVersion:
    base = lab.base.of(target.stands_on)
    applied = lab.apply(target)
    if target.commit:
        files = format_patch.write(base.repo, applied.base, applied.commit, scratch, 1)
    else:
        files = store.version(lab.series, target.version).patches
    steps = []
    for path, commit in zip(files, applied.commits, strict=True):
        patch = patches.read(path)
        changed = patches.files(patch)
        added = tuple(file.path for file in changed if file.is_added_file)
        steps.append(
            PatchStep(
                path, patch.message, patches.touched(patch), added, commit.commit, commit.tree
            )
        )
    return CheckedVersion(str(target), base, tuple(steps))
