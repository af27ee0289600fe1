# SPDX-License-Identifier: GPL-2.0-or-later
"""Versions x configs: apply -> build -> boot -> test, and what came of each.

Builds go one after the other in the order that rebuilds least, each with all processors; the boots
of what is already built run beside them.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

from refseries import git
from refseries.errors import RefseriesError, StageError, Stopped
from refseries.host import proc
from refseries.kernel import build_order
from refseries.model import (
    BASE,
    STAGES,
    Applied,
    Config,
    Image,
    Matrix,
    Run,
    StageOutcome,
    Target,
)
from refseries.series import apply
from refseries.testing import runs, session
from refseries.testing.expectations import Expectations
from refseries.testing.lab import Workshop


@dataclass(frozen=True)
class Event:
    """Something that happened to one run; ``run`` is there when it is finished."""

    target: Target
    config: str
    stage: str
    text: str
    run: Run | None = None


Tell = Callable[[Event], None]


@dataclass(frozen=True)
class Request:
    """What is to be built, and tested unless ``boot`` is False.

    Attributes:
        chain: the version whose fixups ``targets`` go through (``--by-task``); None otherwise.
        only: names or globs of the cases to run; empty for all.
        boot: False to stop behind the builds.
    """

    workshop: Workshop
    targets: tuple[Target, ...]
    configs: tuple[Config, ...]
    chain: str | None = None
    only: tuple[str, ...] = ()
    boot: bool = True


def run(request: Request, tell: Tell) -> Matrix:
    """Do what ``request`` asks for.

    Args:
        tell: called with every event, from several threads.

    Returns:
        A run for each target and config, in their order. Failures of stages are in the runs; a run
        that the user stopped early is marked so.

    Raises:
        SeriesError: the series, a config or the expectations are wrong.
        HostError: the machine lacks something.
    """
    work = _Work(request, tell)
    stopped = False
    try:
        work.do_all()
    except Stopped:
        proc.stop_all()
        stopped = True
    finished = work.collect()
    return Matrix(work.shop.series.name, work.shop.base, finished, stopped)


class _Work:
    """One matrix being worked off."""

    def __init__(self, request: Request, tell: Tell) -> None:
        self.request = request
        self.tell = tell
        self.shop = request.workshop
        self.directory = runs.begin(self.shop.cache, self.shop.series.name)
        self.expectations = Expectations.load(self.shop.series.root)
        self.trees: dict[Target, str] = {}
        self.done: dict[tuple[Target, str], Run] = {}
        self.pending: list[Future[None]] = []
        self.base_boots: dict[str, Future[None]] = {}

    def do_all(self) -> None:
        """Everything; the boots run in a pool beside the builds."""
        applied = self._apply_all()
        boots = self.request.boot and any(config.boot for config in self.request.configs)
        archive = self.shop.initramfs() if boots and applied else None
        pool = ThreadPoolExecutor(self.shop.jobs, thread_name_prefix="boot")
        try:
            for config in self.request.configs:
                for item in self._ordered(applied, config):
                    self._build_one(item, config, archive, pool)
            for future in self.pending:
                future.result()
        except BaseException:
            # A guest in flight must end before we do; its thread then ends by itself.
            proc.stop_all()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def collect(self) -> tuple[Run, ...]:
        """The runs in the order of the request; those that never ended are marked stopped."""
        return tuple(
            self.done.get((target, config.name)) or self._unfinished(target, config)
            for config, target in itertools.product(self.request.configs, self.request.targets)
        )

    def _unfinished(self, target: Target, config: Config) -> Run:
        stages = dict.fromkeys(STAGES, StageOutcome.STOPPED)
        return Run(target, config.name, config.arch, stages)

    def _apply_all(self) -> list[tuple[Applied, float]]:
        applied: list[tuple[Applied, float]] = []
        chain: dict[Target, Applied] = {}
        for target in self.request.targets:
            started = time.monotonic()
            try:
                if self.request.chain and not chain:
                    chain = dict(self._chain(self.request.chain))
                result = chain.get(target) or apply.apply(
                    self.shop.series, self.shop.base, target, self.shop.cache
                )
            except StageError as error:
                for config in self.request.configs:
                    failed = self._failed(target, config, "apply", StageOutcome.APPLY_FAILED, error)
                    self._finish(failed)
                continue
            self.trees[target] = result.tree
            applied.append((result, time.monotonic() - started))
        return applied

    def _chain(self, name: str) -> tuple[tuple[Target, Applied], ...]:
        return apply.chain(self.shop.series, self.shop.base, name, self.shop.cache)

    def _ordered(
        self, applied: list[tuple[Applied, float]], config: Config
    ) -> tuple[tuple[Applied, float], ...]:
        """The order of the builds; base comes first, for what its guest says of the others'."""
        repo = self.shop.base.repo
        base = [item for item in applied if item[0].target.version == BASE]
        versions = build_order.order(
            [item for item in applied if item not in base],
            lambda one, other: git.changed_paths(repo, one[0].tree, other[0].tree),
            config.arch,
            start=base[0] if base else None,
        )
        return (*base, *versions)

    def _build_one(
        self,
        item: tuple[Applied, float],
        config: Config,
        archive: Path | None,
        pool: ThreadPoolExecutor,
    ) -> None:
        applied, apply_seconds = item
        target = applied.target

        def progress(compiled: int, current: str) -> None:
            text = f"building: {compiled} files compiled, {current}"
            self.tell(Event(target, config.name, "build", text))

        def say(text: str) -> None:
            self.tell(Event(target, config.name, "wait", text))

        self.tell(Event(target, config.name, "build", "building"))
        started = time.monotonic()
        try:
            image = self.shop.image(applied, config, progress, say)
        except StageError as error:
            seconds = {"apply": apply_seconds, "build": time.monotonic() - started}
            failed = self._failed(target, config, "build", StageOutcome.BUILD_FAILED, error)
            self._finish(replace(failed, seconds=seconds))
            return
        built = self._built(target, config, image)
        built = replace(
            built, seconds={"apply": apply_seconds, "build": time.monotonic() - started}
        )
        if config.boot and archive is not None:
            self.tell(Event(target, config.name, "boot", "waiting for a processor to boot on"))
            before = self.base_boots.get(config.name)
            future = pool.submit(self._test_one, built, config, archive, before)
            self.pending.append(future)
            if target.version == BASE:
                self.base_boots[config.name] = future
        else:
            self._finish(built)

    def _test_one(
        self, built: Run, config: Config, archive: Path, base: Future[None] | None
    ) -> None:
        target = built.target
        if base is not None:
            wait([base])  # its complaints are nobody's fault; how it came out itself is its own

        def progress(finished: int, planned: int, name: str) -> None:
            text = f"testing: {finished} of {planned or '?'} cases, {name}"
            self.tell(Event(target, config.name, "test", text))

        assert built.image is not None
        known = runs.known_splats(
            self.shop.cache, self.shop.series.name, config.name, self.shop.base.tree
        )
        request = session.Request(
            config=config,
            image=built.image,
            initramfs=archive,
            directory=runs.directory_of(self.directory, target, config.name),
            only=self.request.only,
            known=known,
            case_timeout=config.case_seconds,
        )
        tested = session.test(built, request, self.expectations, progress)
        # A build that was expected to fail is no less unexpected when its tests are fine.
        self._finish(replace(tested, as_expected=tested.as_expected and built.as_expected))

    def _built(self, target: Target, config: Config, image: Image) -> Run:
        stages = dict.fromkeys(STAGES, StageOutcome.NOT_RUN)
        stages |= {"apply": StageOutcome.PASS, "build": StageOutcome.PASS}
        expected = self.expectations.stage(target, config.name, "build")
        return Run(
            target,
            config.name,
            config.arch,
            stages,
            image=image.path,
            log=image.log,
            as_expected=expected is None,
            message="" if expected is None else "was expected not to build, and does",
        )

    def _failed(
        self,
        target: Target,
        config: Config,
        stage: str,
        outcome: StageOutcome,
        error: RefseriesError,
    ) -> Run:
        stages = dict.fromkeys(STAGES, StageOutcome.NOT_RUN)
        for earlier in STAGES[: STAGES.index(stage)]:
            stages[earlier] = StageOutcome.PASS
        stages[stage] = outcome
        expected = self.expectations.stage(target, config.name, stage)
        message = f"{error.where}: {error.what}" if error.where else error.what
        if expected is not None and expected.task:
            message += f" [{expected.task}]"
        return Run(
            target,
            config.name,
            config.arch,
            stages,
            message=message,
            as_expected=expected is not None,
        )

    def _finish(self, finished: Run) -> None:
        self.done[(finished.target, finished.config)] = finished
        # What a few cases say is no result of the version.
        if not self.request.only and (tree := self.trees.get(finished.target)):
            runs.remember(self.shop.cache, self.shop.series.name, finished, tree)
        self.tell(Event(finished.target, finished.config, "done", "", finished))
