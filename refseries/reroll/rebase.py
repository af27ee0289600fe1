# SPDX-License-Identifier: GPL-2.0-or-later
"""A version onto another base: patch by patch, by three-way merges.

As long as nothing conflicts, no work tree is made and nothing is kept until the whole version is
written. A conflict leaves a work tree and a file that says how far it came; both stay until the
rebase is finished or thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from refseries import git
from refseries.errors import SeriesError, StageError
from refseries.git import replay
from refseries.importing import in_base
from refseries.kernel import version_base
from refseries.model import Applied, BaseInfo, OwnBase, Series, Target, Version
from refseries.reroll import anew, rebase_state, rebase_tree, rebase_write, source
from refseries.reroll.rebase_state import RebasedPatch, RebaseState
from refseries.reroll.source import Source
from refseries.review import store as reviews
from refseries.review import work_tree
from refseries.review.work_tree import Workplace
from refseries.series import apply, patches, store


@dataclass(frozen=True)
class Conflict:
    """Where a rebase stopped.

    Attributes:
        number, of: which patch of how many.
        files: those in which git left marks.
    """

    worktree: Path
    number: int
    of: int
    subject: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Rebased:
    """What a rebase came to.

    Attributes:
        version: what was moved, as it was.
        name: what it became, or shall become.
        base: the new base.
        patches: what became of those that are through.
        old, new: the commits on both bases; ``new`` is None while a conflict stops it.
        stale: the branch of ``feedback start`` that still stands on the version as it was.
    """

    version: Version
    name: str
    base: BaseInfo
    patches: tuple[RebasedPatch, ...]
    old: Applied
    new: Applied | None = None
    conflict: Conflict | None = None
    stale: str = ""


@dataclass(frozen=True)
class _Work:
    """What a rebase needs to go on."""

    series: Series
    home: BaseInfo
    cache: Path
    version: Version
    old: Applied
    place: Workplace
    sources: tuple[Source, ...]
    onto: BaseInfo
    when: datetime


def start(
    series: Series,
    home: BaseInfo,
    cache: Path,
    name: str,
    onto: BaseInfo,
    own: OwnBase | None,
    when: datetime,
) -> Rebased:
    """Move version ``name`` onto another base; a version that others have seen makes the next.

    Args:
        home: the base of the series, with those of its versions.
        onto: the new base, in the same repository.
        own: what a version.toml says of it.
        when: the date of a version that is made.

    Raises:
        SeriesError: there is no such version, it cannot move, or it is there already.
        StageError: it does not apply over the base that it has.
    """
    version = store.version(series, name)
    if rebase_state.exists(series.root, name):
        raise SeriesError(
            f"a rebase of {name} is under way.",
            where=str(rebase_state.place(series.root, name)),
            hint=f"Go on with `refseries rebase {name} --continue`, or throw it away: --abort.",
        )
    if home.of(name).commit == onto.commit:
        raise SeriesError(
            f"{name} stands on {version_base.in_words(onto)} already.", hint="Name another base."
        )
    becomes = _name(series, version)
    work = _work(series, home, cache, version, onto, when)
    state = RebaseState(
        name, store.digest(version), becomes, onto.commit, own, onto.commit, (), onto.depends
    )
    return _go_on(work, state)


def go_on(
    series: Series, home: BaseInfo, cache: Path, name: str, when: datetime, *, skip: bool = False
) -> Rebased:
    """Go on behind a conflict.

    Args:
        skip: leave out the patch that conflicts.

    Raises:
        SeriesError: nothing is under way, or the version is another one than it was.
        StageError: the conflict is not resolved yet; says what is missing.
    """
    version = store.version(series, name)
    state = rebase_state.load(series.root, name)
    if state is None:
        raise SeriesError(
            f"no rebase of {name} is under way.",
            hint=f"Begin one: refseries rebase {name} --onto REF",
        )
    onto = _onto(home, state)
    if (written := _written(series, state)) is not None:  # and was killed behind that
        place = _place(series, home, cache, version, state.tip)
        rebase_tree.remove(place)
        rebase_state.forget(series.root, name)
        old = new = apply.apply(series, home, Target(written.name), cache)
        return Rebased(version, written.name, onto, state.done, old, new)
    if store.digest(version) != state.digest:
        raise SeriesError(
            f"{name} is another one than when its rebase began.",
            where=str(version.path),
            hint=f"Throw the rebase away: refseries rebase {name} --abort",
        )
    work = _work(series, home, cache, version, onto, when, state.tip)
    number = len(state.done) + 1
    if number <= len(work.sources):
        at = work.sources[number - 1]
        if skip:
            left = RebasedPatch(number, at.subject, "", "left out by --skip")
            state = msgspec.structs.replace(state, done=(*state.done, left))
            rebase_tree.throw_away(work.place)
        elif (found := rebase_tree.resolved(work.place, at, series.identity)) is not None:
            state = _with(state, number, at, found)
        rebase_state.save(series.root, state)
    return _go_on(work, state)


def _onto(home: BaseInfo, state: RebaseState) -> BaseInfo:
    """The new base, which knows what lies over it."""
    onto = version_base.at(home, state.onto)
    if not state.depends:
        return onto
    ground = version_base.at(home, state.own.commit if state.own else home.commit)
    return replace(onto, under=ground, depends=state.depends)


def abort(series: Series, home: BaseInfo, cache: Path, name: str) -> Path:
    """Throw a rebase away, with its work tree; the version is as it was. Gives where that stood.

    Raises:
        SeriesError: nothing is under way.
    """
    version = store.version(series, name)
    if not rebase_state.exists(series.root, name):
        raise SeriesError(
            f"no rebase of {name} is under way.", hint="So there is nothing to throw away."
        )
    place = _place(series, home, cache, version, "")
    rebase_tree.remove(place)
    rebase_state.forget(series.root, name)
    return place.worktree


def _name(series: Series, version: Version) -> str:
    """What ``version`` becomes: itself, or the next one where others have seen it."""
    newest = store.newest(series)
    seen = anew.seen(version, reviews.load(series))
    if seen and version != newest:
        raise SeriesError(
            f"{version.name} was sent, and {newest.name} came behind it.",
            hint=f"Rebase {newest.name}; a version that others have does not change.",
        )
    if seen:
        return f"v{version.number + 1}"
    later = next((each for each in series.versions if each.number > version.number), None)
    if later is not None and later.fixups:
        raise SeriesError(
            f"the fixups of {later.name} are made on {version.name}, which has to stay for them.",
            where=str(later.path / "version.toml"),
            hint=f"Rebase {newest.name}.",
        )
    return version.name


def _work(
    series: Series,
    home: BaseInfo,
    cache: Path,
    version: Version,
    onto: BaseInfo,
    when: datetime,
    tip: str = "",
) -> _Work:
    place = _place(series, home, cache, version, tip or onto.commit)
    ours = replace(home.of(version.name), repo=place.base.repo)
    old = apply.apply(series, ours, Target(version.name), cache)
    sources = source.of_version(old, version, ours.commit)
    onto = replace(onto, repo=work_tree.lasting(series, onto, cache).repo)
    return _Work(series, home, cache, version, old, place, sources, onto, when)


def _place(series: Series, home: BaseInfo, cache: Path, version: Version, tip: str) -> Workplace:
    """The work tree of a rebase, whether it is there or not."""
    return Workplace(
        base=work_tree.lasting(series, home.of(version.name), cache),
        onto=version.name,
        branch=f"refseries/{series.home}/rebase/{version.name}",
        tip=tip,
        worktree=rebase_state.place(series.root, version.name),
    )


def _written(series: Series, state: RebaseState) -> Version | None:
    """The version that ``state`` was to make, if it was made."""
    for version in series.versions:
        same = (version.base, version.depends) == (state.own, state.depends)
        if version.name == state.name and same:
            moved = state.name != state.version or store.digest(version) != state.digest
            return version if moved else None
    return None


def _with(state: RebaseState, number: int, patch: Source, commit: str) -> RebaseState:
    done = RebasedPatch(number, patch.subject, commit)
    return msgspec.structs.replace(state, tip=commit, done=(*state.done, done))


def _go_on(work: _Work, state: RebaseState) -> Rebased:
    """Put the patches that are left onto the new base, up to the end or a conflict."""
    repo = work.place.base.repo
    for number, patch in enumerate(work.sources, 1):
        if number <= len(state.done):
            continue
        tree = replay.merged(repo, state.tip, patch.parent, patch.commit)
        if tree is None:
            rebase_state.save(work.series.root, state)
            place = replace(work.place, tip=state.tip)
            files = rebase_tree.show(place, patch, work.series.identity)
            if files is not None:
                conflict = Conflict(place.worktree, number, len(work.sources), patch.subject, files)
                return Rebased(
                    work.version, state.name, work.onto, state.done, work.old, None, conflict
                )
            tree = rebase_tree.tree(place.worktree)  # git found a rename that explains it
        state = _step(work, state, number, patch, tree)
    return _finish(work, state)


def _step(work: _Work, state: RebaseState, number: int, patch: Source, tree: str) -> RebaseState:
    repo = work.place.base.repo
    if not git.changed_paths(repo, state.tip, tree):
        read = patches.read(work.version.patches[number - 1])
        why = in_base.taken(work.onto, [read]).get(0, "nothing is left of it over the new base")
        left = RebasedPatch(number, patch.subject, "", why)
        return msgspec.structs.replace(state, done=(*state.done, left))
    made = rebase_tree.commit(repo, tree, state.tip, patch, work.series.identity)
    return _with(state, number, patch, made)


def _finish(work: _Work, state: RebaseState) -> Rebased:
    if all(not each.commit for each in state.done):
        rebase_tree.remove(work.place)
        rebase_state.forget(work.series.root, state.version)
        raise StageError(
            f"nothing is left of {state.version}: {state.done[0].subject}: {state.done[0].why}.",
            where=version_base.in_words(work.onto),
            hint="Nothing was written. There is nothing to send any more.",
            detail=_listed(state.done),
        )
    stale = _stale(work, state)
    version = rebase_write.write(work.series, work.home, work.cache, work.onto, state, work.when)
    rebase_tree.remove(work.place)
    rebase_state.forget(work.series.root, state.version)
    subjects = [each for each in state.done if each.commit]
    new = replace(
        work.old, base=work.onto.commit, commit=state.tip, commits=rebase_write.commits(subjects)
    )
    return Rebased(work.version, version.name, work.onto, state.done, work.old, new, None, stale)


def _stale(work: _Work, state: RebaseState) -> str:
    """The branch of ``feedback start`` on top of the version, where that moves below it."""
    branch = f"refseries/{work.series.home}/work/{state.version}"
    if state.name != state.version:
        return ""
    return branch if git.resolve(work.place.base.repo, f"refs/heads/{branch}") else ""


def _listed(done: Sequence[RebasedPatch]) -> str:
    return "\n".join(f"{each.number} {each.subject}: {each.why}" for each in done if each.why)
