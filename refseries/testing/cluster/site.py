# SPDX-License-Identifier: GPL-2.0-or-later
"""A worker's own place: does orders, keeps each answer until who asked has it.

Nothing here knows of Dask. Every answer is on the disk before it is given, so that neither the
scheduler's death nor the client's loses it: whoever asks for the same next gets it from there.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from refseries.errors import HostError, RefseriesError, SeriesError, StageError, Stopped
from refseries.host.files import write_atomically
from refseries.host.settings import Settings
from refseries.kernel import build, images
from refseries.kernel.images import ImageStore
from refseries.kernel.model import DIGEST, Image
from refseries.model import BaseInfo
from refseries.testing.cluster import sources, wire
from refseries.testing.cluster.orders import JobOrder, JobReply, SentError, SentFile
from refseries.testing.jobs import BuildJob, Here, Lane, Step
from refseries.testing.lab import Lab

KEEP = 200
"""How many answers wait for those who asked, and how many runs' directories; older ones go."""

_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_DONE_LAST = ("image.json", "failure.json")


@dataclass(frozen=True)
class WorkerSite:
    """Where a worker works.

    Attributes:
        settings: of its machine; the base is in their cache, which workers may share.
        cache: of this worker alone.
        bases: those that it has looked for, by series and tree.
    """

    name: str
    settings: Settings
    cache: Path
    bases: dict[tuple[str, str], BaseInfo] = field(default_factory=dict, compare=False)

    def do(self, order: JobOrder, programs: bytes, tell: Callable[[Step], None]) -> bytes:
        """Do an order; gives the JobReply as bytes.

        Args:
            programs: the initramfs that the order names.

        Raises:
            SeriesError: the job is none of those that a worker does.
            Stopped: the job was stopped.
        """
        if wire.name_of(order.job) not in wire.JOBS:
            raise SeriesError(
                f"{wire.name_of(order.job)} is no job that a worker does.",
                hint="Have the same refseries on all machines.",
            )
        series = order.lab.series
        for word in (series.name, series.home, order.run, order.key, order.programs or "none"):
            if not _WORD.fullmatch(word):
                raise SeriesError(f"{word[:50]!r} names no folder.", hint="Rename the series.")
        started = time.monotonic()
        run = self._run(order)
        kept = self._answers(order) / order.key
        waits = order.job.lane is Lane.BOOT
        if waits and kept.is_file():
            return kept.read_bytes()
        lab = Lab(series, order.lab.base, self.cache, self.settings.jobs)
        try:
            lab = self._lab(order, programs)
            answer, error = self._perform(order, lab, run, tell), None
        except Stopped:
            raise
        except RefseriesError as failed:
            answer, error = None, _sent(failed)
        except OSError as failed:
            answer, error = None, _sent(images.disk_full(failed, self.cache))
        files = _files(order, lab, run, answer, error)
        seconds = time.monotonic() - started
        reply = JobReply(self.name, answer, error, files, str(lab.directory), str(run), seconds)
        data = wire.to_bytes(reply)
        if waits and error is None:
            _keep(kept, data)
        return data

    def forget(self, run: str, home: str, keys: tuple[str, ...]) -> None:
        """Who asked has these answers; the files of the run go with them."""
        if not all(_WORD.fullmatch(word) for word in (run, home, *keys)):
            return
        for key in keys:
            (self.cache / home / "answers" / key).unlink(missing_ok=True)
        shutil.rmtree(self.cache / home / "cluster-runs" / run, ignore_errors=True)

    def discard(self, series: str, image: str) -> None:
        """Remove an image that nobody wants any more."""
        if _WORD.fullmatch(series) and _WORD.fullmatch(image):
            shutil.rmtree(self.cache / series / "images" / image, ignore_errors=True)

    def _answers(self, order: JobOrder) -> Path:
        return self.cache / order.lab.series.home / "answers"

    def _run(self, order: JobOrder) -> Path:
        place = self.cache / order.lab.series.home / "cluster-runs" / order.run
        if not place.is_dir():
            place.mkdir(parents=True, exist_ok=True)
            _prune(place.parent)
        return place

    def _lab(self, order: JobOrder, programs: bytes) -> Lab:
        recipe = order.lab
        base = recipe.base
        home = self.cache / recipe.series.name
        if order.sources is not None and not self._is_built(order, home):
            wanted = order.sources.base
            own = self.bases.get((recipe.series.name, wanted.tree))
            if own is None:
                own = sources.base_for(recipe, wanted, self.settings, self.name)
                self.bases[recipe.series.name, wanted.tree] = own
            base = sources.receive(order.sources, own, home / "repo.git")
        lab = Lab(recipe.series, base, self.cache, self.settings.jobs, recipe.rebuild, recipe.accel)
        if order.programs and not (path := lab.programs(order.programs)).is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, programs)
        return lab

    def _is_built(self, order: JobOrder, home: Path) -> bool:
        """Whether the image that is booted or built is there, or is known not to compile."""
        key = order.image
        if isinstance(order.job, BuildJob):
            if order.lab.rebuild:
                return False
            key = build.image_key(order.job.tree, order.job.config)
        try:
            return bool(key) and ImageStore(home / "images").load(key) is not None
        except StageError:
            return True

    def _perform(
        self, order: JobOrder, lab: Lab, run: Path, tell: Callable[[Step], None]
    ) -> object:
        here = Here(lab, lambda: run, tell)
        if order.build is not None and lab.images.load(order.image) is None:
            made = order.build.perform(replace(here, lab=replace(lab, rebuild=False)))
            if made.key != order.image:
                raise HostError(
                    f"{self.name} makes another image of it: its compiler differs.",
                    hint="`refseries cluster status` names what differs.",
                )
        return order.job.perform(here)


