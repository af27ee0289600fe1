# SPDX-License-Identifier: GPL-2.0-or-later
"""The runner whose jobs are done by workers of Dask.

Here each job becomes an order that says what it needs, and what comes back is put in its place. A
build waits here until a worker is free for it, a boot goes at once to the worker that has the
image. Who has begun with a job is known from the workers' own words, since Dask counts the death of
a worker against every job that waited there.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from refseries.errors import HostError, StageError
from refseries.kernel.model import Image
from refseries.testing import runs
from refseries.testing.cluster import landing, link, wire
from refseries.testing.cluster.order_desk import OrderDesk, boot_of
from refseries.testing.cluster.orders import JobBegun, JobOrder, JobReply
from refseries.testing.cluster.placement import BuildQueue
from refseries.testing.cluster.roster import Roster
from refseries.testing.events import Done, JobEvent, RunnerEvent
from refseries.testing.jobs import BuildJob, Job, Lane, Step
from refseries.testing.lab import Lab

DEATHS = 3
"""A job that so many workers die of is not tried again."""
_POLL = 0.5
_ASK_SECONDS = 5.0
_WORKER_SECONDS = 60.0
_STOP_SECONDS = 9.0


@dataclass
class _Ask:
    """A job that has been asked for.

    Attributes:
        begun: names of the workers that began with it, the last one at work.
        tried: how often it was given to Dask.
        pinned: address of the worker that alone is to do it; empty for any, or none yet.
        group: of builds that one build directory is for; see ``placement.BuildQueue``.
    """

    job: Job
    order: JobOrder
    promise: Future[object]
    resources: dict[str, float]
    begun: list[str] = field(default_factory=list)
    tried: int = 0
    pinned: str = ""
    group: str = ""
    task: Any = None


class ClusterRunner:
    """The workers of one scheduler.

    Raises:
        HostError: no scheduler answers, or it has no workers.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.run = secrets.token_hex(8)
        self.place = runs.begin_once(lab.cache, lab.series.home)
        self._asks: dict[str, _Ask] = {}
        self._happened: SimpleQueue[tuple[str, object]] = SimpleQueue()
        self._landed: list[str] = []
        self._words: list[JobEvent] = []
        self._seen_alive = self._seen_worker = time.monotonic()
        self._stopped = False
        self._link = link.Link(lab.cluster, self._heard)
        try:
            self._roster = Roster(self._link)
        except BaseException:
            self._link.close()
            raise
        self._desk = OrderDesk(lab, self.run, self._link)
        self._queue: BuildQueue[_Ask] = BuildQueue(self._able)
        self._note_builds()
        self._waiting = 0

    def submit(self, job: Job) -> Future[object]:
        """See ``Runner``."""
        self._waiting += 1
        boot = boot_of(job)
        ask = _Ask(job, self._desk.order(job), Future(), self._roster.needs(job))
        if boot is None:
            self._words += [JobEvent(job, Step("wait", w)) for w in self._roster.left_out(job)]
            ask.group, single = self._group(job)
            self._queue.put(ask, ask.group, single=single)
        else:
            ask.pinned = self._desk.address(boot.image)
            self._give(ask)
        return ask.promise

    def events(self) -> Iterator[RunnerEvent]:
        """See ``Runner``."""
        while self._waiting:
            yield from self._words
            self._words.clear()
            self._feed()
            try:
                kind, what = self._happened.get(timeout=_POLL)
            except Empty:
                self._check_alive()
                continue
            if kind == "said":
                yield from self._said(*what)  # type: ignore[misc]
            elif kind == "over":
                yield from self._over(str(what))
            elif kind == "gone":
                yield from self._lost(str(what))
            else:
                self._look_again()

    def discard(self, image: Image) -> None:
        """See ``Runner``."""
        shutil.rmtree(image.directory)
        self._link.ask("discard", self.lab.series.name, image.key)

    def stop(self) -> None:
        """See ``Runner``."""
        self._stopped = True
        self._link.cancel([ask.task for ask in self._asks.values()])

    def close(self) -> None:
        """Leave the workers; after ``stop``, once they have ended what they did for this run."""
        with contextlib.suppress(Exception):
            if self._stopped:
                self._end_all()
            self._link.ask("forget", self.run, self.lab.series.home, tuple(self._landed))
        self._link.close()

    def _end_all(self) -> None:
        until = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < until:
            self._link.ask("stop", self.run)
            if not any(self._link.ask("at_work", self.run).values()):
                return
            time.sleep(_POLL / 5)

    def _group(self, job: Job) -> tuple[str, bool]:
        """The build directory that a job goes on in, and whether it is one worker's."""
        if not isinstance(job, BuildJob):
            return job.tree_of, True  # type: ignore[attr-defined]
        if not self.lab.rebuild:
            # Where this machine cannot build it, it does not know the image's key.
            with contextlib.suppress(HostError):
                image = f"{self.lab.series.name}/{self.lab.image_key(job.tree, job.config)}"
                if address := self._roster.built.get(image):
                    name = f"built at {address}"
                    self._queue.warm(name, address)
                    return name, True
        return f"{self.lab.series.name}/{job.config.name}", False

    def _able(self, address: str, ask: _Ask) -> bool:
        """Whether the worker at an address can do a build."""
        return self._roster.able(address, ask.resources)

    def _feed(self) -> None:
        """Give each worker that builds nothing for us a build, if one waits for it."""
        if self._queue.first() is None:
            return
        busy = {ask.pinned for ask in self._asks.values() if ask.job.lane is Lane.BUILD}
        for address in [each for each in self._roster.there if each not in busy]:
            if (ask := self._queue.next(address)) is not None:
                ask.order = self._desk.with_sources(ask.order)
                ask.pinned = address
                self._give(ask)

    def _look_again(self) -> None:
        """Who is there now, with which build directories."""
        self._roster.look()
        self._note_builds()

    def _note_builds(self) -> None:
        for address, worker in self._roster.there.items():
            self._queue.meet(address, worker.builds)

    def _again(self, ask: _Ask) -> None:
        """Have a job done that a worker has not done."""
        ask.pinned = ""
        if ask.job.lane is Lane.BUILD:
            self._queue.put_back(ask, ask.group)
        else:
            self._give(ask)

    def _give(self, ask: _Ask) -> None:
        """Give a job to Dask, once more perhaps."""
        ask.tried += 1
        # Dask counts how long jobs take by the word in front, which it never forgets.
        key = f"{ask.job.lane}-{self.run}/{ask.job.name}/{ask.tried}"
        programs = self._desk.programs(ask.order.programs)
        resources = ask.resources
        if not ask.pinned and ask.order.build is not None:
            resources = {**self._roster.needs(ask.order.build), **resources}
        self._asks[key] = ask
        # A build is given to a worker that is free for it: it keeps no guest from booting.
        ask.task = self._link.submit(
            key, wire.to_bytes(ask.order), programs, resources, ask.pinned,
            first=ask.job.lane is Lane.BUILD,
        )  # fmt: skip
        ask.task.add_done_callback(lambda _task: self._happened.put(("over", key)))

    def _heard(self, kind: str, what: object) -> None:
        """Something came from the scheduler, in another thread."""
        self._happened.put((kind, what))

    def _said(self, key: str, data: bytes) -> Iterator[RunnerEvent]:
        if (ask := self._asks.get(key)) is None:
            return
        said = wire.from_bytes(data)
        if isinstance(said, Step):
            yield JobEvent(ask.job, said)
        elif isinstance(said, JobBegun):
            if len(ask.begun) >= DEATHS:  # it would take another one
                del self._asks[key]
                self._link.cancel([ask.task])
                yield self._killer(ask)
                return
            ask.begun.append(said.worker)
            if len(ask.begun) > 1:
                text = f"{ask.begun[-2]} is gone; {said.worker} does it again"
                yield JobEvent(ask.job, Step("wait", text))

    def _over(self, key: str) -> Iterator[RunnerEvent]:
        """A task of Dask is over: with a reply, by deaths of workers, or given up."""
        if (ask := self._asks.pop(key, None)) is None:
            return
        if ask.task.status == "finished":
            data = self._link.result(ask.task)
            if data is not None:
                reply = wire.from_bytes(data)
                assert isinstance(reply, JobReply)
                yield from self._replied(ask, reply)
                return
            self._seen_alive = 0.0  # the worker has gone with it, or the network has
        self._check_alive()
        error = self._link.error_of(ask.task)
        if error is not None and not self._link.is_death(error):
            raise HostError(
                f"{ask.job.name}: a worker failed with {type(error).__name__}: {error}.",
                where=self.lab.cluster,
                hint="Have the same refseries on all machines; the worker's log has more.",
            )
        if len(ask.begun) >= DEATHS:
            yield self._killer(ask)
            return
        self._again(ask)

    def _killer(self, ask: _Ask) -> Done:
        names = ", ".join(ask.begun)
        error = StageError(
            f"{ask.job.name}: {len(ask.begun)} workers died while they did it: {names}.",
            where=self.lab.cluster,
            hint="It is not tried again in this run; look at what kills them.",
        )
        return self._finished(ask, None, error, 0.0)

    def _replied(self, ask: _Ask, reply: JobReply) -> Iterator[RunnerEvent]:
        address = self._roster.address(reply.worker)
        if reply.error is not None and reply.error.kind == "HostError":
            yield from self._refused(ask, reply, address)
            return
        if ask.job.lane is Lane.BUILD:
            self._queue.built(ask.group, address, reply.seconds)
            self._feed()  # before what came is put in its place: the worker waits
        run = self.place() if ask.job.lane is Lane.BOOT else None
        try:
            answer = landing.land(reply, self.lab, run)
        except StageError as error:
            yield self._finished(ask, None, error, reply.seconds)
            return
        if ask.job.lane is Lane.BOOT:
            self._landed.append(ask.order.key)
        if isinstance(answer, Image) and isinstance(ask.job, BuildJob):
            self._desk.built(answer.key, ask.job, address)
        yield self._finished(ask, answer, None, reply.seconds)

    def _refused(self, ask: _Ask, reply: JobReply, address: str) -> Iterator[RunnerEvent]:
        """A worker cannot go on: the others do its part."""
        assert reply.error is not None
        error = landing.error_of(reply.error)
        self._roster.unfit[address] = str(error)
        if all(each in self._roster.unfit for each in self._roster.there):
            hint = error.hint or "Fix that."
            raise HostError(
                f"no worker is left. {reply.worker}: {error.what}",
                where=error.where,
                hint=hint,
                detail=error.detail,
            )
        text = f"{reply.worker} is not asked any more: {error}"
        yield JobEvent(ask.job, Step("wait", text))
        ask.begun.clear()
        self._again(ask)

    def _finished(
        self, ask: _Ask, answer: object, error: StageError | None, seconds: float
    ) -> Done:
        self._waiting -= 1
        if error is not None:
            ask.promise.set_exception(error)
        else:
            ask.promise.set_result(answer)
        return Done(ask.job, answer, error, seconds)

    def _lost(self, address: str) -> Iterator[RunnerEvent]:
        """A worker is gone: what only it was to do, another one does."""
        self._roster.gone(address)
        for key, ask in list(self._asks.items()):
            if ask.pinned == address:
                del self._asks[key]
                self._link.cancel([ask.task])
                if len(ask.begun) >= DEATHS:
                    yield self._killer(ask)
                else:
                    self._again(ask)

    def _check_alive(self) -> None:
        """Raise once the scheduler is silent: it has died, hangs, or the network is cut."""
        now = time.monotonic()
        if not self._link.lost and now - self._seen_alive < _ASK_SECONDS:
            return
        if not self._link.answers():
            raise HostError(
                "the scheduler does not answer any more.",
                where=self.lab.cluster,
                hint="What was finished is kept; start it again, and then the same command.",
            )
        self._seen_alive = time.monotonic()
        self._look_again()
        if self._asks or not self._waiting:
            self._seen_worker = self._seen_alive
        elif self._seen_alive - self._seen_worker > _WORKER_SECONDS:
            ask = self._queue.first()
            what = f"that could do {ask.job.name} " if ask and self._roster.there else ""
            raise HostError(
                f"no worker {what}has been there for {_WORKER_SECONDS:.0f} s.",
                where=self.lab.cluster,
                hint="What was finished is kept; start some, and then the same command.",
            )
