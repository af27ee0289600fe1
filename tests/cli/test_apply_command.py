# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import toy as toys
from toy import Toy

from refseries.host import proc

Refseries = Callable[..., proc.Completed]


def test_apply_shows_commits_branch_and_work_tree(toy: Toy, refseries: Refseries) -> None:
    done = refseries("apply", "v1")
    assert (done.returncode, done.stderr) == (0, "")
    tip = toy.git("rev-parse", "refseries/toy/v1")
    first = toy.git("rev-parse", f"{tip}~")
    assert done.stdout.splitlines() == [
        f"{first[:12]} mm: introduce toys",
        f"{tip[:12]} mm: tell what a toy is",
        f"branch    refseries/toy/v1 in {toy.tree}/.git",
        f"work tree {toy.cache}/toy/look/refseries-toy-v1",
    ]
    assert toy.git("rev-parse", "--abbrev-ref", "HEAD") == "master"
    assert toy.git("status", "--porcelain") == ""
    assert refseries("apply", "v1").stdout == done.stdout


def test_its_json_has_the_documented_keys(toy: Toy, refseries: Refseries) -> None:
    done = refseries("apply", "v2", "--by-task", "--json", "-")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    keys = ["schema", "version", "task", "patch", "branch", "commit", "tree", "worktree", "commits"]
    assert list(data) == keys
    base = json.loads(refseries("base", "--json", "-").stdout)
    assert list(base) == [
        *("schema", "release", "source", "repo", "commit", "tree", "under", "depends")
    ]
    assert (data["version"], data["task"]) == ("v2", None)
    assert data["branch"] == "refseries/toy/v2-by-task"
    assert data["commit"] == toy.git("rev-parse", data["branch"]) == data["commits"][-1]["commit"]
    assert (Path(data["worktree"]) / "mm/toy.c").read_bytes() == b"short toy_create;\n"
    assert [set(commit) for commit in data["commits"]] == [
        {"commit", "tree", "subject", "task"}
    ] * 4
    assert [commit["task"] for commit in data["commits"]] == [None, None, "small-toy", "two-toys"]


def test_a_state_has_its_own_branch_and_leaves_its_versions_alone(
    toy: Toy, refseries: Refseries, tmp_path: Path
) -> None:
    assert refseries("apply", "v2").returncode == 0
    before = toy.git("rev-parse", "refseries/toy/v2")
    file = tmp_path / "state.json"
    assert refseries("apply", "v2:small-toy", "--json", str(file)).returncode == 0
    data = json.loads(file.read_text())
    assert (data["task"], data["branch"]) == ("small-toy", "refseries/toy/v2-small-toy")
    assert toy.git("rev-parse", "refseries/toy/v2") == before


def test_the_base_has_no_branch(toy: Toy, refseries: Refseries) -> None:
    done = refseries("apply", "base")
    assert done.stdout == f"work tree {toy.cache}/toy/look/base\n"
    assert json.loads(refseries("apply", "base", "--json", "-").stdout)["branch"] is None


def test_a_base_that_differs_is_said(toy: Toy, refseries: Refseries) -> None:
    text = toys.KERNEL["Makefile"].replace(b"117", b"3")
    toy.commit((toys.ADA, "older\n", {"Makefile": text}))
    done = refseries("apply", "v1", "--base-ref", "HEAD")
    assert done.returncode == 0
    assert "Linux 6.12.3" in done.stderr
    assert "6.12.117" in done.stderr


def test_a_patch_that_does_not_apply_is_1_and_changes_nothing(
    toy: Toy, refseries: Refseries
) -> None:
    path = next((toy.project / "series" / "v1").glob("0001*"))
    path.write_text(path.read_text().replace(" int line_9;", " int other;"))
    before = toy.git("for-each-ref")
    done = refseries("apply", "v1")
    assert (done.returncode, done.stdout) == (1, "")
    first, *reject = done.stderr.splitlines()
    assert first.startswith(f"refseries: {path}: mm/memory.c: hunk 1 of 1 (at line 7): ")
    assert "+int toy;" in reject
    assert toy.git("for-each-ref") == before
    assert not (toy.cache / "toy" / "look").exists()


def test_two_at_once_both_work(toy: Toy, refseries: Refseries) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: refseries("apply", "v1"), range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout == second.stdout


@pytest.mark.parametrize("variable", ["GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"])
def test_a_hook_can_run_it(toy: Toy, refseries: Refseries, variable: str) -> None:
    plain = refseries("apply", "v1")
    hooked = refseries("apply", "v1", env={variable: "/nowhere", "GIT_AUTHOR_DATE": "1 +0000"})
    assert (hooked.returncode, hooked.stdout) == (0, plain.stdout)
