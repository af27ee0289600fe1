# SPDX-License-Identifier: GPL-2.0-or-later
"""``series/feedback/`` on disk: one file a review mail, read strictly, edited in place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from refseries.errors import HostError, SeriesError
from refseries.host import transaction
from refseries.host.files import read_text
from refseries.host.transaction import Change
from refseries.model import Series, number_of
from refseries.review import consistency, records
from refseries.review.model import Review, Task
from refseries.series import store as series_store

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")


def directory_of(series: Series) -> Path:
    """Where the reviews of ``series`` lie; need not exist."""
    return series.root / "series" / "feedback"


def path_of(series: Series, review: Review) -> Path:
    """The file of ``review``.

    Raises:
        SeriesError: its name could lead out of the folder.
    """
    if not _NAME.fullmatch(review.name):
        raise SeriesError(
            f"`{review.name}` cannot be the name of a review.",
            where=str(directory_of(series)),
            hint="Use lower-case letters, digits, `-` and `_`.",
        )
    return directory_of(series) / f"{review.name}.toml"


def load(series: Series) -> tuple[Review, ...]:
    """All reviews, the oldest version first, by date within it.

    Raises:
        SeriesError: a file is wrong, by itself or beside the others; names file, line and key.
        HostError: they cannot be read.
        SeriesChangedError: they are of other versions than ``series``, which was changed meanwhile.
    """
    try:
        with transaction.reading(series.root):
            reviews = [review for _path, _text, review in _load(series)]
    except SeriesError:
        series_store.check_unchanged(series)
        raise
    reviews.sort(key=lambda review: (number_of(review.version), review.date, review.name))
    return tuple(reviews)


_File = tuple[Path, str, Review]


def _load(series: Series) -> list[_File]:
    files = [_read(series, path) for path in _paths(directory_of(series))]
    consistency.check_together(files)
    return files


def _paths(directory: Path) -> list[Path]:
    """The files of a folder that need not be there; ``glob`` finds none in one it cannot read."""
    try:
        return sorted(
            path
            for path in directory.iterdir()
            if path.suffix == ".toml" and not path.name.startswith(".")
        )
    except FileNotFoundError:
        return []
    except OSError as error:
        raise HostError(
            f"cannot be read: {error.strerror}.",
            where=str(directory),
            hint="See what is there, and whose it is.",
        ) from error


def _read(series: Series, path: Path) -> _File:
    if not _NAME.fullmatch(path.stem):
        raise SeriesError(
            "the name of the file is not one of ours.",
            where=str(path),
            hint="Use lower-case letters, digits, `-` and `_`, as in `v3-reviewer.toml`.",
        )
    if not path.resolve().is_relative_to(directory_of(series).resolve()):
        raise SeriesError(
            "leads out of the folder.", where=str(path), hint="Put the file itself there."
        )
    text = read_text(path, "Make it a TOML file in UTF-8.")
    review = records.parse(path, text)
    consistency.check(series, path, text, review)
    return path, text, review


def save(series: Series, review: Review) -> Path:
    """Write ``review``: a new file whole; in an old one, what differs, and its comments stay.

    Use ``update`` where what is written depends on what was read.

    Raises:
        SeriesError: the review is wrong, by itself or beside the others; nothing is written.
    """
    return update(series, lambda _reviews: (review,))[0]


def update(
    series: Series, change: Callable[[tuple[Review, ...]], Iterable[Review]]
) -> tuple[Path, ...]:
    """Load, ``change``, and save what it returns, while nobody else does.

    Args:
        change: is given all reviews; returns those that shall be written.

    Raises:
        SeriesError: a file, or what ``change`` made of one, is wrong; nothing is written.
        SeriesChangedError: ``series`` was changed meanwhile.
    """
    with transaction.changing(series.root) as files:
        paths = put(files, series, tuple(change(load(series))))
        files.commit()
        return paths


def put(files: Change, series: Series, reviews: Sequence[Review]) -> tuple[Path, ...]:
    """Make ``reviews`` part of a change, when all of them have been checked; gives their files.

    Raises:
        SeriesError: a review is wrong, by itself or beside the others.
    """
    from refseries.host import toml_edit

    ready: list[_File] = []
    for review in reviews:
        path = path_of(series, review)
        old = path.read_text(encoding="utf-8") if path.is_file() else ""
        text = toml_edit.render(path, old, records.plain(review))
        read = records.parse(path, text)
        consistency.check(series, path, text, read)
        if read != review:
            raise SeriesError(
                "would not read back as it was meant.", where=str(path), hint="Edit it by hand."
            )
        ready.append((path, text, read))
    new = {path for path, _text, _review in ready}
    kept = [_read(series, path) for path in _paths(directory_of(series)) if path not in new]
    consistency.check_together([*kept, *ready])
    for path, text, _review in ready:
        files.write(path, text)
    return tuple(path for path, _text, _review in ready)


def stands_for(reviews: Sequence[Review], task: Task) -> Task:
    """The task that ``task`` was merged into in the end; itself where it was not.

    Args:
        reviews: all of the series, as ``load`` gives them.
    """
    while task.merged_into:
        task = find(reviews, task.merged_into)[1]
    return task


def find(reviews: Iterable[Review], task_id: str) -> tuple[Review, Task]:
    """The task called ``task_id``, and the review that it stands in.

    Raises:
        SeriesError: there is none; names those that look like it.
    """
    ids: list[str] = []
    for review in reviews:
        for task in review.tasks:
            if task.id == task_id:
                return review, task
            ids.append(task.id)
    near = difflib.get_close_matches(task_id, ids, n=3, cutoff=0.5)
    if near:
        hint = f"Is it {' or '.join(near)}?"
    elif ids:
        hint = "`refseries feedback list` shows them all."
    else:
        hint = (
            "There is no task yet: `refseries feedback import FILE` or `feedback add` makes some."
        )
    raise SeriesError(f"there is no task `{task_id}`.", hint=hint)
