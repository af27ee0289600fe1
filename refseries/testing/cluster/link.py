# SPDX-License-Identifier: GPL-2.0-or-later
"""The line to a scheduler: everything that a run asks of distributed's client."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from typing import Any

import dask
from distributed import Client, KilledWorker, Security
from distributed.client import FutureCancelledError

import refseries
from refseries.errors import HostError
from refseries.testing import dask_worker
from refseries.testing.cluster import keys, wire
from refseries.testing.cluster.facts import WorkerFacts

_CONNECT_SECONDS = 10.0
_WORKER_SECONDS = 15.0
_SILENT_SECONDS = 15.0
_SETTINGS = {
    "distributed.admin.large-graph-warning-threshold": "1 GiB",
    "distributed.comm.timeouts.connect": "10s",
    "distributed.comm.timeouts.tcp": "15s",
}

OnHeard = Callable[[str, object], None]
"""Called in a thread of distributed.

``said`` comes with key and bytes, ``gone`` and ``came`` with the address of a worker.
"""


class Link:
    """A connection to the scheduler at ``address``.

    Raises:
        SeriesError: the address must not be spoken to without keys.
        HostError: no scheduler answers.
    """

    def __init__(self, address: str, heard: OnHeard) -> None:
        self.address = address
        self._silent = False
        security = security_for(address)
        for name in tuple(logging.root.manager.loggerDict):
            if name.partition(".")[0] == "distributed":
                logging.getLogger(name).setLevel(logging.CRITICAL)  # we say it ourselves
        dask.config.set(_SETTINGS)
        try:
            self._client = Client(
                address, security=security, timeout=_CONNECT_SECONDS, set_as_default=False,
                name="refseries",
            )  # fmt: skip
        except (OSError, TimeoutError) as error:
            raise HostError(
                "no scheduler answers there.",
                where=address,
                hint="Start one with `refseries cluster start`; are its keys those of this user?",
            ) from error
        self._client.subscribe_topic(dask_worker.TOPIC, lambda event: heard("said", event[1]))
        self._client.subscribe_topic("all", lambda event: _of_worker(event[1], heard))

    @property
    def lost(self) -> bool:
        """Whether the scheduler is away, or has not answered when it was asked to."""
        return self._silent or self._client.status != "running"

    def answers(self) -> bool:
        """Whether the scheduler says anything, asked for that."""
        if self.lost:
            return False
        scheduler: Any = self._client.scheduler
        try:
            self._client.sync(scheduler.identity, callback_timeout=_SILENT_SECONDS)
        except (OSError, TimeoutError, RuntimeError):
            self._silent = True
        return not self._silent

    def workers(self, *, wait: bool = True) -> dict[str, WorkerFacts]:
        """What each worker has, by address.

        Raises:
            HostError: there is none, or none of them is ours.
        """
        until = time.monotonic() + (_WORKER_SECONDS if wait else 0)
        while not (answers := self._run("examined")) and time.monotonic() < until:
            time.sleep(0.2)
        found = _good(answers)
        if wait and not found:
            failed = next(iter(answers.values()), None)
            raise self._no_worker(failed if isinstance(failed, Exception) else None)
        return {address: _facts(*answer) for address, answer in found.items()}

    def _no_worker(self, failed: Exception | None) -> HostError:
        if failed is None:
            return HostError(
                "the scheduler has no workers.",
                where=self.address,
                hint="Start some; docs/cluster.md says how.",
            )
        return HostError(
            f"no worker answers as refseries does: {type(failed).__name__}: {failed}.",
            where=self.address,
            hint="Install this refseries there and start them as docs/cluster.md says.",
        )

    def ask(self, name: str, *words: object) -> Mapping[str, Any]:
        """Call a function of ``dask_worker`` on all workers; what each says, by address.

        A worker that fails is left out: it may be going away.

        Raises:
            HostError: the scheduler is away.
        """
        return _good(self._run(name, *words))

    def _run(self, name: str, *words: object) -> Mapping[str, Any]:
        """As ``ask``; of a worker that fails, its exception."""
        function = getattr(dask_worker, name)
        if self.lost:
            raise HostError(
                "the scheduler is silent.", where=self.address, hint="Is it there, and the network?"
            )
        try:
            found: Mapping[str, Any] = self._client.run(function, *words, on_error="return")
        except (OSError, TimeoutError, RuntimeError) as error:
            raise HostError(
                f"the workers cannot be asked: {error}.",
                where=self.address,
                hint="Is the scheduler there?",
            ) from error
        return found

    def programs(self, key: str, data: bytes) -> Any:  # noqa: ANN401 - a future of Dask's
        """An initramfs, which Dask brings to the workers that want it."""
        return self._client.submit(dask_worker.programs, data, key=key, pure=False)

    def submit(
        self,
        key: str,
        order: bytes,
        programs: Any,  # noqa: ANN401
        resources: Mapping[str, float],
        where: str,
        *,
        first: bool,
    ) -> Any:  # noqa: ANN401
        """Give Dask an order; see ``dask_worker.perform``.

        Args:
            where: address of the worker that is to do it; empty for any.
            first: whether it goes before others at that worker.
        """
        return self._client.submit(
            dask_worker.perform, order, programs, key=key, pure=False, resources=dict(resources),
            workers=[where] if where else None, priority=int(first),
        )  # fmt: skip

    def cancel(self, tasks: Sequence[Any]) -> None:
        """Give tasks up; the workers end what they do for them."""
        if tasks and not self.lost:
            with contextlib.suppress(OSError, TimeoutError):
                self._client.cancel(list(tasks), force=True)

    def result(self, task: Any) -> bytes | None:  # noqa: ANN401
        """What a task that went well gave; None where it cannot be fetched."""
        try:
            found: bytes = task.result(timeout=_SILENT_SECONDS)
        except (OSError, TimeoutError, CancelledError):
            return None
        return found

    def error_of(self, task: Any) -> BaseException | None:  # noqa: ANN401
        """What a task that is over failed with; None where it was given up."""
        if task.status != "error":
            return None
        found: BaseException = task.exception(timeout=_CONNECT_SECONDS)
        return found

    def is_death(self, error: BaseException) -> bool:
        """Whether workers died of it."""
        return isinstance(error, KilledWorker | FutureCancelledError)

    def close(self) -> None:
        """Hang up; what is still asked for is given up."""
        with contextlib.suppress(OSError, TimeoutError):
            self._client.close(timeout=5)


def _facts(name: str, version: str, data: bytes) -> WorkerFacts:
    if version != refseries.__version__:
        return WorkerFacts.other(name, version)
    found = wire.from_bytes(data)
    assert isinstance(found, WorkerFacts)
    return found


def _good(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {a: said for a, said in answers.items() if not isinstance(said, Exception)}


def security_for(address: str) -> Security | None:
    """How a scheduler is spoken to.

    Raises:
        SeriesError: see ``keys.check``.
    """
    found = keys.find()
    if not keys.check(address, found):
        return None
    return Security(
        require_encryption=True,
        tls_ca_file=str(found.certificate),
        tls_client_cert=str(found.certificate),
        tls_client_key=str(found.key),
    )


def _of_worker(event: object, heard: OnHeard) -> None:
    kinds = {"remove-worker": "gone", "add-worker": "came"}
    if isinstance(event, dict) and (kind := kinds.get(str(event.get("action")))):
        heard(kind, event.get("worker"))
