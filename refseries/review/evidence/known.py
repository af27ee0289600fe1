# SPDX-License-Identifier: GPL-2.0-or-later
"""What the evidence of tasks comes to right now, without doing anything for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from refseries.model import BaseInfo, Series
from refseries.review import verify
from refseries.review.evidence.facts import Facts
from refseries.review.evidence.kind import Proof
from refseries.review.model import Task
from refseries.review.verify import Complaint, Verified


def proofs(
    series: Series, base: BaseInfo | None, cache: Path, tasks: Sequence[Task]
) -> dict[str, tuple[Proof, ...]]:
    """The proofs of each task by its id, one for each evidence, from results that are there.

    Args:
        base: None when it has not been imported, so that nothing can be known.

    Raises:
        SeriesError: a pattern of an evidence is wrong or too slow.
    """
    if base is None:
        return {
            task.id: tuple(Proof(each.unseen, each.detail()) for each in task.evidence)
            for task in tasks
        }
    found = verify.look(Facts(series, base, cache), tasks)
    return {each.task.id: each.proofs for each in found}


def broken(tasks: Iterable[Task], seen: Mapping[str, tuple[Proof, ...]]) -> tuple[str, ...]:
    """Ids of those of ``tasks`` that are called settled while their evidence says otherwise.

    Args:
        seen: their ``proofs``.
    """
    found = (Verified(task, task.settled_in, seen[task.id]) for task in tasks)
    return tuple(each.task.id for each in found if each.complaint is Complaint.BROKEN)
