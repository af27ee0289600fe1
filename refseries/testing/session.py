# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot and test what was built, and say so in its run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from refseries.guest import qemu
from refseries.guest.boot import BootRequest
from refseries.guest.cases import CasesRun, run_cases
from refseries.guest.results import KtapResult
from refseries.host import resources
from refseries.model import Config, Run, Splat, StageOutcome
from refseries.testing import verdict
from refseries.testing.expectations import Expectations

Progress = Callable[[int, int, str], None]
"""Called with how many cases are done, how many there are (0: not known yet), and the newest."""


@dataclass(frozen=True)
class Request:
    """What to test.

    Attributes:
        directory: the run's evidence goes there; made when it is not there.
        only: globs of case names; empty for all.
        known: splats of base in this config.
        case_timeout: seconds for one case.
        deadline: seconds for all of it.
    """

    config: Config
    image: Path
    initramfs: Path
    directory: Path
    only: tuple[str, ...] = ()
    known: tuple[Splat, ...] = ()
    case_timeout: float = 60.0
    deadline: float = 1800.0


def test(built: Run, request: Request, expectations: Expectations, progress: Progress) -> Run:
    """Boot the image as often as its cases need, and judge them.

    Args:
        built: the run so far; its stages before boot and its seconds are kept.
        progress: called in this thread as cases finish.

    Raises:
        HostError: QEMU is missing or refuses to start.
        SeriesError: the machine's description or the globs are wrong.
        Stopped: the user asked to stop.
    """
    arch = request.config.arch
    request.directory.mkdir(parents=True, exist_ok=True)
    done = 0

    def on_case(result: KtapResult, planned: int) -> None:
        nonlocal done
        done += 1
        progress(done, planned, f"{result.name}: {result.status}")

    cases = run_cases(
        BootRequest(
            machine=qemu.machine(resources.qemu_dir() / "configs.toml", arch),
            image=request.image,
            initramfs=request.initramfs,
            words=(),
            directory=request.directory,
            mode=qemu.quickest(arch),
            case_timeout=request.case_timeout,
            deadline=request.deadline,
        ),
        request.only,
        on_case,
    )
    results = verdict.judge(cases, expectations, request.known, built.target, request.config.name)
    booted, tested, message = verdict.stages(cases, results, request.known)
    run = replace(
        built,
        stages={**built.stages, "boot": booted, "test": tested},
        seconds={**built.seconds, **_seconds(cases)},
        initramfs=request.initramfs,
        qemu=cases.boots[0].argv,
        log=request.directory,
        results=results,
        splats=cases.splats,
        message=message,
    )
    return _expected(run, expectations)


def _seconds(cases: CasesRun) -> dict[str, float]:
    """Boot: until the first case starts, as the guests themselves tell; test: the rest."""
    booting = sum(each.ready for each in cases.boots)
    return {"boot": booting, "test": cases.seconds - booting}


def _expected(run: Run, expectations: Expectations) -> Run:
    """The run with its verdict: each stage failed or passed as ``expectations`` has it."""
    message = run.message
    good = True
    for stage in ("boot", "test"):
        passed = run.stages[stage] is StageOutcome.PASS
        entry = expectations.stage(run.target, run.config, stage)
        if entry is not None and passed:
            message = f"the {stage} passes, but was expected to fail: {entry.why}"
        if passed == (entry is not None):
            good = False
        if not passed:
            break  # what comes behind a failed stage never ran
    return replace(run, message=message, as_expected=good)
