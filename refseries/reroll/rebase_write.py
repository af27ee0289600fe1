# SPDX-License-Identifier: GPL-2.0-or-later
"""A rebased version put into the series: in its place, or as the next one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import tomlkit

from refseries import git
from refseries.errors import StageError
from refseries.importing.write import keep_notes
from refseries.kernel import version_base
from refseries.model import BaseInfo, Commit, Series, Target, Version, number_of
from refseries.reroll import files
from refseries.reroll.rebase_state import RebasedPatch, RebaseState
from refseries.series import apply, format_patch, in_place, patches, store
from refseries.series import cover as covers

_REBASED = re.compile(r"^- Rebased onto [^\n]*\n", re.M)


def write(
    series: Series, home: BaseInfo, cache: Path, onto: BaseInfo, state: RebaseState, when: datetime
) -> Version:
    """Write the version that ``state`` comes to, all of it or nothing.

    Args:
        onto: the new base, in the repository that has the commits.
        when: the date of a next version; one that moves keeps its own.

    Raises:
        StageError: what was written does not come to the trees that were meant.
        SeriesChangedError: another refseries changed the series meanwhile.
    """
    with store.changing(series) as (current, change):
        store.check_unchanged(series)
        old = store.version(current, state.version)
        if store.digest(old) != state.digest:
            raise StageError(
                f"{old.name} was changed meanwhile.",
                where=str(old.path),
                hint="Nothing was written; run it again.",
            )
        new = change.folder / state.name
        earlier = [home.of(each.name) for each in current.before(number_of(state.name))]
        moved = not earlier or earlier[-1].commit != onto.commit
        lines = [f"- Rebased onto {version_base.in_words(onto)}."] if moved else []
        lines += [f"- Without `{each.subject}`: {each.why}." for each in state.done if each.why]
        version = _fill(new, old, onto, state, when, current.depends, lines)
        _check(current, home, cache, onto, version, state)
        place = series.root / "series" / state.name
        in_place.put(change, new, place, old)
        change.commit()
        return store.load_version(place)


def _fill(
    new: Path,
    old: Version,
    onto: BaseInfo,
    state: RebaseState,
    when: datetime,
    depends: tuple[str, ...],
    lines: Sequence[str],
) -> Version:
    """The folder of the version as it shall be.

    Args:
        depends: what the series says.
        lines: of the changelog.
    """
    moves = state.name == state.version
    number = number_of(state.name)
    if moves:
        shutil.copytree(old.path, new)
        for patch in old.patches:
            (new / patch.relative_to(old.path)).unlink()
    else:
        new.mkdir()
    made = format_patch.write(onto.repo, onto.commit, state.tip, new, number)
    kept = [each for each in state.done if each.commit]
    for path, each in zip(made, kept, strict=True):
        keep_notes(path, patches.read(old.patches[each.number - 1]).below)
    if moves:
        _move_toml(new / "version.toml", made, state, pinned=bool(old.depends or depends))
        cover = new / old.cover.name
        said = cover.read_text(encoding="utf-8")
        cover.write_text(_told(said, number, lines), encoding="utf-8")
        return store.load_version(new)
    version = Version(
        name=state.name,
        number=number,
        path=new,
        date=when.replace(microsecond=0),
        patches=made,
        cover=new / "cover.md",
        base=state.own,
        depends=state.depends,
    )
    said = old.cover.read_text(encoding="utf-8")
    changes = "\n".join([f"Changes in {state.name}:", "", *lines])
    version.cover.write_text(files.cover(said, changes), encoding="utf-8")
    files.write_version(version, pinned=bool(old.depends or depends))
    return store.load_version(new)


def _move_toml(path: Path, made: Sequence[Path], state: RebaseState, *, pinned: bool) -> None:
    """Say of the patches what they are called now, and of the base which it is; keep the rest.

    Args:
        pinned: say what is below as well, were it nothing.
    """
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    names = tomlkit.array()
    names.extend(each.name for each in made)
    document["patches"] = names.multiline(len(made) > 1)
    document.pop("base", None)
    if pinned:
        document.pop("depends", None)
        document["depends"] = list(state.depends)
    if state.own is not None:
        document["base"] = store.base_table(state.own)
    path.write_text(tomlkit.dumps(document), encoding="utf-8")


def _told(cover: str, number: int, lines: Sequence[str]) -> str:
    """``cover`` whose changelog of that version, where it has one, begins with ``lines``.

    What it said of an earlier move goes.
    """
    heads = {int(head[1]): head for head in covers.CHANGES.finditer(cover)}
    if number not in heads:
        return cover
    at = heads[number].end()
    end = min((head.start() for head in heads.values() if head.start() > at), default=len(cover))
    section = _REBASED.sub("", cover[at:end])
    items = section.lstrip("\n")
    blank = section[: len(section) - len(items)]
    return cover[:at] + blank + "".join(f"{line}\n" for line in lines) + items + cover[end:]


def _check(
    series: Series,
    home: BaseInfo,
    cache: Path,
    onto: BaseInfo,
    version: Version,
    state: RebaseState,
) -> None:
    """Apply what was written, and compare what it comes to."""
    others = tuple(each for each in series.versions if each.name != version.name)
    extended = replace(series, versions=(*others, version))
    own = tuple(pair for pair in home.own if pair[0] != version.name)
    base = replace(home, repo=onto.repo, own=(*own, (version.name, onto)))
    applied = apply.apply(extended, base, Target(version.name), cache)
    tree = git.tree_of(onto.repo, state.tip)
    if applied.tree != tree:
        raise StageError(
            "the patches, written down, come to another tree than the rebase.",
            where=version.name,
            hint="Nothing was written. Please report it with the version.",
        )


def commits(kept: Sequence[RebasedPatch]) -> tuple[Commit, ...]:
    """Those over the new base, for a range-diff."""
    return tuple(Commit(each.commit, "", each.subject) for each in kept)
