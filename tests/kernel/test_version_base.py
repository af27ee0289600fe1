# SPDX-License-Identifier: GPL-2.0-or-later
"""A base out of another tree than that of the series, by its name there."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import toy_releases
from toy import Toy

from refseries.kernel import version_base


def test_a_commit_of_another_tree_is_called_by_the_tag_that_it_has_there(
    toy: Toy, tmp_path: Path
) -> None:
    # As with a base that came out of a package: the repository is ours, and has no tags.
    home = replace(toy.base(), source="package", repo=tmp_path / "ours.git")
    toy.git("clone", "--quiet", "--bare", "--no-tags", str(toy.tree), str(home.repo))
    commits = toy_releases.add(toy)
    own = version_base.in_tree(home, "v6.13", toy.tree)
    assert (own.repo, own.commit) == (home.repo, commits["6.13"])
    assert version_base.in_words(own) == "v6.13"
    named = version_base.own(toy.series(), home, own, toy.tree)
    assert (named and named.ref, named and named.tree) == ("v6.13", str(toy.tree))
    shutil.rmtree(toy.tree)
    assert version_base.called(own) == ""
