# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a branch left the kernel that it was made on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from refseries import git
from refseries.git import releases
from refseries.git.identity import committer_of
from refseries.model import BaseInfo

# What others commit to, as a rule: nobody's series ends in one of these.
_TRUNKS = ("refs/remotes/*/HEAD", "refs/remotes/*/master", "refs/remotes/*/main")
_LOCAL_TRUNKS = ("refs/heads/master", "refs/heads/main")


def base_of_branch(base: BaseInfo, name: str, tip: str, named: str = "") -> str | None:
    """The last commit of the branch that is not the series' own; None where nothing tells.

    It is the nearest of: the bases that the series has, the newest release below, what the branch
    follows, and the trunks of the repository; where the patches that the series depends on are
    right above it, the last of those.

    Args:
        base: of the series, with those of its versions.
        name: of the branch, as the user gives it.
        tip: its last commit.
        named: what its tracking data says that it was made on; it counts alone where it is there.
    """
    if named and (found := _fork(base, named, tip)) not in (None, tip):
        return found
    nearest, fewest = None, -1
    for ref in dict.fromkeys(_candidates(base, name, tip)):
        found = _fork(base, ref, tip)
        if found is None or found == tip:
            continue  # not related, or the branch itself under another name
        count = int(git.git(base.repo, "rev-list", "--count", f"{found}..{tip}", "--").stdout)
        if fewest < 0 or count < fewest:
            nearest, fewest = found, count
    return _above_depends(base, nearest, tip) if nearest else None


def _above_depends(base: BaseInfo, since: str, tip: str) -> str:
    """``since``, or the last of the commits right above it that the series depends on."""
    for known in (base, *(own for _version, own in base.own)):
        if known.depends:
            # As git cherry does it, by patch-ids: "- ID" is there in the same form, "+ ID" is not.
            listed = git.git(base.repo, "cherry", known.commit, tip, since).stdout.splitlines()
            theirs = list(itertools.takewhile(lambda line: line.startswith("-"), listed))
            if theirs and len(theirs) < len(listed):
                return theirs[-1].split()[1]
    return since


def _candidates(base: BaseInfo, name: str, tip: str) -> Iterator[str]:
    yield base.commit
    yield from (own.commit for _version, own in base.own)
    # A tag at the tip is a release of the branch itself.
    told = git.git(
        base.repo, "describe", "--tags", "--abbrev=0", *releases.MATCH, f"{tip}~", check=False
    )
    if release := told.stdout.strip():
        yield f"refs/tags/{release}"
    followed = git.git(base.repo, "config", "--get", f"branch.{name}.merge", check=False).stdout
    upstream = f"{name}@{{upstream}}"
    own = followed.strip() == f"refs/heads/{name}"
    if followed.strip() and not (own and _is_copy(base, upstream, tip)):
        yield upstream
    trunks = git.git(base.repo, "for-each-ref", "--format=%(refname)", *_TRUNKS, *_LOCAL_TRUNKS)
    yield from (ref for ref in trunks.stdout.split() if ref != f"refs/heads/{name}")


def _is_copy(base: BaseInfo, upstream: str, tip: str) -> bool:
    """Whether a branch was pushed to ``upstream``: whoever committed its tip did so there, too."""
    found = _fork(base, upstream, tip)
    return found is not None and committer_of(base.repo, found) == committer_of(base.repo, tip)


def _fork(base: BaseInfo, ref: str, tip: str) -> str | None:
    if (start := git.resolve(base.names, ref)) is None:
        return None
    return git.merge_base(base.repo, start, tip) or None
