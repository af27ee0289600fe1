# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes to a worker and what comes back, as values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from refseries.guest.accel import Accel
from refseries.model import BaseInfo, Series
from refseries.testing.jobs import BuildJob, Job
from refseries.testing.lab import Lab

NOWHERE = Path("/")
"""Stands for a path that means nothing on another machine."""


@dataclass(frozen=True)
class LabRecipe:
    """What a worker makes its lab of: the series without its files, and the base by its tree.

    Attributes:
        base: the repository is the worker's own.
    """

    series: Series
    base: BaseInfo
    rebuild: bool
    accel: Accel

    @classmethod
    def of(cls, lab: Lab) -> LabRecipe:
        """Without a path of this machine."""
        spec = replace(lab.series.base, tree=None, ref="")
        series = replace(lab.series, root=NOWHERE, versions=(), base=spec, to=(), cc=())
        base = replace(lab.base, repo=NOWHERE, own=(), lacking=(), work_tree=None)
        return cls(series, base, lab.rebuild, lab.accel)


@dataclass(frozen=True)
class SourcePack:
    """The commits of a version, as what they add to their base.

    Attributes:
        base: what it is over.
        base_commit: the commit itself, without its tree, as git keeps it.
        pack: a thin pack, empty where ``commit`` is the base.
    """

    commit: str
    base: BaseInfo
    base_commit: bytes
    pack: bytes


@dataclass(frozen=True)
class JobOrder:
    """One job for a worker.

    Attributes:
        run: whose it is.
        sources: of what is built; None for a boot of an image that the worker has.
        image: content key of the image that ``job`` boots; empty for none.
        build: makes that image where the worker has not got it.
        programs: content key of the initramfs that is sent beside; empty for none.
        fetch: send the image back as well.
    """

    run: str
    job: Job
    lab: LabRecipe
    sources: SourcePack | None = None
    image: str = ""
    build: BuildJob | None = None
    programs: str = ""
    fetch: bool = False

    @property
    def key(self) -> str:
        """Names the answer: by all that it depends on, the run not among it."""
        text = f"{self.job!r}\0{self.lab.accel}\0{self.lab.base.tree}"
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


@dataclass(frozen=True)
class SentFile:
    """A file that comes back.

    Attributes:
        place: ``run``: in the run's directory; ``lab``: in the series' part of the cache.
        path: below that.
        executable: it is a script.
    """

    place: str
    path: str
    data: bytes
    executable: bool = False


@dataclass(frozen=True)
class JobReply:
    """What became of a job.

    Attributes:
        worker: who did it.
        answer: what ``perform`` gave.
        error: the name of the error's class, with its words; None when it went well.
        lab, run: what the paths in it start with, on the worker.
        seconds: how long it took.
    """

    worker: str
    answer: object
    error: SentError | None
    files: tuple[SentFile, ...]
    lab: str
    run: str
    seconds: float


@dataclass(frozen=True)
class SentError:
    """An error of refseries as a value; ``kind`` is the name of its class."""

    kind: str
    what: str
    where: str
    hint: str
    detail: str
    log: Path | None = None
    lasting: bool = False


@dataclass(frozen=True)
class JobBegun:
    """A worker has begun with a job."""

    job: str
    worker: str
