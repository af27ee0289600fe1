# SPDX-License-Identifier: GPL-2.0-or-later
"""What a reroll would make: read from the working branch, nothing written."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError
from refseries.git import identity
from refseries.model import BaseInfo, Series, Target, Version, number_of
from refseries.reroll import anew, fold, own_branch, plan, reproduce, source, tags, targets
from refseries.reroll.fold import Folded, PatchText
from refseries.reroll.plan import Plan
from refseries.reroll.reproduce import MadeOf
from refseries.reroll.source import Source
from refseries.reroll.targets import NEW, FixupTarget
from refseries.review import hidden, work_tree
from refseries.review import work_branch as branches
from refseries.review.given_tags import CarryRequest, TagFate
from refseries.review.model import Review
from refseries.review.work_tree import Workplace
from refseries.series import apply, store

_VERSION = re.compile(r"v([1-9][0-9]*)")


@dataclass(frozen=True)
class Wish:
    """What the user asks for.

    Attributes:
        version: the one to make.
        branch: another one than that of ``feedback start``.
        into: for commits, the patches that they go into; as typed, see ``Draft``.
        new: commits that become patches of their own; as typed.
        plan: a file to take the plan from instead.
        keep_tags: tags of reviewers stay although a patch changed.
    """

    version: str
    branch: str | None = None
    into: tuple[tuple[str, str], ...] = ()
    new: tuple[str, ...] = ()
    plan: Path | None = None
    keep_tags: bool = False


@dataclass(frozen=True)
class Draft:
    """A version that could be made.

    Attributes:
        home: the base of the series, with those of its versions.
        before: the version that the branch is on top of.
        old: what the version is made of in whose place this one goes; ``digest`` is that one's.
        fixups: the commits of the branch.
        choices: where each fixup goes; empty when a file says so.
        folded: the commits of the new version; no branch points at them.
        tags: what became of the tags that reviewers gave.
        left_out: files of the work tree that are not committed as they are there.
        hidden: those that git ignores, although they look like sources.
    """

    version: str
    home: BaseInfo
    place: Workplace
    before: Version
    patches: tuple[Source, ...]
    fixups: tuple[Source, ...]
    choices: tuple[FixupTarget, ...]
    plan: Plan
    texts: tuple[PatchText, ...]
    folded: Folded
    left_out: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    tags: tuple[TagFate, ...] = ()
    old: MadeOf | None = None
    digest: str = ""


def draft(
    series: Series, base: BaseInfo, cache: Path, reviews: Sequence[Review], wish: Wish
) -> Draft:
    """Read the branch, find where its fixups go, and fold them.

    Raises:
        SeriesError: the version is there or does not follow; the branch is not there, is empty, or
            names unknown tasks; the target of a fixup is not clear.
        StageError: the fixups cannot be folded so.
    """
    whole = series
    before, old = _before(series, base, cache, wish.version, reviews)
    digest = store.digest(old) if old is not None else ""
    if old is not None:
        series, reviews = anew.without(series, reviews, old)
    place = work_tree.find(series, base, cache, before.name)
    if old is not None and not wish.branch:
        own_branch.refuse(whole, base, cache, old.name, place)
    or_anew = "" if old or wish.branch else _or_anew(series, place, before, reviews)
    commits = _read(place, wish, reviews, or_anew)
    applied = apply.apply(series, place.base, Target(before.name), cache)
    patches = source.of_version(applied, before, place.base.commit)
    fixups = source.of_branch(applied, commits)
    _check_changes(place.base.repo, fixups)
    choices, planned = _plan(place, before, patches, fixups, wish)
    sources = {each.name: each for each in (*patches, *fixups)}
    texts = fold.texts(planned, sources)
    its = reproduce.read(whole, base, cache, old.name) if old is not None else None
    if its is not None:
        texts = anew.keep_texts(its, planned, texts)
    folded = fold.fold(place.base, planned, sources, texts, series.identity)
    fold.check_tree(place.base.repo, folded.tree, fixups[-1].commit)
    request = _carry_request(series, planned, patches, wish)
    texts, folded, fates = tags.carry(series, place.base, reviews, texts, folded, request)
    return Draft(
        version=wish.version,
        home=base,
        place=place,
        before=before,
        patches=patches,
        fixups=fixups,
        choices=choices,
        plan=planned,
        texts=texts,
        folded=folded,
        left_out=() if wish.branch else branches.changed(place.worktree),
        hidden=() if wish.branch else hidden.sources(place.worktree),
        tags=fates,
        old=its,
        digest=digest,
    )


def _check_changes(repo: Path, fixups: Sequence[Source]) -> None:
    for each in fixups:
        if not (each.rewords or git.changed_paths(repo, each.parent, each.commit)):
            raise SeriesError(
                "changes neither a file nor the message of a patch.",
                where=f"{each.commit[:12]} {each.subject}",
                hint="Make it one commit with another that does: git rebase --interactive.",
            )


def _carry_request(
    series: Series, planned: Plan, old: Sequence[Source], wish: Wish
) -> CarryRequest:
    """How the new version gets its tags: each old patch becomes the first that takes it."""
    names = {source.name for source in old}
    made_of = [(piece.of, at) for at, one in enumerate(planned.patches) for piece in one.takes]
    return CarryRequest(
        number_of(wish.version),
        keep=wish.keep_tags,
        remove=True,
        follows={of: at for of, at in reversed(made_of) if of in names},
        rewritten={at for at, one in enumerate(planned.patches) if one.text not in names},
        signer=identity.known_sender(series.root),
    )


def _before(
    series: Series, base: BaseInfo, cache: Path, name: str, reviews: Sequence[Review]
) -> tuple[Version, Version | None]:
    """The version that ``name`` follows, and the one that it takes the place of."""
    found = _VERSION.fullmatch(name)
    newest = store.newest(series)
    if found is None:
        raise SeriesError(f"`{name}` is no name of a version.", hint=f"Try v{newest.number + 1}.")
    if name == newest.name:
        instead = functools.partial(own_branch.into_its_place, series, base, cache, name)
        return anew.made_of(series, newest, reviews, instead), newest
    if int(found[1]) < newest.number:
        there = any(version.name == name for version in series.versions)
        what = "is there already" if there else f"would stand before {newest.name}"
        raise SeriesError(
            f"{name} {what}; a version never changes once it is out.",
            hint=f"The next one is v{newest.number + 1}. To make a version again and compare:"
            f" `refseries reroll {name if there else newest.name} --again`.",
        )
    return newest, None


def _or_anew(series: Series, place: Workplace, version: Version, reviews: Sequence[Review]) -> str:
    """That ``version`` can be made anew; empty where it cannot, or has no branch below it."""
    below = store.previous(series, version)
    if anew.why_not(series, version, reviews) or below is None:
        return ""
    branch = work_tree.branch_of(series, below.name)
    if git.resolve(place.base.repo, f"refs/heads/{branch}") is None:
        return ""
    return f" To make {version.name} anew of its branch: `refseries reroll {version.name}`."


def _read(
    place: Workplace, wish: Wish, reviews: Sequence[Review], or_anew: str
) -> tuple[branches.WorkCommit, ...]:
    """The commits of the branch; where it has none, ``or_anew`` may be what is meant."""
    known = {task.id for review in reviews for task in review.tasks}
    commits = branches.read(place, wish.branch, known, or_anew)
    if not commits:
        raise SeriesError(
            "the branch has no commit, so nothing would change.",
            where=wish.branch or place.branch,
            hint=f"Commit what settles a task first.{or_anew}",
        )
    for commit in commits:
        if commit.unknown:
            raise SeriesError(
                f"there is no task `{commit.unknown[0]}`.",
                where=f"{commit.commit[:12]} {commit.subject}",
                hint="Fix its `Addresses:` trailer, with `git commit --amend` or a rebase.",
            )
    return commits


def _plan(
    place: Workplace,
    before: Version,
    patches: Sequence[Source],
    fixups: Sequence[Source],
    wish: Wish,
) -> tuple[tuple[FixupTarget, ...], Plan]:
    if wish.plan is not None:
        if wish.into or wish.new:
            raise SeriesError("--plan says all that --into and --new could.", hint="Drop them.")
        planned = plan.load(wish.plan)
        if planned.onto != before.name:
            raise SeriesError(
                f"is on top of {planned.onto}, not of {before.name}.",
                where=f"{wish.plan}: onto",
                hint="Use the plan of another version.",
            )
        return (), planned
    told = _told(patches, fixups, wish)
    choices = targets.choose(place.base.repo, patches, fixups, told)
    return choices, fold.plan(before.name, patches, choices)


def _told(patches: Sequence[Source], fixups: Sequence[Source], wish: Wish) -> Mapping[str, str]:
    """Ids of commits, with the name of the patch that each goes into."""
    told = {_commit(fixups, text).commit: NEW for text in wish.new}
    fresh = [fixup for fixup in fixups if fixup.commit in told]
    for text, patch in wish.into:
        told[_commit(fixups, text).commit] = _patch(patches, fresh, patch)
    return told


def _commit(fixups: Sequence[Source], text: str) -> Source:
    found = [each for each in fixups if text in (each.name, each.commit[: max(len(text), 4)])]
    if len(found) != 1:
        raise SeriesError(
            f"`{text}` is not one commit of the branch.",
            hint="Give the beginning of its id; `refseries feedback status` shows them.",
        )
    return found[0]


def _patch(patches: Sequence[Source], fresh: Sequence[Source], text: str) -> str:
    """The name of the patch that ``text`` numbers or names, an old or a new one."""
    for number, patch in enumerate(patches, 1):
        if text in (str(number), patch.name, patch.name.removesuffix(".patch")):
            return patch.name
    for each in fresh:
        if text in (each.name, each.commit[: max(len(text), 4)]):
            return each.name
    names = ", ".join(f"{number} ({patch.name})" for number, patch in enumerate(patches, 1))
    raise SeriesError(
        f"there is no patch `{text}` to fold into.",
        hint=f"The patches are {names}; a commit of --new can be named as well.",
    )
