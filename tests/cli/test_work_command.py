# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable

from task_commits import commit, review
from toy import Toy

from refseries.host import proc

Refseries = Callable[..., proc.Completed]


def test_start_shows_where_to_work_and_how_to_commit(toy: Toy, refseries: Refseries) -> None:
    review(toy, "v2", "Name it better.", "Why a toy?")
    worktree = toy.project / ".refseries/work/v2"
    done = refseries("feedback", "start", "v2-rita-1")
    assert (done.returncode, done.stderr) == (0, "Making the work tree …\n")
    assert done.stdout.splitlines() == [
        "v2-rita-1  started  Name it better.",
        f"branch    refseries/toy/work/v2 in {toy.tree}/.git",
        f"work tree {worktree}",
        "",
        "Next: commit there with git commit --trailer 'Addresses: v2-rita-1'",
    ]
    assert refseries("feedback", "start", "v2-rita-1").stdout == done.stdout
    again = refseries("feedback", "start", "v2-rita-2", "--json", "-")
    assert json.loads(again.stdout) == {
        "schema": 1,
        "tasks": ["v2-rita-2"],
        "onto": "v2",
        "branch": "refseries/toy/work/v2",
        "worktree": str(worktree),
    }


def test_status_shows_commits_with_their_tasks(toy: Toy, refseries: Refseries) -> None:
    review(toy, "v2", "Name it better.", "Why a toy?")
    refseries("feedback", "start", "v2-rita-1")
    worktree = toy.project / ".refseries/work/v2"
    one = commit(toy, worktree, "mm: name\n\nAddresses: v2-rita-1", {"mm/toy.c": "int t;\n"})
    two = commit(toy, worktree, "mm: more\n\nAddresses: v9-eve-1", {"mm/more.c": "int m;\n"})
    three = commit(toy, worktree, "mm: \x1b[31mred", {"mm/red.c": "int r;\n"})
    (worktree / "mm/toy.c").write_text("changed\n")
    # From inside the work tree, whichever version is the newest.
    done = refseries("feedback", "status", cwd=worktree / "mm")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "refseries/toy/work/v2, on top of v2",
        f"{one[:12]} mm: name",
        "  settles v2-rita-1",
        f"{two[:12]} mm: more",
        "  there is no task v9-eve-1",
        f"{three[:12]} mm: ?[31mred",
        "  names no task",
        "not committed: mm/toy.c",
        "",
        "Open: 1",
        "v2-rita-2  open  Why a toy?",
    ]
    data = json.loads(refseries("feedback", "status", "--json", "-").stdout)
    assert [each["addresses"] for each in data["commits"]] == [["v2-rita-1"], ["v9-eve-1"], []]
    assert (data["settled"], data["open"]) == (["v2-rita-1"], ["v2-rita-2"])
    assert data["changed"] == ["mm/toy.c"]


def test_without_a_branch_status_says_how_to_begin(refseries: Refseries) -> None:
    done = refseries("feedback", "status")
    assert done.returncode == 2
    assert "there is no branch `refseries/toy/work/v2`" in done.stderr
    assert "refseries feedback start" in done.stderr


def test_an_unknown_task_is_exit_2(toy: Toy, refseries: Refseries) -> None:
    review(toy, "v2", "Name it better.")
    done = refseries("feedback", "start", "v2-rita-9")
    assert done.returncode == 2
    assert "there is no task `v2-rita-9`" in done.stderr
    assert not (toy.project / ".refseries/work").exists()


def test_without_a_task_there_is_a_work_tree_to_change_what_nobody_asked_for(
    toy: Toy, refseries: Refseries
) -> None:
    # As `refseries test work` says, of a series that has no review yet.
    done = refseries("feedback", "start", "--onto", "v2")
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            f"branch    refseries/toy/work/v2 in {toy.tree}/.git",
            f"work tree {toy.project}/.refseries/work/v2",
            "",
            "Next: refseries test work",
        ],
    )
    data = json.loads(refseries("feedback", "start", "--json", "-").stdout)
    assert (data["tasks"], data["onto"]) == ([], "v2")
