# SPDX-License-Identifier: GPL-2.0-or-later
"""The workers of a run: who is there, what each offers, and who is not asked any more."""

from __future__ import annotations

import contextlib
from collections.abc import Collection

import refseries
from refseries.errors import HostError
from refseries.testing.cluster import facts
from refseries.testing.cluster.facts import WorkerFacts
from refseries.testing.cluster.link import Link
from refseries.testing.jobs import BuildJob, Job, Lane


class Roster:
    """The workers that one scheduler has.

    Attributes:
        there: those that are there, by address.
        unfit: what kept one from its jobs, by address.
        built: an address at which a kernel was built, by the key that ``WorkerFacts.images`` has.

    Raises:
        HostError: there are none.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self.there: dict[str, WorkerFacts] = {}
        self.unfit: dict[str, str] = {}
        self.built: dict[str, str] = {}
        # Those that are gone among them: they may be about to come back.
        self._known: dict[str, WorkerFacts] = {}
        self._offers: dict[str, Collection[str]] = {}
        self._said: set[str] = set()
        self._meet(link.workers())

    def look(self) -> None:
        """Ask who is there now."""
        with contextlib.suppress(HostError):
            self._meet(self._link.workers(wait=False))

    def gone(self, address: str) -> None:
        """A worker is not there any more."""
        self.there.pop(address, None)
        self.unfit.pop(address, None)

    def address(self, name: str) -> str:
        """Of the worker of this name; empty when it has gone meanwhile."""
        if all(each.name != name for each in self.there.values()):
            self.look()
        return next((a for a, each in self.there.items() if each.name == name), "")

    def able(self, address: str, needs: Collection[str]) -> bool:
        """Whether a worker is there, is asked, and offers these resources."""
        there = address in self.there and address not in self.unfit
        return there and all(each in self._offers[address] for each in needs)

    def needs(self, job: Job) -> dict[str, float]:
        """The resources of Dask that a job takes: who lacks one is not asked.

        Raises:
            HostError: no worker has them.
        """
        if job.lane is Lane.BOOT:
            return {facts.BOOT: 1}
        config = job.config  # type: ignore[attr-defined]
        boots = config.boot and isinstance(job, BuildJob)
        own = facts.tools(config.arch)
        tools = facts.agreed(self._known.values(), config.arch, own, boots=boots)
        if tools is None:
            what = "builds and boots" if boots else "builds"
            names = ", ".join(sorted({each.name for each in self._known.values()}))
            raise HostError(
                f"no worker {what} kernels of {config.arch}: {names}.",
                where=self._link.address,
                hint="`refseries cluster status` says what each of them lacks.",
            )
        needs = {facts.BUILD: 1.0, tools.resource: 1.0}
        return {**needs, f"qemu-{config.arch}": 1.0} if boots else needs

    def left_out(self, job: Job) -> list[str]:
        """Who is not asked for a build although it is there, and why; each said once."""
        needs = self.needs(job)
        said: list[str] = []
        for address, each in self.there.items():
            if address in self._said or self.able(address, needs):
                continue
            self._said.add(address)
            why = f"it does not build {job.config.arch} as this run does"  # type: ignore[attr-defined]
            if each.version != refseries.__version__:
                why = f"it has refseries {each.version}, and this is {refseries.__version__}"
            said.append(f"{each.name} is not asked: {why}; see `refseries cluster status`")
        return said

    def _meet(self, workers: dict[str, WorkerFacts]) -> None:
        self.there = workers
        self._known.update(workers)
        for address, each in workers.items():
            self._offers[address] = facts.resources(each)
            self.built.update(dict.fromkeys(each.images, address))
