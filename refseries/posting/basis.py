# SPDX-License-Identifier: GPL-2.0-or-later
"""What the patches of a version were made on, told so that a maintainer can get it, too."""

from __future__ import annotations

import re
from pathlib import Path

from refseries import git
from refseries.git import releases
from refseries.host.text import counted
from refseries.mail import address
from refseries.model import BaseInfo, Series
from refseries.series import depends, letter
from refseries.series.depends import Dependency

MARK = "base-commit: "

_DESCRIBED = re.compile(r"(?P<tag>.+)-(?P<more>\d+)-g[0-9a-f]+")


def base_lines(series: Series, base: BaseInfo) -> str:
    """``base-commit: …`` where others have the commit; else what they can use instead.

    A commit that the base was imported into from a package or a tarball is nobody else's, nor is
    one that the user made. b4 reads anything hexadecimal behind the word, so it is not used then.
    What lies over it, and below the series, is named in words and, as git format-patch and b4 do
    it, for programs.
    """
    if base.under is None:
        return _ground(series, base)
    needed = depends.find(series.root, base.depends)
    return "\n".join(
        [in_words(series, base), _ground(series, base.under), *map(_prerequisites, needed)]
    )


def in_words(series: Series, base: BaseInfo) -> str:
    """A line for each series that lies below this one; empty where none does."""
    return "\n".join(map(_named, depends.find(series.root, base.depends)))


def _named(each: Dependency) -> str:
    number = f" v{each.version}" if each.version else ""
    where = f", {address.archived(each.message_id)}" if each.message_id else ""
    patches = counted(len(each.patches), "patch", "patches")
    title = " ".join(each.title.split())[:200]
    return f'{letter.DEPENDS}"{title}"{number} ({patches}){where}'


def _prerequisites(each: Dependency) -> str:
    named = []
    if each.change_id:
        number = f":v{each.version}" if each.version else ""
        named.append(f"prerequisite-change-id: {each.change_id}{number}")
    if each.message_id:
        named.append(f"prerequisite-message-id: <{each.message_id}>")
    named += [f"prerequisite-patch-id: {patch_id}" for patch_id in each.patch_ids]
    return "\n".join(named)


def _ground(series: Series, base: BaseInfo) -> str:
    if base.source != "tree":
        where = f"the package {series.base.package}" if base.source == "package" else "its tarball"
        return (
            f"Based on Linux {base.release} (tag v{base.release} of the stable tree), as {where}\n"
            "has it. There is no base-commit for that; `b4 am -g` finds a commit that fits."
        )
    if is_public(base.repo, base.commit):
        return f"{MARK}{base.commit}"
    return (
        f"Based on {_nearest(base)} in the sender's own tree.\n"
        "There is no base-commit that others have; `b4 am -g` finds a commit that fits."
    )


def is_public(repo: Path, commit: str) -> bool:
    """Whether others can have ``commit``: a release tag or a remote-tracking branch holds it."""
    if releases.listed(repo, f"--points-at={commit}"):
        return True  # as a rule; the walk below may go through years of history
    words = ("rev-list", "--max-count=1", commit, "--not", *releases.REVS, "--remotes")
    left = git.git(repo, *words).stdout
    return not left


def _nearest(base: BaseInfo) -> str:
    """The release that ``base`` goes on from: ``v6.12.40 and 3 commits more``."""
    words = ("describe", "--tags", "--long", *releases.LASTING, base.commit)
    told = git.git(base.repo, *words, check=False).stdout
    found = _DESCRIBED.fullmatch(told.strip())
    if found is None:
        return f"Linux {base.release}"
    return f"{found['tag']} and {found['more']} commit{'' if found['more'] == '1' else 's'} more"
