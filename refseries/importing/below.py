# SPDX-License-Identifier: GPL-2.0-or-later
"""What a draft depends on: told by its author or by the series, and laid over its base."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError, StageError
from refseries.importing import base_match
from refseries.importing.draft import ImportDraft
from refseries.kernel import depended, version_base
from refseries.model import BaseInfo, Series
from refseries.series import depends
from refseries.series.depends import Dependency


@dataclass(frozen=True)
class Below:
    """What lies between a base and the patches of one draft.

    Attributes:
        wanted: names of dependencies that the project has, the lowest first.
        needed: whether it cannot be without them: its author names them.
        lost: what its author names as well, and the project does not have; there only where the
            user says what the draft was made on.
    """

    series: Series
    cache: Path
    wanted: tuple[str, ...] = ()
    needed: bool = False
    lost: tuple[str, ...] = ()

    def over(self, grounds: Sequence[BaseInfo], draft: ImportDraft) -> Iterator[BaseInfo]:
        """``grounds`` with what is wanted over each; and as they are, where that may be.

        Raises:
            StageError: what is needed applies over none of them.
        """
        if draft.tree and self.wanted:
            yield from self._of_commits(grounds[0], draft)
            return
        laid, error = self._laid(grounds)
        if self.needed and not laid and error:
            raise error
        every = laid if self.needed else [*laid, *grounds] if self.wanted else list(grounds)
        files = base_match.preimages(draft.patches)
        if self.wanted:  # those whose files are the ones that the patches start from go first
            every.sort(key=lambda base: not base_match.holds(base, files))
        yield from every

    def _laid(self, grounds: Sequence[BaseInfo]) -> tuple[list[BaseInfo], StageError | None]:
        first: StageError | None = None
        laid: list[BaseInfo] = []
        for ground in grounds if self.wanted else ():
            try:
                laid.append(depended.over(self.series, ground, self.wanted, self.cache))
            except StageError as error:
                first = first or error
        return laid, first

    def _of_commits(self, named: BaseInfo, draft: ImportDraft) -> Iterator[BaseInfo]:
        """What commits stand on: the dependencies, as many commits lower, or else what is there.

        Raises:
            StageError: their author says that they depend on something that is not below them.
        """
        count = sum(map(len, (each.patches for each in self._found())))
        lower = git.resolve(named.repo, f"{named.commit}~{count}")
        grounds = [version_base.at(named, lower)] if lower else []
        for base in self._laid(grounds)[0]:
            if base.tree == named.tree:
                yield base
                return
        if self.needed:
            raise StageError(
                f"it depends on {', '.join(self.wanted)}, and its commits do not stand on that.",
                where=draft.source,
                hint="Nothing was written. Rebase the branch onto the dependency's commits.",
            )
        yield named

    def _found(self) -> tuple[Dependency, ...]:
        return depends.find(self.series.root, self.wanted)

    def remark(self, base: BaseInfo) -> str:
        """What is to be said of a draft that was made on ``base``; empty for nothing."""
        if self.lost:
            return (
                f"it depends on {', '.join(self.lost[:20])}, taken to be in the base that was named"
            )
        if self.wanted and not base.depends:
            return f"it does not stand on {', '.join(self.wanted)}, which the series depends on"
        return ""


def below_of(
    series: Series, home: BaseInfo, draft: ImportDraft, cache: Path, told: BaseInfo | None
) -> Below:
    """What ``draft`` depends on, by its author's word, else by that of the series.

    Args:
        home: a base, whose repository git is asked in.
        told: what the user says that it was made on; it may have all of it.

    Raises:
        SeriesError: the project does not have it.
    """
    if not draft.prerequisites:
        found = depends.find(series.root, series.depends)
        return Below(series, cache, tuple(each.name for each in found))
    wanted, lost = _matched(depends.load(series.root), draft.prerequisites)
    if lost and told is None:
        first = lost[0].partition(": ")[2]
        source = shlex.quote(f"<{first}>") if "@" in first else "SOURCE"
        raise SeriesError(
            f"it depends on {lost[0]}, which the project does not have.",
            where=draft.source,
            hint=f"Nothing was written. Bring that first: refseries depend {source}. Or name a "
            "commit that has it, as what this was made on, with --base-ref.",
            detail="\n".join(lost[1:20]),
        )
    return Below(series, cache, wanted, bool(wanted) and told is None, lost)


def _matched(
    known: Sequence[Dependency], prerequisites: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The dependencies that ``prerequisites`` name, in their order, and what none of them is.

    One that is named by its patches has to have all of them there, and no other.
    """
    given = {each.partition(": ")[2] for each in prerequisites if each.startswith("patch-id")}
    whole = [each for each in known if each.patch_ids and given.issuperset(each.patch_ids)]
    found: dict[str, None] = {}
    lost: list[str] = []
    for each in prerequisites:
        kind, _, name = each.partition(": ")
        if kind == "patch-id":
            fits = [one for one in whole if name in one.patch_ids]
        else:
            fits = [one for one in known if name in one.names]
        if any(one.name in found for one in fits):
            continue
        if len(fits) > 1:  # several versions of one series: its patches tell which
            fits = [one for one in fits if one in whole] or fits
        if len(fits) == 1:
            found[fits[0].name] = None
        else:
            lost.append(each)
    return tuple(found), tuple(lost)
