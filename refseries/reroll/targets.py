# SPDX-License-Identifier: GPL-2.0-or-later
"""Into which patch a fixup goes: as told, as its subject says, or as git blame knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError
from refseries.git.lines import blamed, differing
from refseries.reroll.source import Source

NEW = ""
"""Stands for a patch of its own where the name of a patch is asked for."""


@dataclass(frozen=True)
class FixupTarget:
    """Where a fixup goes; ``into`` is the patch's source, the fixup's own for a new patch."""

    fixup: Source
    into: Source
    why: str


def choose(
    repo: Path, patches: Sequence[Source], fixups: Sequence[Source], told: Mapping[str, str]
) -> tuple[FixupTarget, ...]:
    """Find the target of each fixup.

    Args:
        patches: of the version before, in order.
        fixups: the commits on top, in order.
        told: for ids of commits, the name of a patch, or NEW.

    Raises:
        SeriesError: a target is not clear; names the commit, and the patches it could be.
    """
    choices: list[FixupTarget] = []
    for fixup in fixups:
        fresh = [choice.fixup for choice in choices if choice.into is choice.fixup]
        choices.append(_choose(repo, [*patches, *fresh], choices, fixup, told))
    return tuple(choices)


def _choose(
    repo: Path,
    patches: Sequence[Source],
    before: Sequence[FixupTarget],
    fixup: Source,
    told: Mapping[str, str],
) -> FixupTarget:
    if fixup.commit in told:
        name = told[fixup.commit]
        if name == NEW:
            return FixupTarget(fixup, fixup, "a patch of its own, as told")
        into = next(patch for patch in patches if patch.name == name)
        return FixupTarget(fixup, into, "as told")
    if fixup.aim:
        return FixupTarget(fixup, _aimed(patches, before, fixup), "its subject says so")
    owners = {patch.commit: patch for patch in patches}
    owners |= {choice.fixup.commit: choice.into for choice in before}
    found, why = _touched(repo, patches[0].parent, fixup, owners)
    if len(found) == 1:
        return FixupTarget(fixup, next(iter(found.values())), why)
    raise _unclear(fixup, list(found.values()), patches)


def _aimed(patches: Sequence[Source], before: Sequence[FixupTarget], fixup: Source) -> Source:
    """The patch whose subject ``fixup`` names; as for git, the beginning of it is enough."""
    earlier = {choice.fixup.subject: choice.into for choice in before}
    subjects = [*((patch.subject, patch) for patch in patches), *earlier.items()]
    exact = [patch for subject, patch in subjects if subject == fixup.aim]
    near = [patch for subject, patch in subjects if subject.startswith(fixup.aim)]
    found = {patch.name: patch for patch in exact or near}
    if len(found) != 1:
        raise _unclear(fixup, list(found.values()), patches)
    return next(iter(found.values()))


def _unclear(fixup: Source, found: Sequence[Source], patches: Sequence[Source]) -> SeriesError:
    short = fixup.commit[:12]
    if found:
        what = f"could go into {' or '.join(patch.name for patch in found)}"
    elif fixup.aim:
        what = "names a patch that is not there"
    else:
        what = "touches nothing that a patch of the series made"
    return SeriesError(
        f"{what}.",
        where=f"{short} {fixup.subject}",
        hint=f"Say which: --into {short}={(found or patches)[0].name}, or --new {short}.",
    )


def _touched(
    repo: Path, base: str, fixup: Source, owners: Mapping[str, Source]
) -> tuple[dict[str, Source], str]:
    """The patches that last touched what ``fixup`` changes, by name, and how that is known."""
    found: dict[str, Source] = {}
    why = "the patch that touched these lines last"
    for name in git.changed_paths(repo, fixup.parent, fixup.commit):
        exact, near = _lines(repo, base, fixup, name)
        blamed = [_owners_of(repo, base, fixup, name, lines, owners) for lines in (exact, near)]
        owned = blamed[0] or blamed[1]
        if not blamed[0]:
            why = "the patch that touched the lines around these last"
        if not owned:
            why = "the only patch that touches these files"
            owned = _owners_of_file(repo, name, owners)
        found |= owned
    return found, why


def _lines(
    repo: Path, base: str, fixup: Source, name: str
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Ranges of lines of the file before ``fixup``: those it takes away, and those next to it."""
    exact, near = [], []
    for block in differing(repo, fixup.parent, fixup.commit, name):
        if block.count:
            exact.append((block.start, block.start + block.count - 1))
            near.append((max(block.start - 1, 1), block.start + block.count))
        else:  # what is added stands behind its line
            near.append((max(block.start, 1), block.start + 1))
    return exact, near


def _owners_of(
    repo: Path,
    base: str,
    fixup: Source,
    name: str,
    ranges: Sequence[tuple[int, int]],
    owners: Mapping[str, Source],
) -> dict[str, Source]:
    """The patches that git blame names for ``ranges``, by name."""
    if not ranges:
        return {}
    commits = {line.commit for line in blamed(repo, base, fixup.parent, name, ranges)}
    return {owners[each].name: owners[each] for each in commits if each in owners}


def _owners_of_file(repo: Path, name: str, owners: Mapping[str, Source]) -> dict[str, Source]:
    return {
        patch.name: patch
        for commit, patch in owners.items()
        if name in git.changed_paths(repo, f"{commit}^", commit)
    }
