# SPDX-License-Identifier: GPL-2.0-or-later
"""What the targets of a command mean: versions, commits of the user's tree, his work tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from refseries.cli import screen
from refseries.cli.context import Context, find_lab
from refseries.model import WORK, BaseInfo, Target
from refseries.series import naming

if TYPE_CHECKING:
    from refseries.testing.lab import Lab


def states(context: Context, names: Sequence[str], *, every: bool = False) -> tuple[Target, ...]:
    """The targets, where the series alone says what they are; none where a kernel tree does.

    Raises:
        SeriesError: there is no such version, or no name.
    """
    if every or all(naming.is_state(name) for name in names):
        return naming.targets(context.series, names, every=every)
    return ()


def lab_and_targets(
    context: Context,
    names: Sequence[str],
    quiet: bool,
    *,
    every: bool = False,
    onto: Sequence[str] = (),
    rebuild: bool = False,
) -> tuple[Lab, tuple[Target, ...]]:
    """Where kernels are built, and what is to be built there.

    Args:
        every, onto: as of ``naming.targets`` and ``find``.

    Raises:
        SeriesError: there is nothing of a name, or no name.
    """
    plain = states(context, names, every=every)  # a wrong version is told before a base is made
    lab = find_lab(context, quiet, rebuild=rebuild)
    if plain and not onto:
        return lab, plain
    words = [str(state) for state in plain] or names
    base, found = find(context, lab.base, words, onto=onto, quiet=quiet)
    return replace(lab, base=base), found


def find(
    context: Context,
    base: BaseInfo,
    names: Sequence[str],
    *,
    onto: Sequence[str] = (),
    quiet: bool = False,
) -> tuple[BaseInfo, tuple[Target, ...]]:
    """What ``names`` mean, each commit once; says which files of the work tree git does not know.

    Args:
        base: as ``find_base`` gives it.
        onto: each target is followed by the same over each of these commits.

    Returns:
        ``base``, which knows the other bases as well, and the targets.

    Raises:
        SeriesError: there is nothing of a name.
    """
    from refseries.testing import commits

    found: dict[str | Target, Target] = {}
    for name in names:
        if name == WORK:
            base, target = _work(context, base, quiet)
        else:
            base, target = commits.find(context.series, base, context.settings.cache, name)
        base, there = commits.over_each(context.series, base, target, onto)
        for each in there:
            found.setdefault(each.commit or each, each)
    return base, tuple(found.values())


def one(
    context: Context, base: BaseInfo, name: str, *, quiet: bool = False
) -> tuple[BaseInfo, Target]:
    """What ``name`` means; as ``find``."""
    base, (target,) = find(context, base, [name], quiet=quiet)
    return base, target


def _work(context: Context, base: BaseInfo, quiet: bool) -> tuple[BaseInfo, Target]:
    from refseries.review import work_target

    found = work_target.find(context.series, base, context.settings.cache, Path.cwd())
    if found.new and not quiet:
        screen.note(f"with files that git does not know yet: {screen.some(found.new)}")
    if found.hidden and not quiet:
        screen.note(screen.hidden(found.hidden, WORK))
    return found.base, found.target
