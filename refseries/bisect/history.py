# SPDX-License-Identifier: GPL-2.0-or-later
"""The commits between two of the user's tree, each the first parent of the next."""

from __future__ import annotations

from pathlib import Path

from refseries import git
from refseries.errors import SeriesError
from refseries.git import revisions
from refseries.model import BASE, Applied, BaseInfo, Commit, Series, Target
from refseries.series import apply, naming
from refseries.testing import commits


def between(
    series: Series, base: BaseInfo, cache: Path, ends: tuple[str | Target, str | Target]
) -> tuple[BaseInfo, dict[Target, Applied]]:
    """All states from one commit to another that came of it, both included, the older one first.

    Of a merge only its first parent is gone back to; what it brought in is one step.

    Args:
        ends: a version, a state of one, base, or any commit, by name; or a target that is a commit;
            in either order.

    Returns:
        ``base``, which knows the older commit, and the states in their order.

    Raises:
        SeriesError: there is no such commit, or neither came of the other.
        StageError: a version does not apply.
    """
    first, last = ((str(end), _commit(series, base, cache, end)) for end in ends)
    fork = git.merge_base(base.repo, first[1], last[1])
    if fork == last[1]:
        first, last = last, first
    if first[1] == last[1]:
        raise SeriesError(
            f"nothing lies between {first[0]} and {last[0]}: they are one commit.",
            where=str(base.repo),
            hint="Name two commits, the one with the fault last.",
        )
    if fork != first[1]:
        parted = f"they part at {fork[:12]}" if fork else "they have nothing in common"
        raise SeriesError(
            f"neither of {first[0]} and {last[0]} came of the other: {parted}.",
            where=str(base.repo),
            hint=f"Look from there: {fork[:12]} {last[0]}." if fork else "Name two commits.",
        )
    base, begin = _older(series, base, cache, first)
    onto = begin.stands_on if begin.stands_on in dict(base.own) else ""
    like = series.versions[-1].name if series.versions else BASE
    listed = git.git(
        base.repo, "log", "--reverse", "--first-parent", "--no-show-signature",
        "--format=%H %T %s", f"{fork}..{last[1]}", "--",
    ).stdout.split("\n")[:-1]  # fmt: skip
    tree = git.tree_of(base.repo, fork)
    stands_on = base.of(begin.stands_on).commit
    states = {begin: Applied(begin, base.repo, None, fork, tree, base=stands_on)}
    for line in listed:
        made = Commit(*line.split(" ", 2))
        called = last[0] if made.commit == last[1] else made.commit[:12]
        target = Target(called, commit=made.commit, onto=onto, like=like)
        if called == last[0] and naming.is_state(called):
            target = naming.target(series, called)
        states[target] = Applied(
            target, base.repo, None, made.commit, made.tree, (made,), base=stands_on
        )
    return base, states


def merged(repo: Path, commit: str) -> tuple[str, str] | None:
    """What a merge brought in, as the place where it parted and its tip; None for no merge."""
    parents = git.git(repo, "rev-parse", f"{commit}^@").stdout.split()
    if len(parents) < 2:
        return None
    parted = git.merge_base(repo, parents[0], parents[1])
    return (parted[:12], parents[1][:12]) if parted else None


def _commit(series: Series, base: BaseInfo, cache: Path, name: str | Target) -> str:
    if isinstance(name, Target):
        return name.commit
    if naming.is_state(name):
        return apply.apply(series, base, naming.target(series, name), cache).commit
    found = revisions.commit_of(base.names, name)
    if found is None:
        raise SeriesError(
            f"`{name}` is neither a version of the series nor a commit of the kernel tree.",
            where=str(base.repo),
            hint="Name a version (v4), base, work, or a branch, tag or commit of --tree.",
        )
    return found


def _older(
    series: Series, base: BaseInfo, cache: Path, end: tuple[str, str]
) -> tuple[BaseInfo, Target]:
    """The older end as ``test`` calls it, so that what that has seen is found."""
    name, commit = end
    if naming.is_state(name):
        return base, naming.target(series, name)
    if commit == base.commit:
        return base, Target(BASE)
    try:
        return commits.find(series, base, cache, name)
    except SeriesError:  # so far from all that is known that it is a base of its own
        return commits.over(series, base, Target(BASE), commit)
