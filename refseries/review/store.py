# SPDX-License-Identifier: GPL-2.0-or-later
"""``series/feedback/`` on disk: one file a review mail, read strictly, edited in place."""

from __future__ import annotations

import contextlib
import difflib
import fcntl
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from refseries.errors import SeriesError
from refseries.host.files import write_atomically
from refseries.model import Series
from refseries.review import consistency, records
from refseries.review.model import Review, Task

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
    """
    reviews = [review for _path, _text, review in _load(series)]
    reviews.sort(key=lambda review: (int(review.version[1:]), review.date, review.name))
    return tuple(reviews)


_File = tuple[Path, str, Review]


def _load(series: Series) -> list[_File]:
    directory = directory_of(series)
    files = [_read(series, path) for path in sorted(directory.glob("*.toml"))]
    consistency.check_together(files)
    return files


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
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SeriesError(
            f"cannot be read: {reason}.", where=str(path), hint="Make it a TOML file in UTF-8."
        ) from error
    review = records.parse(path, text)
    consistency.check(series, path, text, review)
    return path, text, review


def save(series: Series, review: Review) -> Path:
    """Write ``review``: a new file whole; in an old one, what differs, and its comments stay.

    Use ``update`` where what is written depends on what was read.

    Raises:
        SeriesError: the review is wrong, by itself or beside the others; nothing is written.
    """
    with _locked(series):
        return _write(series, (review,))[0]


def update(
    series: Series, change: Callable[[tuple[Review, ...]], Iterable[Review]]
) -> tuple[Path, ...]:
    """Load, ``change``, and save what it returns, while nobody else does.

    Args:
        change: is given all reviews; returns those that shall be written.

    Raises:
        SeriesError: a file, or what ``change`` made of one, is wrong; nothing is written.
    """
    with _locked(series):
        return _write(series, tuple(change(load(series))))


def _write(series: Series, reviews: Sequence[Review]) -> tuple[Path, ...]:
    """All of ``reviews`` are checked before the first is written."""
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
    consistency.check_together([*(file for file in _load(series) if file[0] not in new), *ready])
    for path, text, _review in ready:
        write_atomically(path, text)
    return tuple(path for path, _text, _review in ready)


@contextlib.contextmanager
def _locked(series: Series) -> Iterator[None]:
    """Nobody else writes. The folder itself is locked: a lock file would show in git status."""
    directory = directory_of(series)
    directory.mkdir(exist_ok=True)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


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
