# SPDX-License-Identifier: GPL-2.0-or-later
"""The states on the way from one target to another; pure."""

from __future__ import annotations

from collections.abc import Mapping

from refseries.errors import SeriesError
from refseries.model import BASE, Series, Target, Version
from refseries.series import naming, store


def between(series: Series, good: Target, bad: Target) -> tuple[Target, ...]:
    """All states from ``good`` to ``bad``, both included, in the order of the series.

    From base, and between the patches of one version, they are those behind each patch. Otherwise
    they go through the versions, by the fixups of each version that has some.

    Raises:
        SeriesError: there is no way from the one to the other, or it has no length.
    """
    if good == bad:
        raise SeriesError(
            f"nothing lies between {good} and itself.", hint="Name two states, such as v3 v4."
        )
    for line in _lines(series, good, bad):
        if good in line and bad in line:
            begin, end = sorted((line.index(good), line.index(bad)))
            return line[begin : end + 1]
    raise SeriesError(
        f"there is no way from {good} to {bad}.",
        hint="Name two versions, fixups on the way between them, or base and one version.",
    )


def _lines(series: Series, good: Target, bad: Target) -> tuple[tuple[Target, ...], ...]:
    patched = dict.fromkeys(each.version for each in (good, bad) if each.version != BASE)
    bases = [each for each in (good, bad) if each.version == BASE] or [Target(BASE)]
    by_patch = ((base, *naming.patch_by_patch(series, name)) for name in patched for base in bases)
    return (*by_patch, _through(series))


def _through(series: Series) -> tuple[Target, ...]:
    """All versions, each behind the fixups that lead to it."""
    return tuple(state for version in series.versions for state in _to(version))


def _to(version: Version) -> tuple[Target, ...]:
    fixups = (Target(version.name, fixup.task) for fixup in version.fixups)
    return (*fixups, Target(version.name))


def ends(series: Series, words: Mapping[str, str]) -> tuple[Target, Target]:
    """The two versions to look between where nobody names them.

    Args:
        words: what versions are known to show, by their names.

    Returns:
        The newest version, and the next older one that is known to show something else; else the
        one before the newest, or base.
    """
    last = store.newest(series)
    earlier = series.before(last.number)
    for version in reversed(earlier):
        if last.name in words and words.get(version.name, words[last.name]) != words[last.name]:
            return Target(version.name), Target(last.name)
    return Target(earlier[-1].name if earlier else BASE), Target(last.name)
