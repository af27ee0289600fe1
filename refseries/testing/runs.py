# SPDX-License-Identifier: GPL-2.0-or-later
"""Where runs leave their evidence, and the newest result of each target.

``runs/<when>-<pid>/`` holds a directory for each target and config of one ``refseries test``;
``latest/`` holds the newest finished run of each as JSON, for ``refseries status``.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import re
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from refseries.host import clock, typed
from refseries.host.files import write_atomically
from refseries.kernel import images
from refseries.model import WORK, WORK_DIRTY, BaseInfo, Splat, StageOutcome, Target
from refseries.testing.model import CaseResult, Outcome, Run

KEEP = 20
"""How many runs are kept; older ones are removed when a new one starts."""

# Directories of our own runs, locked from their beginning until this process ends.
_held: list[int] = []


@dataclass(frozen=True)
class LatestRun:
    """The newest finished run of a target in a config.

    Attributes:
        tree: git tree id of what was tested.
        when: ISO 8601 time, UTC, when it finished.
        counts: how many cases had each outcome.
        stages: outcome of each stage.
        message: why a stage failed, or was not as expected; empty otherwise.
        initramfs: ``selftests_name`` of what was booted, which changes with the selftests in it;
            empty when nothing was booted.
        results: how each case came out.
        seconds: how long each stage took; of the build, when it was made. Empty in older ones.
        image: key of what was built; empty where nothing was.
        judged_by: stands for the tests and what was expected of them; empty in older ones.
        tests: stands for the tests alone; empty in older ones.
        options: stands for what the config is made of; empty in older ones.
        unseen: as of a `Run`; empty in older ones.
    """

    tree: str
    when: str
    as_expected: bool
    stages: dict[str, StageOutcome]
    counts: dict[str, int]
    log: str
    splats: tuple[Splat, ...]
    message: str
    initramfs: str
    results: tuple[CaseResult, ...]
    seconds: dict[str, float] = field(default_factory=dict)
    image: str = ""
    judged_by: str = ""
    tests: str = ""
    options: str = ""
    unseen: str = ""

    @property
    def booted(self) -> bool:
        """True when its guest was started."""
        return was_booted(self.stages)

    def as_run(self, target: Target, config: str) -> Run:
        """The run that it was, as far as that is kept."""
        return Run(
            target,
            config,
            "",
            self.stages,
            results=self.results,
            splats=self.splats,
            message=self.message,
            as_expected=self.as_expected,
        )


def begin(cache: Path, series: str) -> Path:
    """Make the directory of a new run, and remove those that are older than the newest KEEP.

    A run that is still at work, in this process or another, keeps its directory.
    """
    parent = cache / series / "runs"
    parent.mkdir(parents=True, exist_ok=True)
    old = sorted(path for path in parent.iterdir() if path.is_dir())
    for path in old[: max(0, len(old) - KEEP + 1)]:
        _remove(path)
    stamp = f"{clock.now():%Y%m%d-%H%M%S}"
    new = Path(tempfile.mkdtemp(dir=parent, prefix=f"{stamp}-{os.getpid()}-"))
    _held.append(descriptor := os.open(new, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return new


def begin_once(cache: Path, series: str) -> Callable[[], Path]:
    """``begin`` for whichever thread asks first; the others get the same directory."""
    lock, begun = threading.Lock(), functools.cache(begin)

    def place() -> Path:
        with lock:
            return begun(cache, series)

    return place


def let_go() -> None:
    """Give up the directories of this process' runs, which are over: they may be removed."""
    while _held:
        os.close(_held.pop())


def _remove(path: Path) -> None:
    """Remove a run that nobody works on any more."""
    with contextlib.suppress(OSError):  # it is at work, or somebody else removes it, too
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(descriptor)


def at_work(cache: Path, series: str) -> tuple[str, ...]:
    """The targets and configs, as their folders are called, of runs that are still at work."""
    try:
        folders = sorted(path for path in (cache / series / "runs").iterdir() if path.is_dir())
    except OSError:
        return ()
    found: list[str] = []
    for folder in folders:
        with contextlib.suppress(OSError):  # it is being removed
            if _is_held(folder):
                found += sorted(path.name for path in folder.iterdir() if path.is_dir())
    return tuple(found)


