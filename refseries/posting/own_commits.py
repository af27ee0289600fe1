# SPDX-License-Identifier: GPL-2.0-or-later
"""The patches of a version as commits that others shall have: whoever sends signs them off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from refseries import git
from refseries.git import identity
from refseries.model import Applied, BaseInfo, Identity, Series, Version
from refseries.posting import compose
from refseries.series.patches import Patch


def over(
    series: Series,
    applied: Applied,
    tip: str,
    read: Sequence[Patch],
    user: Identity,
    envs: Sequence[Mapping[str, str]],
) -> str:
    """Commits of ``read`` over ``tip``, with the trees of ``applied``; the id of the last.

    Patches whose author stands in for whoever sends become the user's, as ``export`` has it.

    Args:
        envs: for each of them, who commits it, and when.
    """
    for patch, made, env in zip(read, applied.commits, envs, strict=True):
        stands_in = patch.author.email.lower() == series.identity.email.lower()
        author = identity.as_author(user if stands_in else patch.author, patch.date)
        signed = compose.signed_off(patch.message, user)
        tip = git.commit_tree(applied.repo, made.tree, tip, signed, {**env, **author})
    return tip


def as_mailed(
    series: Series,
    base: BaseInfo,
    version: Version,
    read: Sequence[Patch],
    applied: Applied,
    user: Identity,
) -> str:
    """The version as its mails have it; the id of the last commit.

    The same each time, as their dates are the version's own.

    Args:
        base: of the version.
        read: its patches.
    """
    dates = (version.date + timedelta(seconds=each) for each in range(len(read)))
    envs = [identity.as_committer(user, f"@{int(at.timestamp())} +0000") for at in dates]
    return over(series, applied, base.commit, read, user, envs)
