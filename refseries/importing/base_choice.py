# SPDX-License-Identifier: GPL-2.0-or-later
"""Which base a draft is applied over: told by the user, by its author, or by its contents.

What the draft depends on lies over each of them; where the series alone says that it depends on
something, each is tried without that, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

from refseries.errors import SeriesError
from refseries.importing import base_match
from refseries.importing.below import Below
from refseries.importing.draft import ImportDraft
from refseries.kernel import version_base
from refseries.model import BaseInfo, number_of


def candidates(
    home: BaseInfo, draft: ImportDraft, number: int, told: BaseInfo | None, below: Below
) -> Iterator[BaseInfo]:
    """The bases to try, the likeliest first; each once.

    Args:
        home: the base of the series, with those of its versions.
        number: of the version that the draft becomes.
        told: what the user says that it was made on; nothing else is tried then.

    Raises:
        StageError: what the draft depends on applies over none of them.
    """
    if told is not None:
        yield from below.over([told], draft)
        return
    grounds = {base.commit: base for base in map(_ground, _likely(home, draft, number))}
    yield from below.over(list(grounds.values()), draft)


def _ground(base: BaseInfo) -> BaseInfo:
    """``base`` without what lies over it."""
    return base.under or base


def _likely(home: BaseInfo, draft: ImportDraft, number: int) -> Iterator[BaseInfo]:
    named = _found(home, draft.base_commit)
    if named is not None:
        yield named
    if draft.tree:  # out of git: it was made on that commit and on no other
        return
    usual = _of_versions(home, number)
    files = base_match.preimages(draft.patches)
    yield from (base for base in usual if base_match.holds(base, files))
    guessed = base_match.guess(home, draft) if files else None
    if guessed and (found := _found(home, guessed)):
        yield found
    yield from usual


def _of_versions(home: BaseInfo, number: int) -> tuple[BaseInfo, ...]:
    """Those of earlier versions, the newest first, and that of the series."""
    earlier = [(number_of(name), base) for name, base in home.own if number_of(name) < number]
    return (*(base for _number, base in sorted(earlier, key=itemgetter(0), reverse=True)), home)


def _found(home: BaseInfo, ref: str) -> BaseInfo | None:
    """The kernel of that name; None where the repository has none."""
    try:
        return version_base.at(home, ref) if ref else None
    except SeriesError:
        return None
