# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits of the user's tree as targets, and versions on other bases than their own.

A name that is a version's, or ``base``, means that and never a branch. Everything else is a commit
(``my-branch``, ``v6.12~3``), a range (``v6.12..topic``), or a version on another base
(``v4@v6.13``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError
from refseries.git import releases, revisions
from refseries.kernel import base as bases
from refseries.model import BASE, BaseInfo, Series, Target
from refseries.series import apply, naming
from refseries.testing import moved


def find(series: Series, base: BaseInfo, cache: Path, name: str) -> tuple[BaseInfo, Target]:
    """What ``name`` means.

    Returns:
        ``base``, which knows the other bases as well, and the target.

    Raises:
        SeriesError: there is nothing of that name, or it stands on nothing that is known.
        StageError: a version that begins a range does not apply.
    """
    if naming.is_state(name):
        try:
            return base, naming.target(series, name)
        except SeriesError as error:
            if git.resolve(base.names, branch := f"refs/heads/{name}"):
                error.hint = f"{error.hint} The branch of that name is `{branch}`.".lstrip()
            raise
    state, at, ref = name.partition("@")
    if at and naming.is_state(state):
        return over(series, base, naming.target(series, state), ref)
    first, dots, last = name.partition("..")
    tip = _commit(series, base, cache, last if dots else name)
    if dots:
        start = _commit(series, base, cache, first)
        count, fork = _away(base, start, tip)
        called = first if fork == start and not naming.is_state(first) else fork[:12]
    else:
        count, fork = min(_away(base, start, tip) for start in _known(base))
        called = fork[:12]
    if fork and not dots and (count == 0 or releases.is_release(name)):
        return _named(base, name, tip), Target(BASE, name)
    if not fork or count > apply.MOST_COMMITS:
        raise _too_far(base, name, bool(fork))
    if count == 0:
        raise SeriesError(
            f"`{name}` has no commit.", where=str(base.repo), hint="Name A..B, the older one first."
        )
    return of_commit(series, base, name, tip, fork, called)


def of_commit(
    series: Series, base: BaseInfo, name: str, commit: str, fork: str, called: str
) -> tuple[BaseInfo, Target]:
    """The target that ``commit`` is.

    Args:
        name: what the user calls it.
        fork: the commit that it stands on; ``called`` what that is called if it is no base yet.
    """
    known = _known(base)
    if fork not in known:
        base, known = _named(base, called, fork), {fork: called}
    like = series.versions[-1].name if series.versions else BASE
    return base, Target(name, commit=commit, onto=known[fork], like=like)


def over_each(
    series: Series, base: BaseInfo, target: Target, onto: Sequence[str]
) -> tuple[BaseInfo, tuple[Target, ...]]:
    """``target``, and behind it the same over each of the commits ``onto``; as ``over``."""
    found = [target]
    for ref in onto:
        base, there = over(series, base, target, ref)
        found.append(there)
    return base, tuple(found)


def over(series: Series, base: BaseInfo, target: Target, ref: str) -> tuple[BaseInfo, Target]:
    """``target`` on the commit ``ref`` instead of its own base.

    Raises:
        SeriesError: there is no such commit, or ``target`` is none that can be moved.
        StageError: commits of the user's conflict there.
    """
    named = target.onto and not target.commit
    if named or (target.version == BASE and target.task):
        raise SeriesError(
            f"`{target}` is on a base already, and stays there.",
            where="--onto",
            hint="Name the version or commit alone, or leave out --onto.",
        )
    if naming.is_state(ref):
        raise SeriesError(
            f"`{ref}` is a version of the series, and no base.",
            where="--onto",
            hint=f"A tag or branch of that name is refs/tags/{ref} or refs/heads/{ref}.",
        )
    commit = revisions.commit_of(base.names, ref)
    if commit is None:
        raise _unknown(base, ref)
    needed = () if target.version == BASE else base.of(target.stands_on).depends
    if needed:
        raise SeriesError(
            f"`{target}` depends on {', '.join(needed)}, which would not be below it there.",
            where="--onto",
            hint="`refseries rebase` moves a version together with what it depends on.",
        )
    if target.commit:
        fork, name = base.of(target.onto).commit, f"{target.version}@{ref}"
        who = series.identity
        tip = moved.commits(base.repo, fork, target.commit, commit, who, target.version)
        base, found = of_commit(series, base, name, tip, commit, ref)
        return base, replace(found, like=target.like)
    base = _named(base, ref, commit)
    return base, Target(BASE, ref) if target.version == BASE else replace(target, onto=ref)


def _known(base: BaseInfo) -> dict[str, str]:
    """The commits that are bases, with their names for ``Target.onto``; the series' own first."""
    found = {base.commit: ""}
    for name, info in base.own:
        found.setdefault(info.commit, name)
    return found


def _named(base: BaseInfo, name: str, commit: str) -> BaseInfo:
    """``base``, which knows ``commit`` by ``name``."""
    if name in dict(base.own):
        return base
    info = bases.describe(base.repo, commit, base.source)
    return replace(base, own=(*base.own, (name, info)))


def _commit(series: Series, base: BaseInfo, cache: Path, name: str) -> str:
    """The commit at one end of a range; HEAD where nothing is said, as git has it."""
    if naming.is_state(name):
        return apply.apply(series, base, naming.target(series, name), cache).commit
    found = revisions.commit_of(base.names, name)
    if found is None:
        raise _unknown(base, name)
    return found


def _away(base: BaseInfo, start: str, tip: str) -> tuple[int, str]:
    """How many commits ``tip`` is from where it left ``start``, and that place; '' for none."""
    fork = git.merge_base(base.repo, start, tip)
    if not fork:
        return apply.MOST_COMMITS + 1, ""
    most = f"--max-count={apply.MOST_COMMITS + 1}"
    listed = git.git(base.repo, "rev-list", "--count", most, f"{fork}..{tip}", "--")
    return int(listed.stdout), fork


def _unknown(base: BaseInfo, name: str) -> SeriesError:
    return SeriesError(
        f"`{name}` is neither a version of the series nor a commit of the kernel tree.",
        where=str(base.repo),
        hint="Name a version (v4), base, work, or a branch, tag, commit or range of --tree.",
    )


def _too_far(base: BaseInfo, name: str, related: bool) -> SeriesError:
    count = f"more than {apply.MOST_COMMITS} commits away from" if related else "not related to"
    return SeriesError(
        f"`{name}` is {count} the base, {base.commit[:12]}.",
        where=str(base.repo),
        hint=f"Say what it stands on, as in v6.13..{name.rpartition('..')[2]};"
        " a kernel without the series is base@COMMIT.",
    )
