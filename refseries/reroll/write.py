# SPDX-License-Identifier: GPL-2.0-or-later
"""A drafted version put into the series: all of it, or nothing, whenever that is killed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from msgspec import structs

from refseries.errors import SeriesChangedError
from refseries.host.progress import Say, silent
from refseries.model import Series, Target, Version, number_of
from refseries.reroll import anchors, anew, files, fold
from refseries.reroll import plan as plans
from refseries.reroll.anchors import VANISHED, History
from refseries.reroll.draft import Draft
from refseries.reroll.plan import Fate, Plan
from refseries.review import states
from refseries.review import store as tasks
from refseries.review.model import COVER, UNFINISHED, Review, Task
from refseries.series import apply, format_patch, in_place, patches, store, trailers


@dataclass(frozen=True)
class Written:
    """A version that was made.

    Attributes:
        path: its folder.
        settled: the tasks that it settles now.
        open: where open tasks are anchored in it.
        reopened: those that the version in whose place it stands had settled, and it does not.
        kept_changelog: that one's changelog was edited and is still there.
    """

    path: Path
    settled: tuple[Task, ...]
    open: tuple[Fate, ...]
    reopened: tuple[str, ...] = ()
    kept_changelog: bool = False


def write(
    series: Series,
    draft: Draft,
    cache: Path,
    when: datetime,
    say: Say = silent,
) -> Written:
    """Write ``series/vN/`` and mark what it settles.

    Args:
        when: the version's date; its commits' dates depend on it.
        say: as for ``store.changing``.

    Raises:
        StageError: what was written does not apply to the trees that were meant.
        SeriesError: a task cannot be settled.
        SeriesChangedError: another refseries made a version meanwhile.
        HostError: the disk is full.
        In each case the series is as it was, or the next command makes it as it shall be.
    """
    with store.changing(series, say) as (current, change):
        store.check_unchanged(series)
        reviews = opened = tasks.load(current)
        was = anew.former(current, reviews, draft.old)
        if draft.old is not None:
            old = store.version(current, draft.version)
            if store.digest(old) != draft.digest:
                raise SeriesChangedError(str(old.path))
            anew.made_of(current, old, reviews)  # others may have it by now
            current, opened = anew.without(current, reviews, old)
            when = old.date
        new = change.folder / draft.version
        new.mkdir()
        made = _make(current, draft, cache, when, new, opened, was)
        after = _with(opened, made.settled)
        pairs = zip(reviews, after, strict=True)
        tasks.put(change, made.series, [now for before, now in pairs if now != before])
        final = series.root / "series" / draft.version
        in_place.put(change, new, final, draft.old.version if draft.old is not None else None)
        change.commit()
        return Written(
            final,
            tuple(made.settled.values()),
            made.fates,
            tuple(_reopened(reviews, after)),
            made.kept_changelog,
        )


def _reopened(before: Sequence[Review], after: Sequence[Review]) -> Iterator[str]:
    for old, new in zip(before, after, strict=True):
        for task, now in zip(old.tasks, new.tasks, strict=True):
            if now.state in UNFINISHED and task.state not in UNFINISHED:
                yield task.id


@dataclass(frozen=True)
class _Filled:
    """A folder that was filled.

    Attributes:
        series: with the new version.
        settled: the tasks that it settles, by their ids.
        fates: what becomes of those that it leaves open.
    """

    series: Series
    settled: dict[str, Task]
    fates: tuple[Fate, ...]
    kept_changelog: bool


def _make(
    series: Series,
    draft: Draft,
    cache: Path,
    when: datetime,
    new: Path,
    reviews: Sequence[Review],
    was: anew.Former,
) -> _Filled:
    """Fill the folder ``new``."""
    version = _fill(new, draft, when)
    extended = replace(series, versions=(*series.versions, version))
    _check(extended, draft, cache)
    settled = {task.id: task for task in _settle(extended, reviews, version, was.told)}
    plan = plans.named(draft.plan, [patch.name for patch in version.patches])
    said = draft.before.cover.read_text(encoding="utf-8")
    changes = files.changes(
        extended, _with(reviews, settled), draft.version, plan, draft.fixups, draft.texts
    )
    if draft.old is None:
        cover, kept_changelog = files.cover(said, changes), False
    else:
        cover, kept_changelog = anew.cover(draft.old.version, was, changes)
    version.cover.write_text(cover, encoding="utf-8")
    left = [task for review in reviews for task in review.tasks if task.id not in settled]
    fates = tuple(_fates(series, draft, plan, cover, left, cache))
    (new / plans.FILE).write_text(plans.dump(replace(plan, open=fates)), encoding="utf-8")
    files.write_version(version, pinned=bool(series.depends))
    return _Filled(extended, settled, fates, kept_changelog)


def _fill(new: Path, draft: Draft, when: datetime) -> Version:
    """Write patches and fixups; gives the version that they are."""
    repo, base = draft.place.base.repo, draft.place.base.commit
    number = number_of(draft.version)
    made = format_patch.write(repo, base, draft.folded.commits[-1], new, number)
    fixups = files.export_fixups(repo, draft.place.tip, draft.fixups, number, new / "fixups")
    return Version(
        name=draft.version,
        number=number,
        path=new,
        date=when.replace(microsecond=0),
        patches=made,
        cover=new / "cover.md",
        fixups=fixups,
        base=draft.before.base,
        depends=draft.before.depends,
    )


def _check(series: Series, draft: Draft, cache: Path) -> None:
    """Apply what was written, by patches and by fixups, and compare the trees."""
    target = Target(draft.version)
    for by_task in (False, True):
        applied = apply.apply(series, draft.place.base, target, cache, by_task=by_task)
        fold.check_tree(applied.repo, applied.tree, draft.fixups[-1].commit)


def _settle(
    series: Series, reviews: Sequence[Review], version: Version, told: Mapping[str, str]
) -> Iterator[Task]:
    """The unfinished tasks that the fixups of ``version`` address, settled by the last of those."""
    by = {each: fixup.task for fixup in version.fixups for each in fixup.addresses}
    for review in reviews:
        for task in review.tasks:
            if task.id in by and task.state in UNFINISHED:
                text = told.get(task.id, "")
                yield states.settle(task, series, version.name, by[task.id], text)


def _with(reviews: Sequence[Review], settled: Mapping[str, Task]) -> tuple[Review, ...]:
    return tuple(
        structs.replace(review, tasks=tuple(settled.get(task.id, task) for task in review.tasks))
        for review in reviews
    )


def _fates(
    series: Series, draft: Draft, plan: Plan, cover: str, left: Sequence[Task], cache: Path
) -> Iterator[Fate]:
    """What became of the anchors of unfinished tasks; those without an anchor are left out."""
    names = tuple(planned.name for planned in plan.patches)
    history = History(draft.place.base.repo, draft.place.base.commit, draft.folded.commits, names)
    for task in left:
        anchor = task.anchor
        if task.state not in UNFINISHED or not (anchor.patch or anchor.file):
            continue
        version = store.version(series, task.raised_on)
        if anchor.file:
            # It may stand on another base, whose commits are wanted in this repository.
            its = replace(draft.home.of(version.name), repo=history.repo)
            old = apply.apply(series, its, Target(version.name), cache)
            yield anchors.in_file(task, old.commit, history)
        elif anchor.patch == COVER:
            yield anchors.in_text(task, COVER, version.cover.read_text(encoding="utf-8"), cover)
        else:
            yield _in_message(draft, plan, version, task)


def _in_message(draft: Draft, plan: Plan, version: Version, task: Task) -> Fate:
    """The fate of a point on a commit message: in the patch that has the text now."""
    old = next(patch for patch in version.patches if patch.name == task.anchor.patch)
    read = patches.read(old)
    for planned, text in zip(plan.patches, draft.texts, strict=True):
        follows = version.name == draft.before.name and planned.takes[0].of == old.name
        if follows or text.message.partition("\n")[0] == read.subject:
            before, after = read.message, text.message
            if task.anchor.line == 0:  # tags that came since are none of what it is about
                before, after = trailers.without_given(before), trailers.without_given(after)
            return anchors.in_text(task, planned.name, before, after)
    return Fate(task.id, VANISHED)
