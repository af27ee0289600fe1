# SPDX-License-Identifier: GPL-2.0-or-later
"""What the shell offers when the user presses Tab; where the data is wrong, nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from refseries.model import Series


def _offer(names: Callable[[], Iterable[str]], incomplete: str) -> list[str]:
    from refseries.errors import RefseriesError

    try:
        return [name for name in names() if name.startswith(incomplete)]
    except RefseriesError:
        return []


def _root(context: typer.Context) -> Path:
    """The project that ``--series`` names, or the one here.

    Raises:
        SeriesError: there is none.
    """
    from refseries.host.homes import expanded
    from refseries.series import store

    named = context.find_root().params.get("series")
    return store.find_root(expanded(named or "").resolve())


def versions(context: typer.Context, incomplete: str) -> list[str]:
    """Names of versions, of the states behind their fixups and patches, and ``base``."""
    from refseries.model import BASE
    from refseries.series import store

    return _offer(lambda: (BASE, *_states(store.load(_root(context)))), incomplete)


def targets(context: typer.Context, incomplete: str) -> list[str]:
    """As ``versions``, and ``work`` where a work tree was started."""
    from refseries.model import BASE
    from refseries.series import store

    def names() -> Iterable[str]:
        root = _root(context)
        yield BASE
        yield from _states(store.load(root))
        yield from _work(root)

    return _offer(names, incomplete)


def whole_targets(context: typer.Context, incomplete: str) -> list[str]:
    """Names of versions alone, and ``work`` where a work tree was started."""
    from refseries.series import store

    def names() -> Iterable[str]:
        root = _root(context)
        yield from (version.name for version in store.load(root).versions)
        yield from _work(root)

    return _offer(names, incomplete)


def states(context: typer.Context, incomplete: str) -> list[str]:
    """As ``versions``, without ``base``."""
    from refseries.series import store

    return _offer(lambda: _states(store.load(_root(context))), incomplete)


def _work(root: Path) -> Iterable[str]:
    from refseries.model import WORK
    from refseries.series import store

    if any((root / store.OWN / "work").glob("v*/.git")):
        yield WORK


def _states(series: Series) -> Iterable[str]:
    yield from (version.name for version in series.versions)
    for version in series.versions:
        yield from (f"{version.name}:{fixup.task}" for fixup in version.fixups)
        # What is behind the last patch is the version itself.
        yield from (f"{version.name}:{number}" for number in range(1, len(version.patches)))


def plain_versions(context: typer.Context, incomplete: str) -> list[str]:
    """Names of versions alone."""
    from refseries.series import store

    return _offer(
        lambda: (version.name for version in store.load(_root(context)).versions), incomplete
    )


def configs(context: typer.Context, incomplete: str) -> list[str]:
    """Names of kernel configs."""
    from refseries.kernel.configs import of_project

    return _offer(lambda: of_project(_root(context)), incomplete)


def tasks(context: typer.Context, incomplete: str) -> list[str]:
    """Ids of review tasks."""
    from refseries.review import store as reviews
    from refseries.series import store

    def names() -> Iterable[str]:
        for review in reviews.load(store.load(_root(context))):
            yield from (task.id for task in review.tasks)

    return _offer(names, incomplete)


def reviewers(context: typer.Context, incomplete: str) -> list[str]:
    """Nicks of those who reviewed."""
    from refseries.review import listing, states
    from refseries.review import store as reviews
    from refseries.series import store

    def names() -> Iterable[str]:
        found = listing.select(reviews.load(store.load(_root(context))))
        people = (person for _review, task in found for person in listing.people(task))
        return sorted({states.nick(person) for person in people})

    return _offer(names, incomplete)


def checks(context: typer.Context, incomplete: str) -> list[str]:
    """Names of the checks of ``refseries check``."""
    from refseries.check import catalogue
    from refseries.kernel.configs import compile_matrix

    def names() -> Iterable[str]:
        found = (each.name for each in catalogue.checks(compile_matrix(_root(context))))
        return (catalogue.APPLIES, catalogue.COMPILE, *found)

    return _offer(names, incomplete)
