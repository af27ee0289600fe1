# SPDX-License-Identifier: GPL-2.0-or-later
"""Orders made of the jobs of a run: each says what it needs, and carries what a worker may lack."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from refseries.testing.cluster import sources
from refseries.testing.cluster.link import Link
from refseries.testing.cluster.orders import JobOrder, LabRecipe, SourcePack
from refseries.testing.jobs import BootJob, BuildJob, Job
from refseries.testing.lab import Lab

_PROGRAMS = 8  # so many initramfs, of 1.5 MB each, are kept in the workers' memory


class OrderDesk:
    """Makes the orders of one run.

    Args:
        run: its name among all that workers hear of.
    """

    def __init__(self, lab: Lab, run: str, link: Link) -> None:
        self._lab = lab
        self._run = run
        self._link = link
        self._recipe = LabRecipe.of(lab)
        self._builds: dict[str, tuple[BuildJob, str]] = {}
        self._packs: dict[str, SourcePack] = {}
        self._programs: dict[str, Any] = {}

    def order(self, job: Job) -> JobOrder:
        """The order of a job; that of a build is still ``with_sources``."""
        if (boot := boot_of(job)) is None:
            return JobOrder(self._run, job, self._recipe, fetch=self._lab.fetch_images)
        # It has the build as well: should the worker die, another makes the image anew.
        build, _address = self._builds[boot.image]
        packed = self._packed(build.commit)
        return JobOrder(
            self._run, job, self._recipe, packed, boot.image, build, boot.programs,
        )  # fmt: skip

    def with_sources(self, order: JobOrder) -> JobOrder:
        """The order of a build, with what its commit adds to the base."""
        commit: str = order.job.commit  # type: ignore[attr-defined]
        return replace(order, sources=self._packed(commit))

    def built(self, image: str, job: BuildJob, address: str) -> None:
        """The image of this key was built by ``job``, at the worker that has it."""
        self._builds[image] = (job, address)

    def address(self, image: str) -> str:
        """Of the worker that has built the image of this key."""
        return self._builds[image][1]

    def programs(self, name: str) -> Any:  # noqa: ANN401 - a future of Dask's
        """The initramfs of this key, which Dask is given once; nothing for no name."""
        if not name:
            return b""
        if name not in self._programs:
            data = self._lab.programs(name).read_bytes()
            self._programs[name] = self._link.programs(f"programs-{self._run}/{name}", data)
            if len(self._programs) > _PROGRAMS:  # Dask keeps it for jobs that want it
                del self._programs[next(iter(self._programs))]
        return self._programs[name]

    def _packed(self, commit: str) -> SourcePack:
        """What a commit adds to its base; packed once, since a boot may need it again."""
        if commit not in self._packs:
            self._packs[commit] = sources.pack(self._lab.base, commit)
        return self._packs[commit]


def boot_of(job: Job) -> BootJob | None:
    """The guest that a job boots; None for one that builds."""
    found = job if isinstance(job, BootJob) else getattr(job, "boot", None)
    return found if isinstance(found, BootJob) else None
