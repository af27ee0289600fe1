# SPDX-License-Identifier: GPL-2.0-or-later
"""Every mutant built, booted and tested, until something notices it.

Mutants are built one after the other, each with all processors, in the work tree that the version
was built in, so that only what a mutant changes is compiled; the guests of those that are built run
beside. What became of a mutant is kept under a key of all that it depends on, its kernel is not.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from refseries.errors import SeriesError, StageError, Stopped
from refseries.guest import qemu
from refseries.guest.boot import BootRequest
from refseries.guest.cases import CasesRun, run_cases
from refseries.guest.results import KtapResult
from refseries.host import proc, resources
from refseries.host.files import write_atomically
from refseries.kernel import toolchain
from refseries.model import Applied, CaseResult, Config, Image, StageOutcome, Target
from refseries.mutate import commits, handwritten
from refseries.mutate.model import Fate, Mutant, Report, Result
from refseries.series import apply, store
from refseries.testing import runs, verdict
from refseries.testing.expectations import Expectations
from refseries.testing.lab import Workshop

# A mutant's case may take this much longer than the version's slowest one before it hangs.
_PATIENCE = 4.0
_LEAST_SECONDS = 10.0

Tell = Callable[[int, int, str], None]
"""Called with how many mutants are done, how many there are, and what is being done."""


@dataclass(frozen=True)
class Request:
    """How mutants are tried.

    Attributes:
        target: the version that they are made of.
        config: in which they are built and tested.
    """

    workshop: Workshop
    target: Target
    config: Config


@dataclass(frozen=True)
class Plan:
    """What can be tried.

    Attributes:
        applied: the version.
        mutants: all of it, those written by hand first.
        survivors: what is known of those that no case catches.
    """

    applied: Applied
    mutants: tuple[Mutant, ...]
    survivors: handwritten.Survivors


def plan(shop: Workshop, target: Target) -> Plan:
    """Apply a version and find its mutants.

    Raises:
        SeriesError: ``target`` is no version of the series, or a file about mutants is wrong.
        StageError: the version does not apply.
    """
    version = store.version(shop.series, target.version)
    if target.task is not None:
        raise SeriesError(
            f"{target} is a state between versions, and only versions have mutants.",
            hint=f"Name {target.version}.",
        )
    applied = apply.apply(shop.series, shop.base, target, shop.cache)
    survivors = handwritten.Survivors.load(shop.series.root)
    by_hand = handwritten.load(shop.series.root, target)
    made = commits.made_mutants(shop.base, version, applied)
    return Plan(applied, (*by_hand, *made), survivors)


def choose(mutants: Sequence[Mutant], globs: Sequence[str]) -> list[Mutant]:
    """Those whose names fit one of ``globs``; all without any.

    Raises:
        SeriesError: there is none.
    """
    chosen = [m for m in mutants if not globs or any(fnmatchcase(m.name, g) for g in globs)]
    if not mutants:
        raise SeriesError(
            "the version gives no mutants: it adds no C that kernels are built from.",
            hint="Write some by hand; see kernel-tests/README.md.",
        )
    if not chosen:
        raise SeriesError(
            "there is no such mutant.",
            where="--mutant",
            hint="`refseries mutate VERSION --list` shows their names.",
        )
    return chosen


class _Caught(Exception):  # noqa: N818 - good news
    """A guest showed what gives a mutant away; the rest of its cases do not matter."""

    def __init__(self, case: CaseResult) -> None:
        self.case = case


def run(request: Request, plan: Plan, chosen: Sequence[Mutant], tell: Tell) -> Report:
    """Try mutants.

    Args:
        chosen: those of ``plan`` that are tried.
        tell: called from several threads.

    Raises:
        StageError: the version itself does not build, or does not come out as expected.
        HostError: the machine lacks something.
    """
    work = _Work(request, plan.applied, chosen, tell)
    stopped = False
    try:
        work.do_all()
    except Stopped:
        proc.stop_all()
        stopped = True
    done = (work.done[m.name] for m in chosen if m.name in work.done)
    results = tuple(
        plan.survivors.explain(request.target, request.config.name, result) for result in done
    )
    stale: tuple[str, ...] = ()
    if len(chosen) == len(plan.mutants):
        stale = plan.survivors.stale(request.target, [mutant.name for mutant in chosen])
    return Report(request.target, results, len(chosen), stopped, stale)


@dataclass(frozen=True)
class _Whole:
    """The version without a mistake: what a mutant is compared with."""

    digest: str
    case_seconds: float


class _Work:
    """One run over mutants."""

    def __init__(
        self, request: Request, applied: Applied, mutants: Sequence[Mutant], tell: Tell
    ) -> None:
        self.request = request
        self.shop = request.workshop
        self.applied = applied
        self.mutants = mutants
        self.tell = tell
        self.expectations = Expectations.load(self.shop.series.root)
        self.initramfs = self.shop.initramfs()
        self.known = runs.known_splats(
            self.shop.cache, self.shop.series.name, request.config.name, self.shop.base.tree
        )
        self.directory = runs.begin(self.shop.cache, self.shop.series.name)
        self.records = self.shop.directory / "mutants"
        self.done: dict[str, Result] = {}

    def do_all(self) -> None:
        """Everything; the guests run in a pool beside the builds."""
        todo = []
        for mutant in self.mutants:
            commit = commits.commit(self.shop.base, self.applied, mutant, self.shop.series.identity)
            if commit is None:
                self.done[mutant.name] = Result(mutant, Fate.NO_APPLY)
            elif recalled := self._recall(mutant, commit):
                self.done[mutant.name] = recalled
            else:
                todo.append((mutant, commit))
        if not todo:
            return
        whole = self._whole()
        pool = ThreadPoolExecutor(self.shop.jobs, thread_name_prefix="mutant")
        pending: list[Future[None]] = []
        try:
            for mutant, commit in todo:
                self._say(f"building {mutant.name}")
                if image := self._build(mutant, commit, whole):
                    pending.append(pool.submit(self._test, mutant, commit, image, whole))
            for future in pending:
                future.result()
        except BaseException:
            proc.stop_all()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _say(self, text: str) -> None:
        self.tell(len(self.done), len(self.mutants), text)

    def _whole(self) -> _Whole:
        """The version itself, built and tested: a mutant of a red version would prove nothing."""
        self._say(f"building {self.request.target} itself")
        image = self._image(self.applied)
        self._say(f"testing {self.request.target} itself")
        cases = self._cases("whole", image, self.request.config.case_seconds, None)
        results = verdict.judge(
            cases,
            self.expectations,
            self.known,
            self.request.target,
            self.request.config.name,
        )
        wrong = [each for each in results if not each.as_expected]
        if not cases.complete or not results or wrong:
            why = f"{wrong[0].name}: {wrong[0].outcome}" if wrong else cases.reason
            raise StageError(
                f"{self.request.target} itself does not come out as expected: {why}.",
                where=str(self.directory / "whole"),
                hint=f"See `refseries test {self.request.target}` first.",
            )
        slowest = max(each.seconds for each in results)
        return _Whole(_digest(image), max(_LEAST_SECONDS, _PATIENCE * slowest))

    def _image(self, applied: Applied) -> Image:
        return self.shop.image(
            applied, self.request.config, lambda *_: proc.check_stopped(), self._say
        )

    def _build(self, mutant: Mutant, commit: Applied, whole: _Whole) -> Image | None:
        """The mutant's kernel; None when it has none of its own, which is its fate then."""
        try:
            image = self._image(commit)
        except StageError as error:
            self._finish(Result(mutant, Fate.NO_BUILD, "build", str(error)), commit)
            return None
        if _digest(image) == whole.digest:
            self._finish(Result(mutant, Fate.NO_CHANGE), commit)
            shutil.rmtree(image.directory)
            return None
        return image

    def _test(self, mutant: Mutant, commit: Applied, image: Image, whole: _Whole) -> None:
        target, config = self.request.target, self.request.config.name

        def on_case(result: KtapResult, _planned: int) -> None:
            case = verdict.early(result, self.expectations, target, config)
            if not case.as_expected:
                raise _Caught(case)

        try:
            cases = self._cases(mutant.name, image, whole.case_seconds, on_case)
        except _Caught as caught:
            case = caught.case
            self._finish(Result(mutant, Fate.CAUGHT, case.name, case.message), commit)
        else:
            self._finish(self._judge(mutant, cases), commit)
        shutil.rmtree(image.directory)

    def _judge(self, mutant: Mutant, cases: CasesRun) -> Result:
        """A guest that went through all cases: a splat or a death may still give it away."""
        target, config = self.request.target, self.request.config.name
        results = verdict.judge(cases, self.expectations, self.known, target, config)
        if wrong := next((each for each in results if not each.as_expected), None):
            return Result(mutant, Fate.CAUGHT, wrong.name, wrong.message)
        booted, tested, message = verdict.stages(cases, results, self.known)
        for stage, outcome in (("boot", booted), ("test", tested)):
            if outcome is not StageOutcome.PASS:
                return Result(mutant, Fate.CAUGHT, stage, message)
        return Result(mutant, Fate.SURVIVED)

    def _cases(
        self,
        name: str,
        image: Image,
        case_seconds: float,
        on_case: Callable[[KtapResult, int], None] | None,
    ) -> CasesRun:
        assert image.path is not None
        directory = self.directory / name.replace(":", "-")
        directory.mkdir(parents=True, exist_ok=True)
        arch = self.request.config.arch
        boot = BootRequest(
            machine=qemu.machine(resources.qemu_dir() / "configs.toml", arch),
            image=image.path,
            initramfs=self.initramfs,
            words=(),
            directory=directory,
            mode=qemu.quickest(arch),
            case_timeout=case_seconds,
        )
        return run_cases(boot, (), on_case) if on_case else run_cases(boot)

    def _finish(self, result: Result, commit: Applied) -> None:
        record = self._record(commit)
        record.parent.mkdir(parents=True, exist_ok=True)
        kept = {"fate": result.fate, "by": result.by, "message": result.message}
        write_atomically(record, json.dumps(kept))
        self.done[result.mutant.name] = result
        self._say(f"{result.mutant.name}: {result.fate}")

    def _recall(self, mutant: Mutant, commit: Applied) -> Result | None:
        try:
            kept = json.loads(self._record(commit).read_text())
            return Result(mutant, Fate(kept["fate"]), kept["by"], kept["message"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _record(self, commit: Applied) -> Path:
        """Where its fate is kept: by its tree, how it is built, and what it is tried by."""
        config = self.request.config
        digest = hashlib.sha256()
        for text in (
            commit.tree,
            toolchain.find(config.arch).version,
            *(path.read_text(encoding="utf-8") for path in config.fragments),
            self.initramfs.stem,
            repr(self.expectations),
        ):
            digest.update(text.encode() + b"\0")
        return self.records / f"{digest.hexdigest()[:32]}.json"


def _digest(image: Image) -> str:
    assert image.path is not None
    with image.path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
