# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from task_commits import commit, review
from toy import Toy

from refseries.host import proc

Refseries = Callable[..., proc.Completed]


@pytest.fixture
def worktree(toy: Toy, refseries: Refseries) -> Path:
    review(toy, "v2", "Make it long.", "Why a toy?")
    refseries("feedback", "start", "v2-rita-1")
    return toy.project / ".refseries/work/v2"


def test_reroll_shows_where_fixups_go_and_what_it_wrote(
    toy: Toy, refseries: Refseries, worktree: Path
) -> None:
    one = commit(toy, worktree, "mm: long\n\nAddresses: v2-rita-1", {"mm/toy.c": "long t;\n"})
    dry = refseries("reroll", "v3", "--dry-run")
    assert (dry.returncode, dry.stderr) == (0, "")
    assert dry.stdout.splitlines() == [
        "v3, made of v2 and:",
        f"{one[:12]} mm: long",
        "  into 0001-mm-introduce-toys.patch: the patch that touched these lines last",
        "  settles v2-rita-1",
        "",
        "2 patches; nothing was written.",
    ]
    assert not (toy.project / "series/v3").exists()
    for number in range(5):
        (worktree / f"mm/new{number}.c").touch()
    dry = refseries("reroll", "--dry-run")  # of the next version, as nothing else is said
    assert dry.stdout.splitlines()[4:] == [
        "not committed, so not in v3: mm/new0.c, mm/new1.c, mm/new2.c and 2 more",
        "",
        "2 patches; nothing was written.",
    ]
    told = json.loads(refseries("reroll", "v3", "--dry-run", "--json", "-").stdout)
    assert told["left_out"] == [f"mm/new{number}.c" for number in range(5)]
    done = refseries("reroll", "v3", "--json", "-")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert data["written"] == str(toy.project / "series/v3")
    assert (data["version"], data["onto"], data["settled"]) == ("v3", "v2", ["v2-rita-1"])
    assert data["choices"][0]["into"] == "0001-mm-introduce-toys.patch"
    again = refseries("reroll", "--again")
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.splitlines() == [
        "same    0001-mm-introduce-toys.patch",
        "same    0002-mm-tell-what-a-toy-is.patch",
        "same    fixups/0001-long.patch",
        "",
        "v3 is the same to the byte: 3 files.",
    ]
    # The tasks say so, and the new version applies.
    assert "names no task" not in dry.stdout
    shown = refseries("feedback", "list", "--json", "-").stdout
    assert [(t["id"], t["state"]) for t in json.loads(shown)][:1] == [("v2-rita-1", "settled")]
    assert refseries("apply", "v3", "--by-task").returncode == 0


def test_a_version_that_is_not_what_its_fixups_make_is_exit_1(
    toy: Toy, refseries: Refseries, worktree: Path
) -> None:
    commit(toy, worktree, "mm: long", {"mm/toy.c": "long t;\n"})
    assert refseries("reroll", "v3").returncode == 0
    patch = toy.project / "series/v3/0001-mm-introduce-toys.patch"
    patch.write_text(patch.read_text().replace("+long t;", "+long \x1b[31mt;"))
    done = refseries("reroll", "v3", "--again")
    assert done.returncode == 1
    assert "differs 0001-mm-introduce-toys.patch" in done.stdout
    assert "Different in v3: 1 of 3 files." in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("v2",), "is there already"),
        (("v3",), "the branch has no commit"),
        (("v3", "--into", "abc"), "`abc` does not say which patch"),
        (("v3", "--into", "=2"), "`=2` does not say which patch"),
        (("v2", "--again", "--dry-run"), "--again makes a version as its own plan says"),
        (("v2", "--again"), "has no reroll.toml"),
        (("v3", "--from", "--all"), "there is no branch `--all`"),
    ],
)
@pytest.mark.usefixtures("worktree")
def test_wrong_use_is_named(refseries: Refseries, words: tuple[str, ...], what: str) -> None:
    done = refseries("reroll", *words)
    assert done.returncode == 2
    assert what in done.stderr


def test_commits_and_patches_are_told_by_what_they_are_called(
    toy: Toy, refseries: Refseries, worktree: Path
) -> None:
    one = commit(toy, worktree, "mm: one", {"lib/one.c": "int one;\n"})
    two = commit(toy, worktree, "mm: two", {"lib/two.c": "int two;\n"})
    for words, what in (
        (("--into", "123=1"), "`123` is not one commit of the branch"),
        (("--into", f"{one[:9]}=7"), "there is no patch `7`"),
        (("--into", f"{one[:9]}=1"), f"{two[:12]} mm: two: touches nothing"),
    ):
        done = refseries("reroll", "v3", *words)
        assert done.returncode == 2
        assert what in done.stderr
    done = refseries("reroll", "v3", "--new", one[:9], "--into", f"{two[:9]}={one[:9]}")
    assert done.returncode == 0, done.stderr
    assert "  into one: as told" in done.stdout
    assert done.stdout.count("  names no task\n") == 2


def test_an_open_task_shows_where_it_is_now(toy: Toy, refseries: Refseries, worktree: Path) -> None:
    where = ("--version", "v2", "--reviewer", "Rita", "--patch", "1", "--file", "mm/toy.c")
    done = refseries("feedback", "add", "Name it.", *where, "--line", "1")
    assert done.returncode == 0, done.stderr
    task = done.stdout.split()[0]
    commit(toy, worktree, "mm: more", {"mm/toy.c": "int first;\nshort toy_create;\n"})
    refseries("reroll", "v3")
    shown = refseries("feedback", "show", task)
    assert shown.returncode == 0, shown.stderr
    place = "0001-mm-introduce-toys.patch, mm/toy.c, line 2"
    assert f"in v3 untouched: {place}" in shown.stdout.splitlines()
