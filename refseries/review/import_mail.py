# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails made into reviews with tasks. Whatever is in a mail, nothing is lost without a word."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from refseries.errors import SeriesError
from refseries.mail.message import Mail
from refseries.mail.read import STDIN, Unreadable, lasting, name_of, read
from refseries.model import Series, Version
from refseries.review import store
from refseries.review.imported import Imported, Why
from refseries.review.importer import Importer
from refseries.review.model import Review
from refseries.review.reading.thread import in_order
from refseries.series import store as series_store

ReadAll = Callable[[Callable[[Unreadable], None]], Iterator[Mail]]
"""Reads all mails, each time it is called; the argument gets those that cannot be read."""


def run(
    series: Series,
    paths: Sequence[Path],
    version: str | None = None,
    *,
    names: Mapping[Path, str] | None = None,
    dry_run: bool = False,
    strict: bool = True,
) -> Imported:
    """Import the mails of ``paths`` into ``series/feedback/``.

    Args:
        paths: as ``mail.read.read`` takes them.
        version: which one the mails review, whatever they say themselves.
        names: what those of ``paths`` are called that the user does not know by their path.
        dry_run: write nothing.
        strict: mails of which none belongs to the series are an error.

    Raises:
        SeriesError: there is no such file or version, or no mail of them belongs to the series;
            nothing is written then.
    """
    forced = series_store.version(series, version) if version else None
    names = {**(names or {}), STDIN: name_of(STDIN)}
    with contextlib.ExitStack() as stack:
        files = [(stack.enter_context(lasting(path)), names.get(path, str(path))) for path in paths]

        def read_all(lost: Callable[[Unreadable], None]) -> Iterator[Mail]:
            for path, name in files:
                yield from read(path, lost, name)

        if dry_run:
            return plan(read_all, series, store.load(series), forced, strict=strict)
        found = Imported()

        def change(reviews: tuple[Review, ...]) -> Iterable[Review]:
            nonlocal found
            found = plan(read_all, series, reviews, forced, strict=strict)
            return found.reviews.values()

        store.update(series, change)
        return found


def plan(
    read_all: ReadAll,
    series: Series,
    known: Sequence[Review],
    forced: Version | None = None,
    *,
    strict: bool = True,
) -> Imported:
    """What importing the mails would make, without writing anything.

    Raises:
        SeriesError: a mail's file cannot be read, or none of the mails belongs to the series.
    """
    work = Importer(series, known, forced)
    ids: set[str] = set()
    for mail in read_all(lambda _mail: None):
        ids.add(mail.message_id)
        work.survey(mail)
    mails = 0
    for mail in in_order(read_all(work.unreadable), ids):
        mails += 1
        work.take(mail)
    if strict:
        _refuse_foreign(work.found, mails, series)
    return work.found


def _refuse_foreign(found: Imported, mails: int, series: Series) -> None:
    if all(one.why in (Why.FOREIGN, Why.UNREADABLE) for one in found.left_out) and not (
        found.reviews or found.new or found.joined or found.withdrawn
    ):
        what = f"none of the {mails} mails reviews a version of `{series.name}`."
        hint = "Say which one it is about with `--version vN`."
        if mails == 1:
            what = f"the mail reviews no version of `{series.name}`."
        elif not mails:
            what, hint = "there is no mail that can be read.", "Save it again, with its headers."
        raise SeriesError(
            what,
            hint=hint,
            detail="\n".join(f"{one.source}: {one.text}" for one in found.left_out[:20]),
        )
