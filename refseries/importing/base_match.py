# SPDX-License-Identifier: GPL-2.0-or-later
"""What patches were made on: told by their author, or by the contents that they start from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from refseries import git
from refseries.git import releases
from refseries.importing.draft import ImportDraft
from refseries.model import BaseInfo
from refseries.series.patches import Patch

_MOST_TAGS, _MOST_FILES = 400, 40
_FILE = re.compile(
    rb"^diff --git a/(?P<path>[^\n\"]+) b/(?P<new>[^\n\"]+)\n"
    rb"(?:(?:old|new|deleted|similarity|dissimilarity|rename|copy) [^\n]*\n)*"
    rb"(?:index (?P<old>[0-9a-f]{7,64})\.\.[0-9a-f]{7,64})?",
    re.M,
)
_NONE = "0000000"


class Fit(StrEnum):
    """How the base at hand goes with patches.

    ``named``: it is the commit that the author names. ``same-files``: every file that the patches
    change is the one that they start from. ``other``: it is neither; the patches apply all the
    same.
    """

    NAMED = "named"
    SAME_FILES = "same-files"
    OTHER = "other"


@dataclass(frozen=True)
class Ground:
    """What a draft stands on.

    Attributes:
        named: the commit that its author names; empty when he names none.
        here: whether that is in the repository.
        told: whether its patches say what they were made on; one that only adds files does not.
    """

    fit: Fit
    named: str
    here: bool
    told: bool = True


def ground_of(base: BaseInfo, draft: ImportDraft) -> Ground:
    """How ``base`` goes with ``draft``."""
    found = git.resolve(base.repo, draft.base_commit) if draft.base_commit else None
    if found == (base.under or base).commit:
        return Ground(Fit.NAMED, draft.base_commit, here=True)
    files = preimages(draft.patches)
    # Where the commits of what the series depends on lie below a branch, it is the end of those.
    same = found is not None and git.tree_of(base.repo, found) == base.tree
    fit = Fit.SAME_FILES if same or holds(base, files) else Fit.OTHER
    return Ground(fit, draft.base_commit, found is not None, bool(files) or same)


def holds(base: BaseInfo, files: Mapping[str, str]) -> bool:
    """Whether ``base`` has every one of ``files``, which ``preimages`` gives; there are some."""
    return bool(files) and _blobs(base.repo, [base.commit], files) == [base.commit]


def guess(base: BaseInfo, draft: ImportDraft) -> str | None:
    """A commit or release tag of the repository that ``draft`` was made on; None if none is found.

    The newest are looked at first.
    """
    if draft.base_commit and git.resolve(base.repo, draft.base_commit):
        return draft.base_commit
    listed = releases.listed(base.repo, "--sort=-version:refname")[:_MOST_TAGS]
    files = preimages(draft.patches)
    return next(iter(_blobs(base.repo, listed, files)), None) if files else None


def preimages(patches: Sequence[Patch]) -> dict[str, str]:
    """Path and abbreviated blob id of the files that ``patches`` start from."""
    found: dict[str, str] = {}
    for patch in patches:
        for match in _FILE.finditer(patch.diff):
            path, new = (match[word].decode("utf-8", "replace") for word in ("path", "new"))
            if match["old"]:
                found.setdefault(path, match["old"].decode())
            # What a patch makes or moves is a file of its own to those behind it.
            found.setdefault(new, _NONE)
    # A file that does not exist yet has an id of zeroes.
    known = {path: old for path, old in found.items() if old.strip("0")}
    return dict(list(known.items())[:_MOST_FILES])


def _blobs(repo: Path, commits: Sequence[str], files: Mapping[str, str]) -> list[str]:
    """Those of ``commits`` that hold every one of ``files``."""
    asked = "".join(f"{commit}:{path}\n" for commit in commits for path in files)
    told = git.git(
        repo, "cat-file", "--batch-check=%(objectname)", stdin=asked.encode()
    ).stdout.splitlines()
    width = len(files)
    return [
        commit
        for at, commit in enumerate(commits)
        if all(
            ours.startswith(theirs)
            for ours, theirs in zip(
                told[at * width : (at + 1) * width], files.values(), strict=True
            )
        )
    ]
