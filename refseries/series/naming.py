# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user names: a version, a state between two of them, the base, or several."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence

from refseries.errors import SeriesError
from refseries.model import BASE, Series, Target, Version
from refseries.series import depends, store

_STATE = re.compile(rf"({BASE}|v[1-9][0-9]*)(:[^@]*)?")


def is_state(text: str) -> bool:
    """Whether ``text`` can only be a name of this module, and never that of a commit."""
    return _STATE.fullmatch(text) is not None


def target(series: Series, text: str) -> Target:
    """Parse ``v4``, ``v4:gfp-user``, ``v4:2``, ``base``, or ``base:v4`` for what v4 stands on.

    Raises:
        SeriesError: no such version, fixup or patch.
    """
    name, colon, within = text.partition(":")
    if name == BASE:
        return _base_of(series, store.version(series, within)) if colon else Target(BASE)
    version = store.version(series, name)
    if not colon:
        return Target(name)
    if within.isascii() and within.isdecimal():  # no fixup is named so: ``store`` refuses it
        return _up_to(version, within)
    if within not in [fixup.task for fixup in version.fixups]:
        tasks = ", ".join(fixup.task for fixup in version.fixups) or "none"
        raise SeriesError(f"{name} has no fixup `{within}`.", hint=f"It has {tasks}.")
    return Target(name, within)


def _base_of(series: Series, version: Version) -> Target:
    """One base has one name: that of the first version on it."""
    ground = _ground(series, version)
    if not any(ground):
        return Target(BASE)
    on = (each.name for each in series.versions if _ground(series, each) == ground)
    return Target(BASE, next(on))


def _up_to(version: Version, digits: str) -> Target:
    number = int(digits) if len(digits) < 5 else 0  # no series has so many
    if not 1 <= number <= len(version.patches):
        raise SeriesError(
            f"{version.name} has no patch {digits[:20]}.",
            hint=f"Its patches are 1 to {len(version.patches)}.",
        )
    return _behind(version, number)


def _ground(series: Series, version: Version) -> tuple[str, tuple[str, ...]]:
    """What tells the base of a version from those of others; empty: it is that of the series."""
    needed = version.depends
    with contextlib.suppress(SeriesError):  # one that is not there is told where it is needed
        needed = tuple(each.name for each in depends.find(series.root, needed))
    return version.base.commit if version.base else "", needed


def chain(series: Series, name: str) -> tuple[Target, ...]:
    """The states from the version before ``name`` over each of its fixups to ``name`` itself.

    Raises:
        SeriesError: the version has no fixups.
    """
    found = store.version(series, name)
    before = store.previous(series, found)
    if not found.fixups or before is None:
        raise SeriesError(
            f"{name} has no fixups, so there is nothing to go through task by task.",
            where=str(found.path / "version.toml"),
            hint="Name a version whose version.toml lists fixups.",
        )
    states = (Target(name, fixup.task) for fixup in found.fixups)
    return (Target(before.name), *states, Target(name))


def patch_by_patch(series: Series, name: str) -> tuple[Target, ...]:
    """The states of version ``name`` behind each of its patches; the last is the version itself.

    Raises:
        SeriesError: no such version.
    """
    found = store.version(series, name)
    return tuple(_behind(found, number) for number in range(1, len(found.patches) + 1))


def _behind(version: Version, number: int) -> Target:
    """One state has one name: what is behind the last patch is the version."""
    return Target(version.name, patch=number if number < len(version.patches) else None)


def targets(
    series: Series,
    names: Sequence[str],
    *,
    every: bool = False,
    by_task: bool = False,
    by_patch: bool = False,
) -> tuple[Target, ...]:
    """What a command is to work on, each once, in the order given.

    Args:
        names: as ``target`` takes them.
        every: all versions of the series, and no names.
        by_task: the fixup chain to the one version named, or to the newest that has fixups.
        by_patch: the patches of the one version named, or of the newest.

    Raises:
        SeriesError: no such version, fixup or patch; or neither names nor ``every``, or both.
    """
    if by_patch:
        ends = list(names) or [store.newest(series).name]
        if len(ends) != 1 or every or by_task:
            raise SeriesError(
                "--by-patch takes one version.", hint="Example: refseries test v4 --by-patch."
            )
        return patch_by_patch(series, ends[0])
    if by_task:
        fixed_up = [version.name for version in series.versions if version.fixups]
        ends = list(names) or fixed_up[-1:]
        if len(ends) != 1 or every:
            raise SeriesError(
                "--by-task takes one version.", hint="Example: refseries test v4 --by-task."
            )
        return chain(series, ends[0])
    if every == bool(names):
        raise SeriesError(
            "--all-versions names them already." if names else "say which versions.",
            hint="Give one or more versions, such as v4, or --all-versions.",
        )
    if every:
        store.newest(series)  # refuses a series without versions
        return tuple(Target(version.name) for version in series.versions)
    return tuple(dict.fromkeys(target(series, name) for name in names))