def _is_held(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def place_name(target: Target, config: str) -> str:
    """What the files of one target in one config are called, inside a run and elsewhere.

    A config whose name has a dash gets a mark that no folder has: `v4:x` in `debug` would else be
    called as `v4` in `x-debug`, and each would take the other's results for its own.
    """
    return f"{folder(target)}{'~' if '-' in config else '-'}{config}"


def folder(target: Target) -> str:
    """A name for files of ``target``. A branch moves on: a commit is called by its id."""
    if target.commit:
        return WORK if target.version in (WORK, WORK_DIRTY) else target.commit[:12]
    plain = str(target).replace(":", "-")
    if re.fullmatch(r"[\w.+@-]{1,80}", plain):
        return plain
    digest = hashlib.sha256(plain.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return f"{re.sub(r'[^a-zA-Z0-9.+@-]', '-', plain)[:60]}-{digest}"


def was_booted(stages: Mapping[str, StageOutcome]) -> bool:
    """True when a guest was started."""
    return stages.get("boot", StageOutcome.NOT_RUN) is not StageOutcome.NOT_RUN


@dataclass(frozen=True)
class Grounds:
    """What a run rests on besides a kernel's sources, as in `LatestRun`; empty: not known."""

    judged_by: str = ""
    tests: str = ""
    options: str = ""


NOTHING_KNOWN = Grounds()


def remember(
    cache: Path, series: str, run: Run, tree: str, grounds: Grounds = NOTHING_KNOWN
) -> None:
    """Keep ``run`` as the newest of its target and config.

    A build alone does not replace what a guest said of the same kernel, nor do a few rounds without
    a fault those that found a case of it flaky.
    """
    new = LatestRun(
        tree=tree,
        when=clock.now().isoformat(),
        as_expected=run.as_expected,
        stages=run.stages,
        counts=Counter(str(result.outcome) for result in run.results),
        log=str(run.log or ""),
        splats=run.splats,
        message=run.message,
        initramfs=selftests_name(run.initramfs) if run.initramfs else "",
        results=run.results,
        seconds=run.seconds,
        image=image_of(run),
        judged_by=grounds.judged_by,
        tests=grounds.tests,
        options=grounds.options,
        unseen=run.unseen,
    )
    old = latest(cache, series, run.target, run.config)
    if old is not None and old.tree == tree and "build" in old.seconds:
        # A build that is there already takes no time; what it took when it was made is kept.
        build = max(old.seconds["build"], run.seconds.get("build", 0.0))
        new = replace(new, seconds={**new.seconds, "build": build})
    built_only = not new.booted and run.stages.get("build") is StageOutcome.PASS
    # Of another config, or by another compiler, it is another kernel.
    same = old is not None and old.tree == tree and old.image in ("", new.image)
    if old is not None and same and ((built_only and old.booted) or _overrules(old, new)):
        return
    path = _latest_path(cache, series, run.target, run.config)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, msgspec.json.format(msgspec.json.encode(new), indent=1).decode())


def _overrules(old: LatestRun, new: LatestRun) -> bool:
    """Whether ``old`` found a case flaky of which ``new`` has seen too little, by its tests."""
    by_same = (old.initramfs, old.judged_by) == (new.initramfs, new.judged_by)
    was_flaky = any(result.outcome is Outcome.FLAKY for result in old.results)
    rounds = [max((each.rounds for each in one.results), default=0) for one in (old, new)]
    return by_same and was_flaky and new.as_expected and rounds[1] < rounds[0]


def image_of(run: Run) -> str:
    """The key of the image that ``run`` built or found; empty where there is none."""
    if run.stages.get("build") is not StageOutcome.PASS:
        return ""
    if run.image is not None:
        return run.image.parent.name
    return run.log.parent.name if run.log and run.log.name == images.LOG else ""


def selftests_name(initramfs: Path) -> str:
    """What initramfs of all trees have in common that hold the same tests of the project.

    An archive with suites is called ``TESTS-TREE.cpio``, any other after its contents.
    """
    return initramfs.name.partition("-")[0]


def latest(cache: Path, series: str, target: Target, config: str) -> LatestRun | None:
    """The newest finished run of ``target`` in ``config``.

    None when there is none, or only one that an older refseries kept with less in it.
    """
    return typed.kept(_latest_path(cache, series, target, config), LatestRun)


def known_splats(
    cache: Path, series: str, config: str, base: BaseInfo, version: str
) -> tuple[Splat, ...]:
    """Splats that the base of ``version`` showed in ``config``; none while it was not tested.

    What another base showed under the same name does not count.
    """
    found = latest(cache, series, base.target(version), config)
    if found is None or found.tree != base.of(version).tree:
        return ()
    return found.splats


def _latest_path(cache: Path, series: str, target: Target, config: str) -> Path:
    return cache / series / "latest" / f"{place_name(target, config)}.json"
