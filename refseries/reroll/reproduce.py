# SPDX-License-Identifier: GPL-2.0-or-later
"""A version made again: from the version before, its fixups and its plan, to the same bytes.

What is given: the patches of the version before, the fixups, ``reroll.toml``, and of each patch its
author, date and message. What is made again and compared: every diff, diffstat and index line, and
with the texts the whole files.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from refseries.errors import SeriesError
from refseries.host.scratch import scratch_folder
from refseries.model import Applied, BaseInfo, Series, Target, Version
from refseries.reroll import fold, plan, source
from refseries.reroll.fold import PatchText
from refseries.reroll.source import Source
from refseries.series import apply, format_patch, naming, patches, store

_MAX_LINES = 40


@dataclass(frozen=True)
class Compared:
    """A file of a version beside the one made again; ``difference`` is empty when they are equal.

    Attributes:
        difference: the first lines of a unified diff, or why there is none.
    """

    name: str
    difference: str


@dataclass(frozen=True)
class MadeOf:
    """What a version was made of.

    Attributes:
        onto: the last commit of the version before, over ``base``.
        sources: of that one's patches and of the fixups, by name.
    """

    base: BaseInfo
    version: Version
    plan: plan.Plan
    onto: str
    tip: str
    sources: Mapping[str, Source]


def read(series: Series, base: BaseInfo, cache: Path, name: str) -> MadeOf:
    """What the version ``name`` says that it was made of.

    Raises:
        SeriesError: there is no such version, or it has no fixups or no plan.
        StageError: something does not apply.
    """
    version = store.version(series, name)
    before = store.previous(series, version)
    naming.chain(series, name)  # refuses a version without fixups
    assert before is not None
    if base.of(name).commit != base.of(before.name).commit:
        raise SeriesError(
            f"was moved onto another base than {before.name} since, so its patches are not made of"
            " that and of fixups alone.",
            where=str(version.path),
            hint=f"See what moved: refseries diff {before.name} {name}",
        )
    wanted = version.path / plan.FILE
    if not wanted.is_file():
        raise SeriesError(
            f"has no {plan.FILE}, so nothing says how its patches were made of the fixups.",
            where=str(version.path),
            hint="`refseries reroll` writes one with each version.",
        )
    base = base.of(name)
    planned = plan.load(wanted)
    _check_names(version, before, planned, wanted)
    applied = apply.apply(series, base, Target(before.name), cache)
    chain = apply.apply(series, base, Target(name), cache, by_task=True)
    sources = {each.name: each for each in _sources(base, version, before, applied, chain)}
    return MadeOf(base, version, planned, applied.commit, chain.commit, sources)


def again(series: Series, base: BaseInfo, cache: Path, name: str) -> tuple[Compared, ...]:
    """Make version ``name`` again and compare each of its patches and fixups; nothing is kept.

    Raises:
        SeriesError: there is no such version, or it has no fixups or no plan.
        StageError: something does not apply, or the pieces do not come to the version's files.
    """
    given = read(series, base, cache, name)
    base, version = given.base, given.version
    texts = [
        PatchText(read.author, read.date, read.message)
        for read in map(patches.read, version.patches)
    ]
    folded = fold.fold(base, given.plan, given.sources, texts, series.identity)
    fold.check_tree(base.repo, folded.tree, given.tip)
    number = version.number
    with scratch_folder() as place:
        made = format_patch.write(base.repo, base.commit, folded.commits[-1], place / name, number)
        chain = (given.onto, given.tip, place / "f", number)
        fixups = format_patch.write(base.repo, *chain, fixups=True)
        kept = [*version.patches, *(fixup.patch for fixup in version.fixups)]
        return tuple(_compare(version, kept, (*made, *fixups)))


def _check_names(version: Version, before: Version, planned: plan.Plan, path: Path) -> None:
    names = [each.name for each in planned.patches]
    if planned.onto != before.name or names != [patch.name for patch in version.patches]:
        raise SeriesError(
            f"is not about {version.name} as it stands: it makes {', '.join(names)} out of"
            f" {planned.onto}.",
            where=str(path),
            hint="Bring it up to date, or restore the patches.",
        )


def _sources(
    base: BaseInfo, version: Version, before: Version, applied: Applied, chain: Applied
) -> Iterator[Source]:
    yield from source.of_version(applied, before, base.commit)
    commits = chain.commits[len(before.patches) :]
    parents = [applied.commit, *(commit.commit for commit in commits)]
    for commit, parent, fixup in zip(commits, parents, version.fixups, strict=False):
        yield source.read(applied.repo, commit.commit, parent, fixup.task, fixup.addresses)


def _compare(version: Version, kept: list[Path], made: tuple[Path, ...]) -> Iterator[Compared]:
    for old, new in zip(kept, made, strict=True):
        name = str(old.relative_to(version.path))
        before, after = old.read_bytes(), new.read_bytes()
        difference = "" if before == after else _difference(before, after, name)
        yield Compared(name, difference)


def _difference(before: bytes, after: bytes, name: str) -> str:
    old, new = (data.decode("utf-8", "replace").splitlines() for data in (before, after))
    lines = difflib.unified_diff(old, new, name, f"{name} made again", lineterm="")
    shown = "\n".join(itertools.islice(lines, _MAX_LINES))
    return shown or "the same lines, but other bytes at their ends"