def _sent(error: RefseriesError) -> SentError:
    log = error.log if isinstance(error, StageError) else None
    kinds = (HostError, SeriesError, StageError)
    kind = next((each.__name__ for each in kinds if isinstance(error, each)), "StageError")
    lasting = isinstance(error, StageError) and error.lasting
    return SentError(kind, error.what, error.where, error.hint, error.detail, log, lasting)


def _files(
    order: JobOrder, lab: Lab, run: Path, answer: object, error: SentError | None
) -> tuple[SentFile, ...]:
    """What a local run would have left on the disk."""
    found: list[SentFile] = []
    place = run / order.job.name
    if order.job.lane is Lane.BOOT and place.is_dir():
        found += [_file("run", run, path) for path in _regular(place)]
    if isinstance(answer, Image):
        kept = [p for p in _regular(answer.directory) if order.fetch or p != answer.path]
        found += [_file("lab", lab.directory, path) for path in kept]
        if answer.path is not None:
            digest = answer.directory.relative_to(lab.directory) / DIGEST
            found.append(SentFile("lab", str(digest), f"{answer.digest()}\n".encode()))
    elif error is not None and error.log is not None and error.log.is_relative_to(lab.directory):
        inside = error.log.parent != lab.images.directory
        kept = _regular(error.log.parent) if inside else [error.log]
        found += [_file("lab", lab.directory, path) for path in kept if path.is_file()]
    # What says that the others are there goes last.
    return tuple(sorted(found, key=lambda each: Path(each.path).name in _DONE_LAST))


def _regular(place: Path) -> list[Path]:
    return [path for path in sorted(place.rglob("*")) if path.is_file() and not path.is_symlink()]


def _file(place: str, root: Path, path: Path) -> SentFile:
    executable = bool(path.stat().st_mode & 0o100)
    return SentFile(place, str(path.relative_to(root)), path.read_bytes(), executable)


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, data)
    _prune(path.parent)


def _prune(directory: Path) -> None:
    """Remove what nobody came for."""
    with contextlib.suppress(OSError):
        there = sorted(directory.iterdir(), key=lambda path: path.stat().st_mtime)
        for path in there[:-KEEP]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
