# SPDX-License-Identifier: GPL-2.0-or-later
"""The base kernel's own selftests on base and on versions: built once, booted on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from refseries.errors import SeriesError
from refseries.guest.cases import CasesRun
from refseries.host.progress import Say
from refseries.host.text import unmatched
from refseries.kernel.model import Config, Image
from refseries.model import BASE, BaseInfo, Target
from refseries.testing import runner as runners
from refseries.testing import runs
from refseries.testing.events import Done
from refseries.testing.jobs import BootJob, BuildJob, Job, Step, building
from refseries.testing.kselftest import archive, suite
from refseries.testing.kselftest.compare import Heard, KselftestReport
from refseries.testing.lab import Lab
from refseries.testing.runner import Runner

# A program may test for longer than one case of ours: its own alarms are of some minutes.
_CASE_SECONDS = 300.0
_DEADLINE = 5400.0
# mremap_test asks for addresses that are in use now and then where they are random.
_PARAMETERS = ("norandmaps",)


@dataclass(frozen=True)
class KselftestRequest:
    """What to run.

    Attributes:
        targets: what is compared with base.
        only: globs of cases; none means all.
    """

    lab: Lab
    targets: tuple[Target, ...]
    config: Config
    only: tuple[str, ...] = ()


def run(request: KselftestRequest, say: Say) -> KselftestReport:
    """Run the suite on base and on each target, guests beside each other.

    Raises:
        SeriesError: the config is compile-only, the suite is wrong, or no case is asked for.
        StageError: a target does not apply or build, or a program does not compile.
        HostError: a tool is missing.
        Stopped: the user asked to stop.
    """
    lab, config = request.lab, request.config
    if not config.boot:
        raise SeriesError(
            f"the config `{config.name}` is for compiling only.", hint="Take another one."
        )
    known = suite.load(lab.series)
    names = _names(known, request.only)
    under = _base_of(lab, request.targets)
    # The selftests are those of the base that the targets stand on.
    there = replace(lab, base=under)
    say(f"Compiling selftests of {known.directory}/")
    programs = archive.build(there, known, config.arch)
    with runners.opened(lab) as runner:
        base, *others = _hear(request, programs, runner, say)
    unlisted = known.unlisted(archive.makefile(there, known))
    return KselftestReport(known, config.name, names, base, tuple(others), unlisted)


def _base_of(lab: Lab, targets: Sequence[Target]) -> BaseInfo:
    """The base of all ``targets``.

    Raises:
        SeriesError: they stand on several, whose selftests are not the same.
    """
    found = {lab.base.of(each.stands_on).commit: each for each in reversed(targets)}
    if len(found) > 1:
        one, other = list(found.values())[:2]
        raise SeriesError(
            f"{one} and {other} stand on different bases, whose selftests differ.",
            hint=f"Run them one by one: refseries kselftest {one}",
        )
    return lab.base.of(targets[0].stands_on) if targets else lab.base


def _names(known: suite.Suite, only: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(known.name(case) for case in known.cases)
    if not only:
        return names
    chosen = tuple(name for name in names if any(fnmatchcase(name, glob) for glob in only))
    if unknown := unmatched(only, names):
        raise SeriesError(
            f"no case is called {' or '.join(unknown)}.", hint=f"There are {', '.join(names)}."
        )
    return chosen


def _hear(request: KselftestRequest, programs: Path, runner: Runner, say: Say) -> list[Heard]:
    """What the guests of base and of each target say, base's first."""
    lab, config = request.lab, request.config
    under = [each.stands_on for each in request.targets if each.version != BASE]
    base = lab.base.target(under[0]) if under else Target(BASE)
    targets = tuple(dict.fromkeys((base, *request.targets)))
    of: dict[Job, Target] = {}
    for target in targets:
        say(f"Preparing {target} {config.name}")
        applied = lab.apply(target)
        build = BuildJob.of(applied, config)
        of[build] = target
        runner.submit(build)
    heard: dict[Target, Heard] = {}
    for event in runner.events():
        target = of[event.job]
        if not isinstance(event, Done):
            _tell(event.step, target, config, say)
        elif event.error is not None:
            raise event.error
        elif isinstance(event.answer, Image):
            boot = BootJob(
                f"{runs.place_name(target, config.name)}-kselftest",
                config.arch,
                event.answer.key,
                programs.stem,
                request.only,
                _PARAMETERS,
                case_ptrace=True,  # UFFD_FEATURE_EVENT_FORK needs it
                case_seconds=max(_CASE_SECONDS, config.case_seconds),
                deadline=_DEADLINE,
            )
            of[boot] = target
            runner.submit(boot)
        elif isinstance(event.answer, CasesRun):
            heard[target] = _heard(target, event.answer, runner.place() / event.job.name)
    return [heard[target] for target in targets]


def _tell(step: Step, target: Target, config: Config, say: Say) -> None:
    if text := building(step, f"{target} {config.name}"):
        say(text)
    elif step.stage == "test" and step.done:
        say(f"{target}: {step.done} of {step.planned}, {step.text}")


def _heard(target: Target, ran: CasesRun, place: Path) -> Heard:
    # A program whose TAP is not sound makes the run incomplete; that is its own affair.
    silent = ran.plan is None or len(ran.results) < ran.plan
    reason = ran.reason if silent else ""
    if not reason and ran.gaps:
        # What the kernel complained of meanwhile is not known.
        reason = f"{ran.gaps[0].case or 'outside of any case'}: {ran.gaps[0].text}"
    results = {result.name: result for result in ran.results}
    return Heard(target, results, ran.splats, reason, place)
