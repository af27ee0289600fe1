# SPDX-License-Identifier: GPL-2.0-or-later
"""The base that one version has of its own: found in a repository, named, and written down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError
from refseries.git import alternates, releases, revisions
from refseries.host.homes import at_home
from refseries.kernel import base as bases
from refseries.model import BaseInfo, OwnBase, Series


def at(base: BaseInfo, ref: str) -> BaseInfo:
    """The kernel that ``ref`` names in the repository of ``base``.

    Raises:
        SeriesError: there is no such commit, or it is no kernel.
    """
    commit = revisions.commit_of(base.names, ref)
    if commit is None:
        raise SeriesError(
            f"there is no commit `{ref}`.",
            where=str(base.repo),
            hint="Fetch it, or name a kernel tree that has it with --tree.",
        )
    found = bases.describe(base.repo, commit, base.source)
    return replace(found, work_tree=base.work_tree)


def in_tree(base: BaseInfo, ref: str, tree: Path | None) -> BaseInfo:
    """As ``at``, of a git tree of the user's, whose commits the repository of ``base`` sees then.

    Args:
        tree: None for the repository of ``base`` itself.

    Raises:
        SeriesError: there is no such commit, it is no kernel, or the repository cannot see it.
    """
    if tree is None:
        return at(base, ref)
    commit, repo = revisions.commit_of(tree, ref), git.git_dir(tree)
    if commit is not None and base.source != "tree" and repo != base.repo.resolve():
        alternates.link(base.repo, repo)
    return at(base, commit or ref)


def called(base: BaseInfo) -> str:
    """``base`` by the nearest release: ``v6.13``, ``v6.13-rc2-35-gabcdef012345``; empty if none."""
    words = ("describe", "--tags", "--abbrev=12", *releases.MATCH, base.commit)
    # A commit of another tree has its tags there; that tree may be gone.
    for repo in (base.repo, *(each for each in alternates.linked(base.repo) if each.is_dir())):
        if name := git.git(repo, *words, check=False).stdout.strip():
            return name
    return ""


def in_words(base: BaseInfo) -> str:
    """``v6.13``, or the release and the commit where no tag is near; and what lies over it."""
    if base.under is not None:
        return f"{in_words(base.under)} with {', '.join(base.depends)}"
    return called(base) or f"Linux {base.release}, commit {base.commit[:12]}"


def own(series: Series, home: BaseInfo, base: BaseInfo, tree: Path | None = None) -> OwnBase | None:
    """What a version.toml says of ``base``; None where it is that of the series.

    Args:
        home: the base of the series.
        tree: where ``base`` is from, if not from the repository that it is in.
    """
    base = base.under or base
    if base.commit == home.commit:
        return None
    named = at_home(tree.absolute()) if tree else _tree_of(series, base)
    return OwnBase(base.release, base.commit, called(base), named)


def _tree_of(series: Series, base: BaseInfo) -> str:
    """The git tree to find ``base`` in, as a file says it; empty for that of the series."""
    if base.source != "tree":
        return ""
    known = series.base.tree
    if known is not None and known.is_dir() and git.git_dir(known) == base.repo.resolve():
        return ""
    return at_home(base.repo.parent if base.repo.name == ".git" else base.repo)
