# SPDX-License-Identifier: GPL-2.0-or-later
"""Which worker has already what a job needs; pure. All else is Dask's to place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from refseries.testing.cluster import facts
from refseries.testing.cluster.facts import WorkerFacts


def able(workers: Mapping[str, WorkerFacts], needs: Iterable[str]) -> tuple[str, ...]:
    """Addresses of those that offer each of these resources of Dask."""
    wanted = frozenset(needs)
    return tuple(
        address for address, each in workers.items() if wanted <= facts.resources(each).keys()
    )


def having(workers: Mapping[str, WorkerFacts], image: str, among: Collection[str]) -> str:
    """The first that has built a kernel; empty where none has.

    Args:
        image: its key, as ``WorkerFacts.images`` has it.
        among: addresses of those that may be asked.
    """
    found = (each for each in among if image in workers[each].images)
    return next(found, "")


class Homes:
    """Work trees in which one job goes on from where another was: each is of one worker."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}

    def of(self, name: str, among: Collection[str]) -> str:
        """Address of the worker of this work tree; of who has the fewest, where it has none.

        Args:
            among: at least one; a worker that is gone is not among them.
        """
        if self._of.get(name) not in among:
            count = Counter(self._of.values())
            self._of[name] = min(among, key=lambda address: count[address])
        return self._of[name]
