# SPDX-License-Identifier: GPL-2.0-or-later
"""git range-diff of two series of commits, patch by patch, and what kind of change each saw."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from pathlib import Path

from refseries import git
from refseries.model import Applied

# "2:  66f265004 ! 3:  6304739e5 subject"; a patch that is on one side only has "-:  ---------" on
# the other. What stands below a heading is indented by four blanks.
_HEADING = re.compile(
    r" *(?P<old>\d+|-): +(?:[0-9a-f]+|-+) (?P<mark>[=!<>]) +(?P<new>\d+|-): +(?:[0-9a-f]+|-+) "
    r"(?P<subject>.*)"
)
_SECTION = re.compile(r" ## (?P<name>.*) ##")
_HUNK = re.compile(r"@@ ?(?P<name>[^:]*)")

CREATION_FACTOR = 60
"""What git-range-diff(1) has where nothing is said."""

SAME_SERIES = 100
"""For a version and its successor: pairs a patch with the one that it was rewritten into.

git format-patch has 999 from 2.46 on, which also pairs patches that have nothing in common.
"""

EVERYTHING = 999
"""Pairs whatever can be paired."""

_FEW_PAIRS = 2500
"""Pairs of subjects of which it is asked how alike they are; it takes its time."""
_SIMILAR = 0.6
"""How much of two subjects is the same when one patch may have had both."""

_COMPARED = 200
"""Characters of a subject that are compared."""

_MESSAGE, _METADATA, _NOTES = "Commit message", "Metadata", "Notes"


class PairStatus(StrEnum):
    """What became of a patch."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


class PatchPart(StrEnum):
    """What of a changed patch is different.

    ``context`` is lines around the changes that another patch, or another base, made different;
    ``author`` is whose patch it is.
    """

    AUTHOR = "author"
    MESSAGE = "message"
    CODE = "code"
    CONTEXT = "context"


