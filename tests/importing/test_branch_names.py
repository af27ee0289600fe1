# SPDX-License-Identifier: GPL-2.0-or-later
"""Branches called as something else is, and HEAD, in a tree of several work trees."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import toy_releases
from toy import Toy
from toy_import import CHANGE_ID, COVER, TRACKING, bring_in

from refseries.errors import SeriesError
from refseries.host import proc
from refseries.series import store

Refseries = Callable[..., proc.Completed]
IN_TREE = {"REFSERIES_TREE": ""}


@pytest.fixture
def topic(toy: Toy) -> Toy:
    """Two commits over 6.13 on a branch; another branch is checked out."""
    toy_releases.add(toy)
    toy_releases.branch(toy, "topic", "6.13", *toy_releases.change("6.13"))
    for name, value in (("name", "Nora"), ("email", "nora@example.org")):
        toy.git("config", f"user.{name}", value)
    return toy


def _count(toy: Toy, source: str) -> int:
    (found,) = bring_in(toy, source, "v3").brought
    assert found.version.base is not None
    assert found.version.base.ref == "v6.13"
    return len(found.commits)


def test_a_tag_of_the_same_name_is_not_what_is_imported(topic: Toy, refseries: Refseries) -> None:
    topic.git("tag", "topic", "v6.13")
    with pytest.raises(SeriesError, match="a tag and a branch are called `topic`"):
        bring_in(topic, "v6.13..topic", "v3")
    assert _count(topic, "topic") == 2
    topic.git("checkout", "-q", "refs/heads/topic")
    topic.git("symbolic-ref", "HEAD", "refs/heads/topic")
    done = refseries("init", env=IN_TREE, cwd=topic.tree)
    assert done.returncode == 0, done.stderr
    series = store.load(topic.tree)
    assert (series.name, [len(each.patches) for each in series.versions]) == ("topic", [2])


@pytest.mark.parametrize("name", ["nora@work", "mm@home.org/v2", "v4", "base", "work", "refs/x"])
def test_a_branch_may_be_called_as_anything(topic: Toy, name: str) -> None:
    topic.git("branch", name, "topic")
    assert _count(topic, name) == 2


def test_a_commit_is_found_by_what_its_message_says(topic: Toy, refseries: Refseries) -> None:
    last = topic.git("log", "-1", "--format=%s", "topic")
    assert _count(topic, f"v6.13..:/{last}") == 2
    topic.git("checkout", "-q", "topic")
    for name in (f":/{last[3:]}", "HEAD^{/toy}"):
        done = refseries("diff", "v3", name)
        assert done.returncode == 0, done.stderr
    done = refseries("import", f":/{last}", "--as", "v4")
    assert done.returncode == 0, done.stderr
    assert "neither a version" in refseries("diff", "v3", ":/such a thing").stderr


@pytest.mark.parametrize("name", ["topic", "refs/heads/topic", "HEAD", "@"])
def test_what_b4_keeps_of_a_branch_is_found_by_each_of_its_names(topic: Toy, name: str) -> None:
    topic.git("config", "branch.topic.b4-tracking", json.dumps(TRACKING))
    topic.git("config", "branch.topic.description", COVER)
    topic.git("checkout", "-q", "topic")
    (found,) = bring_in(topic, name).brought
    assert (found.version.name, found.version.change_id) == ("v3", CHANGE_ID)


@pytest.mark.parametrize("source", ["HEAD", "v6.13..HEAD", "v6.13..", "@~0"])
def test_head_is_that_of_the_work_tree(
    topic: Toy, refseries: Refseries, tmp_path: Path, source: str
) -> None:
    linked = tmp_path / "linked"
    topic.git("worktree", "add", "-q", str(linked), "topic")
    env = {"REFSERIES_TREE": str(linked)}
    done = refseries("import", source, "--as", "v3", env=env)
    assert done.returncode == 0, done.stderr
    assert len(topic.series().versions[-1].patches) == 2
    shown = refseries("diff", "v3", "v6.13..HEAD", env=env)
    assert "Nothing is different." in shown.stdout
    done = refseries("init", "--from", source, env=IN_TREE, cwd=linked)
    assert done.returncode == 0, done.stderr
    (version,) = store.load(linked).versions
    assert len(version.patches) == 2


def test_a_branch_without_a_commit_is_named(topic: Toy) -> None:
    topic.git("symbolic-ref", "HEAD", "refs/heads/unborn")
    with pytest.raises(SeriesError, match="there is no commit `HEAD`"):
        bring_in(topic, "v6.13..", "v3")


def test_diff_takes_a_branch_that_is_called_as_a_folder(topic: Toy, refseries: Refseries) -> None:
    topic.git("branch", "series", "v6.12.117")
    done = refseries("diff", "v2", "series")
    assert done.returncode == 0, done.stderr
    assert "v2 → base" in done.stdout
