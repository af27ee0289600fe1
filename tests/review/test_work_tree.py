# SPDX-License-Identifier: GPL-2.0-or-later
"""Where tasks are settled: a branch and a work tree, which take nothing from the user."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import toy as toys
from task_commits import commit, review
from toy import Toy

from refseries.errors import SeriesError, StageError
from refseries.model import BaseInfo
from refseries.review import store, work_branch, work_tree
from refseries.review.model import State
from refseries.review.work_tree import Workplace


def find(toy: Toy, onto: str | None = None, base: BaseInfo | None = None) -> Workplace:
    return work_tree.find(toy.series(), base or toy.base(), toy.cache, onto)


def test_it_is_on_top_of_the_newest_version_and_ready_to_edit(toy: Toy) -> None:
    config = (toy.tree / ".git/config").read_text()
    place = find(toy)
    work_tree.start(place)
    assert place.branch == "refseries/toy/work/v2"
    assert place.worktree == toy.project / ".refseries" / "work" / "v2"
    assert (place.worktree / "mm/toy.c").read_text() == "short toy_create;\n"
    assert toy.git("rev-parse", "HEAD", at=place.worktree) == place.tip
    assert toy.git("symbolic-ref", "HEAD", at=place.worktree) == f"refs/heads/{place.branch}"
    assert toy.git("status", "--porcelain", at=place.worktree) == ""
    # The user's own tree, its branch and settings are as they were.
    assert toy.git("rev-parse", "--abbrev-ref", "HEAD") == "master"
    assert toy.git("status", "--porcelain") == ""
    assert (toy.tree / ".git/config").read_text() == config


def test_a_branch_that_leaves_no_room_for_ours_is_named(toy: Toy) -> None:
    toy.git("branch", "refseries")
    with pytest.raises(StageError, match="no branch `refseries/toy/work/v2` beside the branch `re"):
        work_tree.start(find(toy))


def test_the_project_sees_nothing_of_it(toy: Toy) -> None:
    toy.git("init", "--quiet", at=toy.project)
    work_tree.start(find(toy))
    assert ".refseries" not in toy.git("status", "--porcelain", at=toy.project)


def test_refseries_finds_the_series_and_the_version_from_there(toy: Toy) -> None:
    series = toy.series()
    work_tree.start(find(toy, "v1"))
    inside = toy.project / ".refseries/work/v1/mm"
    assert work_tree.at(series, inside) == "v1"
    assert work_tree.at(series, toy.project) is None
    assert work_tree.at(series, toy.project / ".refseries/work") is None


def test_starting_again_keeps_commits_and_changes(toy: Toy) -> None:
    place = find(toy)
    work_tree.start(place)
    made = commit(toy, place.worktree, "mm: more\n", {"mm/more.c": "int more;\n"})
    (place.worktree / "mm/toy.c").write_text("long toy_create;\n")
    work_tree.start(find(toy))
    assert toy.git("rev-parse", "HEAD", at=place.worktree) == made
    assert (place.worktree / "mm/toy.c").read_text() == "long toy_create;\n"


def test_a_work_tree_that_was_removed_comes_back_with_its_commits(toy: Toy) -> None:
    place = find(toy)
    work_tree.start(place)
    made = commit(toy, place.worktree, "mm: more\n", {"lib/more.c": "int more;\n"})
    shutil.rmtree(place.worktree)
    work_tree.start(place)
    assert toy.git("rev-parse", "HEAD", at=place.worktree) == made
    assert (place.worktree / "lib/more.c").exists()


def test_a_half_made_work_tree_is_made_anew(toy: Toy) -> None:
    place = find(toy)
    place.worktree.mkdir(parents=True)
    (place.worktree / "half").touch()
    place.worktree.with_name("v2.making").touch()
    work_tree.start(place)
    assert not (place.worktree / "half").exists()
    assert toy.git("status", "--porcelain", at=place.worktree) == ""


def test_new_files_are_seen_where_debian_ignores_all_at_the_top(toy: Toy) -> None:
    """Its kernels come with a .gitignore for a repository that holds debian/ alone."""
    toy.at_base()
    ignored = "*.o\n.config\n\n#\n# Debian packaging: all else\n#\n/*\n!/debian/\n"
    toy.commit((toys.ADA, "base kernel\n", {".gitignore": ignored.encode()}))
    commit_id, tree = toy.git("rev-parse", "HEAD", "HEAD^{tree}").split()
    place = find(toy, base=replace(toy.base(), commit=commit_id, tree=tree))
    work_tree.start(place)
    assert toy.git("status", "--porcelain", at=place.worktree) == ""
    (place.worktree / "mm/new.c").write_text("int new;\n")
    (place.worktree / "mm/new.o").touch()
    assert toy.git("status", "--porcelain", at=place.worktree) == "?? mm/new.c"
    assert work_branch.standing(place, ()).changed == ("mm/new.c",)
    toy.git("add", "--all", at=place.worktree)
    made = toy.git("diff", "--cached", "--name-only", "HEAD", at=place.worktree)
    assert made == "mm/new.c"
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    toy.git(*identity, "commit", "-qam", "mm: new", at=place.worktree)
    assert toy.git("show", "--format=", "--name-only", at=place.worktree) == "mm/new.c"


@pytest.mark.parametrize("by_hand", [False, True])
def test_the_whole_tree_is_there_where_the_users_is_sparse(toy: Toy, by_hand: bool) -> None:
    toy.git("reset", "--quiet", "--hard")
    if by_hand:  # as it was done before there was a command
        toy.git("config", "core.sparseCheckout", "true")
        (toy.tree / ".git/info").mkdir(exist_ok=True)
        (toy.tree / ".git/info/sparse-checkout").write_text("include\n")
        toy.git("read-tree", "-mu", "HEAD")
    else:
        toy.git("sparse-checkout", "set", "include")
    place, before = find(toy), (toy.tree / ".git/config").read_text()
    work_tree.start(place)
    settled = (toy.tree / ".git/config").read_text()
    assert settled == before
    toy.git("checkout", "--quiet", "--detach", "HEAD", at=place.worktree)
    assert (place.worktree / "mm/toy.c").is_file()
    assert toy.git("status", "--porcelain", at=place.worktree) == ""
    assert toy.git("sparse-checkout", "list") == "include"
    assert not (toy.tree / "mm").exists()


def test_what_stands_there_otherwise_is_not_touched(toy: Toy) -> None:
    place = find(toy)
    place.worktree.mkdir(parents=True)
    (place.worktree / "mine").touch()
    with pytest.raises(StageError, match="git does not know it"):
        work_tree.start(place)
    assert (place.worktree / "mine").exists()


def test_a_branch_below_which_the_version_changed_is_not_used(toy: Toy) -> None:
    work_tree.start(find(toy))
    (patch, _other) = sorted((toy.project / "series/v2").glob("*.patch"))
    patch.write_text(patch.read_text().replace("two can play", "all can play"))
    commit(toy, find(toy).worktree, "mm: one", {"mm/one.c": "int one;\n"})
    with pytest.raises(StageError, match="is not on top of v2 as it stands") as caught:
        work_tree.start(find(toy))
    type_it(toy, caught.value.hint)
    work_tree.start(find(toy))
    assert [one.subject for one in work_branch.standing(find(toy), ()).commits] == ["mm: one"]


def test_a_branch_that_is_checked_out_elsewhere_stays_there(toy: Toy, tmp_path: Path) -> None:
    place = find(toy)
    toy.git("branch", place.branch, place.tip)
    toy.git("worktree", "add", "--quiet", str(tmp_path / "other"), place.branch)
    with pytest.raises(StageError, match="checked out already") as caught:
        work_tree.start(place)
    assert not place.worktree.exists()
    type_it(toy, caught.value.hint)
    work_tree.start(place)


def test_commits_outlive_the_cache(toy: Toy) -> None:
    repo = toy.cache / "base" / "toy" / "repo.git"
    toy.git("branch", "base", toy.base_commit)
    toy.git("clone", "--quiet", "--bare", "--branch", "base", str(toy.tree), str(repo))
    base = replace(toy.base(), repo=repo, source="package")
    place = find(toy, base=base)
    work_tree.start(place)
    made = commit(toy, place.worktree, "mm: more\n", {"mm/more.c": "int more;\n"})
    assert place.base.repo == toy.project / ".refseries" / "linux.git"
    shutil.rmtree(toy.cache)
    assert toy.git("rev-parse", place.branch, at=place.base.repo) == made
    assert toy.git("fsck", "--no-progress", "--no-dangling", at=place.base.repo) == ""
    assert toy.git("remote", at=place.base.repo) == ""


def test_a_base_that_was_imported_anew_is_fetched(toy: Toy) -> None:
    repo = toy.cache / "base" / "toy" / "repo.git"
    toy.git("branch", "base", toy.base_commit)
    toy.git("clone", "--quiet", "--bare", "--branch", "base", str(toy.tree), str(repo))
    work_tree.start(find(toy, base=replace(toy.base(), repo=repo)))
    toy.git("checkout", "--quiet", "base")
    toy.commit(("Ada <ada@example.org>", "Linux again\n", {"mm/new.c": b"int new;\n"}))
    toy.git("push", "--quiet", str(repo), "base")
    newer = replace(toy.base(), repo=repo, commit=toy.git("rev-parse", "base"))
    place = find(toy, base=replace(newer, tree=toy.git("rev-parse", "base^{tree}")))
    assert toy.git("merge-base", place.tip, newer.commit, at=place.base.repo) == newer.commit


def test_starting_marks_the_tasks(toy: Toy) -> None:
    review(toy, "v2", "Name it better.", "Why a toy?", "More toys.")
    begun = work_branch.begin(toy.series(), find(toy), ("v2-rita-3", "v2-rita-1"))
    assert [(task.id, task.state) for task in begun] == [
        ("v2-rita-3", State.STARTED),
        ("v2-rita-1", State.STARTED),
    ]
    (kept,) = store.load(toy.series())
    assert [task.state for task in kept.tasks] == [State.STARTED, State.OPEN, State.STARTED]
    work_branch.begin(toy.series(), find(toy), ("v2-rita-1",))


def test_an_unknown_task_makes_nothing(toy: Toy) -> None:
    review(toy, "v2", "Name it better.")
    with pytest.raises(SeriesError, match="no task `v2-rita-7`"):
        work_branch.begin(toy.series(), find(toy), ("v2-rita-1", "v2-rita-7"))
    assert not (toy.project / ".refseries/work").exists()
    (kept,) = store.load(toy.series())
    assert kept.tasks[0].state is State.OPEN


def test_the_branch_tells_what_is_settled_and_what_is_open(toy: Toy) -> None:
    kept = review(toy, "v2", "Name it better.", "Why a toy?", "More toys.")
    place = find(toy)
    work_branch.begin(toy.series(), place, ("v2-rita-1",))
    one = commit(
        toy,
        place.worktree,
        "fixup! mm: introduce toys\n\nAddresses: v2-rita-1, v2-rita-3\nAddresses: v2-rita-9",
        {"mm/toy.c": "short create_toy;\n"},
    )
    two = commit(toy, place.worktree, "mm: more", {"mm/more.c": "int more;\n"})
    (place.worktree / "mm/toy.c").write_text("long\n")
    found = work_branch.standing(place, (kept,))
    assert [(c.commit, c.addresses, c.unknown) for c in found.commits] == [
        (one, ("v2-rita-1", "v2-rita-3", "v2-rita-9"), ("v2-rita-9",)),
        (two, (), ()),
    ]
    assert [task.id for task in found.settled] == ["v2-rita-1", "v2-rita-3"]
    assert [task.id for task in found.open] == ["v2-rita-2"]
    assert found.changed == ("mm/toy.c",)


def test_a_branch_that_cannot_be_read_is_named(toy: Toy) -> None:
    place = find(toy)
    with pytest.raises(SeriesError, match="there is no branch `refseries/toy/work/v2`"):
        work_branch.standing(place, ())
    with pytest.raises(SeriesError, match="`master` is not on top of v2"):
        work_branch.standing(place, (), "master")
    with pytest.raises(SeriesError, match="there is no branch `--all`"):
        work_branch.standing(place, (), "--all")
    work_tree.start(place)
    commit(toy, place.worktree, "mm: one", {"mm/one.c": "int one;\n"})
    toy.git(
        "-c", "user.name=t", "-c", "user.email=t@example.org", "merge", "--quiet", "-m", "both",
        "master", at=place.worktree,
    )  # fmt: skip
    with pytest.raises(SeriesError, match="has a merge in it") as caught:
        work_branch.standing(place, ())
    type_it(toy, caught.value.hint)
    assert "mm: one" in [one.subject for one in work_branch.standing(place, ()).commits]


def type_it(toy: Toy, hint: str) -> None:
    """Do what a hint says in backquotes."""
    (command,) = re.findall("`git (.*?)`", hint)
    toy.git("-c", "user.name=t", "-c", "user.email=t@example.org", *shlex.split(command))
