# SPDX-License-Identifier: GPL-2.0-or-later
"""Which build a worker is given when it is free; pure.

Dask knows no build directories, and hands all that it has to the workers at once, each of which
keeps the order: guests would wait behind builds, and a worker idle beside another one's queue. So
builds wait here, and a worker has one at a time.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

FROM_NOTHING = 4.0
"""As many builds that go on in a build directory take as long as one from nothing, until that is
known of this run."""

_MOMENT = 0.001


@dataclass
class _Group(Generic[T]):
    """Builds that share a build directory.

    Attributes:
        single: each goes on from the one before, so one worker does them all.
        warm: addresses of workers that have the directory.
        given: of those that have been given one.
    """

    waiting: deque[T] = field(default_factory=deque)
    single: bool = False
    warm: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)

    @property
    def wanting(self) -> float:
        """How many builds wait for each worker, were there one more."""
        return len(self.waiting) / (len(self.given | self.warm) + 1)


class BuildQueue(Generic[T]):
    """Builds that wait for a worker.

    Args:
        able: whether the worker at an address is there and has the tools for a build.
    """

    def __init__(self, able: Callable[[str, T], bool]) -> None:
        self._able = able
        self._groups: dict[str, _Group[T]] = {}
        self._met: set[str] = set()
        self._seconds: dict[bool, list[float]] = {True: [], False: []}

    def put(self, build: T, name: str, *, single: bool = False) -> None:
        """Have a build wait, as the last of a group."""
        group = self._group(name)
        group.single = single
        group.waiting.append(build)

    def put_back(self, build: T, name: str) -> None:
        """Have one wait that a worker was given and did not do, as the first of its group."""
        self._group(name).waiting.appendleft(build)

    def warm(self, name: str, address: str) -> None:
        """A worker has the build directory of a group."""
        self._group(name).warm.add(address)

    def meet(self, address: str, names: Iterable[str]) -> None:
        """A worker came with the build directories of these groups.

        Asked once more later, it has those as well in which it has only begun; they count when
        something is ``built`` there.
        """
        if address not in self._met:
            self._met.add(address)
            for name in names:
                self.warm(name, address)

    def built(self, name: str, address: str, seconds: float) -> None:
        """A worker has done a build of a group in so many seconds."""
        group = self._group(name)
        if not group.single:
            self._seconds[address in group.warm].append(seconds)
        group.warm.add(address)

    def first(self) -> T | None:
        """One that waits; None where none does."""
        return next((group.waiting[0] for group in self._groups.values() if group.waiting), None)

    def next(self, address: str) -> T | None:
        """What a free worker is to do, which waits no more; None where it should do nothing.

        It goes on in a build directory that it has. It begins with another one where nobody has
        that, or so many builds wait for those who have that a build from nothing is worth it.
        """
        waiting = [group for group in self._groups.values() if group.waiting]
        groups = [group for group in waiting if self._able(address, group.waiting[0])]
        own = next((group for group in groups if address in group.warm | group.given), None)
        group = own or max(self._new(groups), key=lambda each: each.wanting, default=None)
        if group is None:
            return None
        group.given.add(address)
        return group.waiting.popleft()

    def _new(self, groups: list[_Group[T]]) -> Iterator[_Group[T]]:
        """Those that a worker may begin with that has none of their builds."""
        for group in groups:
            build = group.waiting[0]
            warm = [worker for worker in group.warm if self._able(worker, build)]
            there = group.given | group.warm
            taken = group.single and any(self._able(worker, build) for worker in there)
            if not taken and len(group.waiting) >= self._from_nothing() * len(warm):
                yield group

    def _from_nothing(self) -> float:
        """How many builds that go on take as long as one from nothing."""
        going_on, new = self._seconds[True], self._seconds[False]
        if not going_on or not new:
            return FROM_NOTHING
        return max(1.0, statistics.mean(new) / max(statistics.mean(going_on), _MOMENT))

    def _group(self, name: str) -> _Group[T]:
        return self._groups.setdefault(name, _Group())
