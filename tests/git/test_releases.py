# SPDX-License-Identifier: GPL-2.0-or-later
"""Which tags are releases: the name tells, and git is told the same in its own words."""

from __future__ import annotations

from toy import Toy

from refseries import git
from refseries.git import releases

RELEASES = (
    "v2.6.11", "v2.6.32.71", "v2.6.39-rc7", "v3.0", "v6.12", "v6.12.117", "v6.13-rc1",
    "v6.14-rc10", "v6.14-rt3", "v6.12.8-rt7", "v5.10.247-rt141", "v6.14-rc3-rt2",
    "next-20261127",
)  # fmt: skip
OTHERS = (
    "v2", "v12", "v6", "v6.14-mytree.1", "v6.12.1-foo", "v6.14-1", "v6.14-2-toys", "v6.13-rc",
    "v6.13-rt", "v6.13-rcu1", "v6.13-rc1-foo", "v6.13-rc1.2", "v6.13-r1", "v6.13-c1", "v6.14rc1",
    "v6.14.t1", "v6.13.y", "v6.6-android15-8", "v6.13/one.1", "sent/v6.13-rc1", "backup-v6.13",
    "next-try", "next-20261127.1", "next-20261127-toys", "nextv6.1", "V6.13", "Ubuntu-6.8.0-45.45",
)  # fmt: skip


def tagged(toy: Toy) -> dict[str, str]:
    """A commit for each of these names, which is a tag of it."""
    tree = toy.git("rev-parse", "HEAD^{tree}")
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    found = {}
    for name in (*RELEASES, *OTHERS):
        found[name] = toy.git(*identity, "commit-tree", "-m", name, tree)
        toy.git("update-ref", f"refs/tags/{name}", found[name])
    return found


def test_git_is_told_what_the_name_says(toy: Toy) -> None:
    toy.git("tag", "--delete", "v6.12.117")
    commits = tagged(toy)
    assert [name for name in commits if releases.is_release(name)] == list(RELEASES)
    assert sorted(releases.listed(toy.tree)) == sorted(RELEASES)
    left = toy.git("rev-list", "--no-walk=unsorted", *releases.REVS).split()
    assert set(left) == {commits[name] for name in RELEASES}
    for name, commit in commits.items():
        words = ("describe", "--tags", "--exact-match")
        told = git.git(toy.tree, *words, *releases.MATCH, commit, check=False).stdout.strip()
        assert told == (name if name in RELEASES else "")
        told = git.git(toy.tree, *words, *releases.LASTING, commit, check=False).stdout.strip()
        assert told == (name if name in RELEASES and name.startswith("v") else "")
