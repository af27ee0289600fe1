# SPDX-License-Identifier: GPL-2.0-or-later
"""What makes a worker of Dask one of ours: it is the ``--preload`` of ``dask worker``.

The worker then says what it compiles and boots, does orders, and ends the processes of a job that
nobody wants any more: whoever asked has cancelled it, has died, or the scheduler has. What it asks
of distributed is here and in ``cluster/link.py`` alone.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from distributed import Worker, get_worker
from distributed.diagnostics.plugin import WorkerPlugin

from refseries import git
from refseries.host import proc, settings
from refseries.host.scopes import Scope
from refseries.testing.cluster import facts, wire
from refseries.testing.cluster.orders import JobBegun, JobOrder
from refseries.testing.cluster.site import WorkerSite
from refseries.testing.jobs import Step

TOPIC = "refseries"
"""What workers say is told under; one for all runs, as a scheduler never forgets a topic."""
_SOON = 0.25
"""Seconds between two words of one job; what comes between is not told."""
_ENDED = ("released", "forgotten", "cancelled", "error")


@dataclass
class _Here:
    """This worker process.

    Attributes:
        scopes: the jobs at work, by the key of Dask's task.
        runs: whose they are.
    """

    site: WorkerSite
    scopes: dict[str, Scope] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)


_here: _Here | None = None


async def dask_setup(worker: Worker) -> None:
    """Called by Dask before the worker makes itself known."""
    global _here
    git.forget_caller()
    found = settings.resolve()
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", str(worker.name)).strip(".-") or "worker"
    _here = _Here(WorkerSite(name, found, found.cache / "workers" / name))
    offered = facts.resources(examine())
    worker.state.total_resources.update(offered)
    worker.state.available_resources.update(offered)
    for name in ("profile", "profile-cycle"):
        worker.periodic_callbacks.pop(name, None)  # looks at all threads 100 times a second
    await worker.plugin_add(plugin=_Stopper(), name="refseries")


class _Stopper(WorkerPlugin):
    """Ends what a job has started once Dask has given it up."""

    def transition(self, key: object, start: str, finish: str, **_more: object) -> None:
        """A task changed its state."""
        assert _here is not None
        if finish in _ENDED and (scope := _here.scopes.get(str(key))):
            scope.stop()

    def teardown(self, worker: Worker) -> None:
        """The worker ends, also because the scheduler has."""
        proc.stop_all()


def perform(data: bytes, programs: bytes) -> bytes:
    """Do a JobOrder; the task that a client submits."""
    order = wire.from_bytes(data)
    assert isinstance(order, JobOrder)
    assert _here is not None
    worker = get_worker()
    key = str(worker.get_current_task())
    said = 0.0

    def tell(step: Step) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said > _SOON or step.stage == "wait":
            said = now
            worker.log_event(TOPIC, (key, wire.to_bytes(step)))

    scope = _here.scopes[key] = Scope()
    _here.runs[key] = order.run
    begun = JobBegun(order.job.name, _here.site.name)
    worker.log_event(TOPIC, (key, wire.to_bytes(begun)))
    try:
        with scope:
            return _here.site.do(order, programs, tell)
    finally:
        del _here.scopes[key], _here.runs[key]


def programs(data: bytes) -> bytes:
    """An initramfs: a task of its own, so that Dask brings it to each worker once."""
    return data


def examine() -> facts.WorkerFacts:
    """What this worker has.

    Raises:
        RuntimeError: it was started without this module.
    """
    if _here is None:
        raise RuntimeError(f"it was started without --preload {__name__}")
    return facts.examine(_here.site.name, _here.site.settings, _here.site.cache)


def examined() -> tuple[str, str, bytes]:
    """Name, version of refseries, and ``examine`` as bytes, which the same version reads."""
    found = examine()
    return found.name, found.version, wire.to_bytes(found)


def at_work(run: str) -> int:
    """How many jobs of a run are at work here."""
    assert _here is not None
    return list(_here.runs.values()).count(run)


def stop(run: str) -> None:
    """End the jobs of a run."""
    assert _here is not None
    for key, whose in list(_here.runs.items()):
        if whose == run and (scope := _here.scopes.get(key)):
            scope.stop()


def forget(run: str, home: str, keys: tuple[str, ...]) -> None:
    """See ``WorkerSite.forget``."""
    assert _here is not None
    _here.site.forget(run, home, keys)


def discard(series: str, image: str) -> None:
    """See ``WorkerSite.discard``."""
    assert _here is not None
    _here.site.discard(series, image)
