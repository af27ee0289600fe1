# SPDX-License-Identifier: GPL-2.0-or-later
"""The base kernel's own selftests on base and on versions: built once, booted on each."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from refseries.errors import SeriesError
from refseries.guest import qemu
from refseries.guest.boot import BootRequest
from refseries.guest.cases import run_cases
from refseries.guest.results import KtapResult
from refseries.host import proc, resources
from refseries.model import BASE, Config, Target
from refseries.series import apply
from refseries.testing import runs
from refseries.testing.kselftest import archive, suite
from refseries.testing.kselftest.compare import Heard, Report
from refseries.testing.lab import Workshop

# A program may test for longer than one case of ours: its own alarms are of some minutes.
_CASE_SECONDS = 300.0
_DEADLINE = 5400.0
# mremap_test asks for addresses that are in use now and then where they are random.
_PARAMETERS = ("norandmaps",)
# Files compiled between two words about it.
_TELL = 50


@dataclass(frozen=True)
class Request:
    """What to run.

    Attributes:
        targets: what is compared with base.
        only: globs of cases; none means all.
    """

    workshop: Workshop
    targets: tuple[Target, ...]
    config: Config
    only: tuple[str, ...] = ()


Say = Callable[[str], None]
"""Told what is being done; from several threads."""


def run(request: Request, say: Say) -> Report:
    """Run the suite on base and on each target, guests beside each other.

    Raises:
        SeriesError: the config is compile-only, the suite is wrong, or no case is asked for.
        StageError: a target does not apply or build, or a program does not compile.
        HostError: a tool is missing.
        Stopped: the user asked to stop.
    """
    shop, config = request.workshop, request.config
    if not config.boot:
        raise SeriesError(
            f"the config `{config.name}` is for compiling only.", hint="Take another one."
        )
    known = suite.load(shop.series)
    names = _names(known, request.only)
    targets = tuple(dict.fromkeys((Target(BASE), *request.targets)))
    say(f"Compiling selftests of {known.directory}/")
    programs = archive.build(shop, known)
    images = [_image(request, target, say) for target in targets]
    directory = runs.begin(shop.cache, shop.series.name)

    def boot(target: Target, image: Path) -> Heard:
        return _boot(request, target, image, programs, directory, say)

    pool = ThreadPoolExecutor(shop.jobs, thread_name_prefix="boot")
    try:
        base, *others = list(pool.map(boot, targets, images))
    except BaseException:
        # A guest in flight must end before we do; its thread then ends by itself.
        proc.stop_all()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    unlisted = known.unlisted(archive.makefile(shop, known))
    return Report(known, config.name, names, base, tuple(others), unlisted)


def _names(known: suite.Suite, only: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(known.name(case) for case in known.cases)
    if not only:
        return names
    chosen = tuple(name for name in names if any(fnmatchcase(name, glob) for glob in only))
    if not chosen:
        raise SeriesError(
            f"no case is called {' or '.join(only)}.", hint=f"There are {', '.join(names)}."
        )
    return chosen


def _image(request: Request, target: Target, say: Say) -> Path:
    shop, config = request.workshop, request.config

    def compiled(count: int, _current: str) -> None:
        if count % _TELL == 0:
            say(f"Building {target} {config.name}: {count} files compiled")

    say(f"Preparing {target} {config.name}")
    applied = apply.apply(shop.series, shop.base, target, shop.cache)
    image = shop.image(applied, config, compiled, say)
    assert image.path is not None
    return image.path


def _boot(
    request: Request, target: Target, image: Path, programs: Path, directory: Path, say: Say
) -> Heard:
    place = runs.directory_of(directory, target, f"{request.config.name}-kselftest")
    place.mkdir(parents=True)
    arch = request.config.arch

    def on_case(result: KtapResult, planned: int) -> None:
        say(f"{target}: {result.number} of {planned}, {result.name}")

    ran = run_cases(
        BootRequest(
            machine=qemu.machine(resources.qemu_dir() / "configs.toml", arch),
            image=image,
            initramfs=programs,
            words=(),
            directory=place,
            mode=qemu.quickest(arch),
            parameters=_PARAMETERS,
            case_timeout=max(_CASE_SECONDS, request.config.case_seconds),
            deadline=_DEADLINE,
        ),
        request.only,
        on_case,
    )
    # A program whose TAP is not sound makes the run incomplete; that is its own affair.
    silent = ran.plan is None or len(ran.results) < ran.plan
    results = {result.name: result for result in ran.results}
    return Heard(target, results, ran.splats, ran.reason if silent else "", place)