@dataclass(frozen=True)
class PatchPair:
    """A patch of the old series and the one of the new series that git takes for its successor.

    Attributes:
        old, new: numbers from 1; None on the side where there is none.
        parts: of a changed one, in the order of PatchPart.
        text: the lines below the heading, without their indent; empty unless changed.
    """

    old: int | None
    new: int | None
    status: PairStatus
    subject: str
    parts: tuple[PatchPart, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Range:
    """The commits from ``base`` (not among them) to ``tip``, and their subjects, oldest first."""

    base: str
    tip: str
    subjects: tuple[str, ...]

    @classmethod
    def of(cls, applied: Applied) -> Range:
        """What was applied, without what it stands on."""
        subjects = tuple(commit.subject for commit in applied.commits)
        return cls(applied.base, applied.commit, subjects)


_STATUS = {
    "=": PairStatus.UNCHANGED,
    "!": PairStatus.CHANGED,
    ">": PairStatus.NEW,
    "<": PairStatus.GONE,
}
_MARK = {status: mark for mark, status in _STATUS.items()}


def between(
    repo: Path, old: Range, new: Range, creation_factor: int = CREATION_FACTOR
) -> tuple[PatchPair, ...]:
    """What became of each patch of ``old`` in ``new``, in the order in which git shows them.

    Args:
        creation_factor: how different a patch may be from another, in per cent of its size, before
            it is taken for a new one; see git-range-diff(1).

    Raises:
        StageError: git failed.
    """
    if not old.subjects or not new.subjects:  # git takes no empty range
        gone = (PatchPair(n, None, PairStatus.GONE, s) for n, s in enumerate(old.subjects, 1))
        come = (PatchPair(None, n, PairStatus.NEW, s) for n, s in enumerate(new.subjects, 1))
        return (*gone, *come)
    shown = git.on_objects(
        repo, new.tip, "range-diff", "--no-color", "--no-notes", "--no-ext-diff", "--no-textconv",
        f"--creation-factor={creation_factor}",
        f"{old.base}..{old.tip}", f"{new.base}..{new.tip}", "--",
    )  # fmt: skip
    return parse(shown.stdout)


def parse(text: str) -> tuple[PatchPair, ...]:
    """Parse what ``git range-diff --no-color`` prints."""
    pairs: list[PatchPair] = []
    body: list[str] = []
    heading: re.Match[str] | None = None
    for line in (*text.split("\n"), None):
        found = None if line is None or line[:4] == "    " else _HEADING.fullmatch(line)
        if found or line is None:
            if heading:
                pairs.append(_pair(heading, body))
            heading, body = found, []
        elif line:
            body.append(line[4:])
    return tuple(pairs)


def _pair(heading: re.Match[str], body: Sequence[str]) -> PatchPair:
    old, new = (None if n == "-" else int(n) for n in heading.group("old", "new"))
    status = _STATUS[heading["mark"]]
    found = set(_parts(body))
    parts = tuple(part for part in PatchPart if part in found)
    return PatchPair(
        old, new, status, heading["subject"], parts, "".join(f"{line}\n" for line in body)
    )


def _parts(body: Sequence[str]) -> Iterator[PatchPart]:
    """The part that each changed line of a range-diff belongs to.

    A line has two marks: what the two patches make of it, and what the patch does to the file.
    """
    section = ""
    for line in body:
        mark, inner = line[:1], line[1:]
        if mark == "@" and (hunk := _HUNK.match(line)):
            section = hunk["name"]
            continue
        named = _SECTION.fullmatch(inner) if inner[:3] == " ##" else None
        if named:
            section = named["name"]
        if mark not in ("+", "-"):
            continue
        if section == _METADATA:
            yield PatchPart.AUTHOR
        elif section == _MESSAGE:
            yield PatchPart.MESSAGE
        elif section != _NOTES and (inner[:1] in ("+", "-") or named):
            yield PatchPart.CODE
        elif section != _NOTES:
            yield PatchPart.CONTEXT


@dataclass(frozen=True)
class Unpaired:
    """Patches that git takes for gone and new, and would compare by a larger creation factor.

    Attributes:
        creation_factor: the smallest of those that are advised by which it does.
        subjects: of each such patch in the old series and in the new one.
    """

    creation_factor: int
    subjects: tuple[tuple[str, str], ...]


def unpaired(
    repo: Path, old: Range, new: Range, pairs: Sequence[PatchPair], creation_factor: int
) -> Unpaired | None:
    """What a larger creation factor compares of what was rewritten; None where none does.

    It is asked of git: one that compares nothing more is not advised. No factor compares a patch
    without lines.

    Args:
        pairs: by ``creation_factor``.

    Raises:
        StageError: git failed.
    """
    gone = {pair.old: pair.subject for pair in pairs if pair.status is PairStatus.GONE}
    come = {pair.new: pair.subject for pair in pairs if pair.status is PairStatus.NEW}
    names = set(gone.values()) & set(come.values())
    few = len(gone) * len(come) <= _FEW_PAIRS
    alike = few and any(_one_name(one, other) for one in gone.values() for other in come.values())
    if not names and not alike:
        return None
    for larger in (SAME_SERIES, EVERYTHING):
        if larger <= creation_factor:
            continue
        together = tuple(
            (gone[pair.old], come[pair.new])
            for pair in between(repo, old, new, larger)
            if pair.old in gone and pair.new in come
            if gone[pair.old] == come[pair.new]
            or (_one_name(gone[pair.old], come[pair.new]) and _one_file(pair))
        )
        if together:
            return Unpaired(larger, together)
    return None


def _one_name(before: str, after: str) -> bool:
    """Whether two subjects may be those of one patch, which was given another."""
    match = SequenceMatcher(None, before[:_COMPARED].casefold(), after[:_COMPARED].casefold())
    return match.quick_ratio() >= _SIMILAR and match.ratio() >= _SIMILAR


def _one_file(pair: PatchPair) -> bool:
    """Whether both patches change the same file."""
    return any(
        (named := _SECTION.fullmatch(line[1:])) and named["name"] not in (_MESSAGE, _METADATA)
        for line in pair.text.split("\n")
        if line[:1] == " "
    )


def render(pairs: Sequence[PatchPair]) -> str:
    """``pairs`` as git range-diff prints them, without the ids of the commits."""
    width = len(str(max((n for pair in pairs for n in (pair.old, pair.new) if n), default=1)))
    lines = []
    for pair in pairs:
        old, new = (f"{n or '-':>{width}}:" for n in (pair.old, pair.new))
        lines.append(f"{old} {_MARK[pair.status]} {new} {pair.subject}\n")
        lines += [f"    {line}\n" for line in pair.text.split("\n")[:-1]]
    return "".join(lines)
