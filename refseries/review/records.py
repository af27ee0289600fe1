# SPDX-License-Identifier: GPL-2.0-or-later
"""A file of ``series/feedback/`` to a review and back.

It has the model's keys, and leaves out what it need not say: its own name, and the reviewer of a
task where that is the mail's.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import structs, to_builtins

from refseries.host import toml
from refseries.review.model import NOWHERE, SAME, Review, ReviewMail, Task


class ReviewFile(ReviewMail, frozen=True, kw_only=True):
    """One file."""

    schema: int


def parse(path: Path, text: str) -> Review:
    """The review in a file's text; its name is the file's stem.

    Raises:
        SeriesError: a key is missing, unknown or of a wrong form; names file, line and key.
    """
    found = toml.parse(path, text, ReviewFile)
    said = {key: getattr(found, key) for key in ReviewMail.__struct_fields__}
    tasks = [
        structs.replace(task, reviewer=found.reviewer) if task.reviewer == SAME else task
        for task in found.tasks
    ]
    return Review(name=path.stem, **said | {"tasks": tuple(tasks)})


def plain(review: Review) -> dict[str, Any]:
    """What the file of ``review`` holds, as dictionaries, tuples and plain values, in order."""
    said = {key: getattr(review, key) for key in ReviewMail.__struct_fields__}
    tasks = tuple(_shortest(task, review) for task in review.tasks)
    mail = ReviewMail(**said | {"tasks": tasks})
    return {"schema": toml.SCHEMA, **to_builtins(mail, builtin_types=(datetime,))}


def _shortest(task: Task, review: Review) -> Task:
    """``task`` with the defaults themselves where its values equal them: these are not written."""
    reviewer = SAME if task.reviewer == review.reviewer else task.reviewer
    anchor = NOWHERE if task.anchor == NOWHERE else task.anchor
    return structs.replace(task, reviewer=reviewer, anchor=anchor)
