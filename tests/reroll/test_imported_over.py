# SPDX-License-Identifier: GPL-2.0-or-later
"""A version that reroll made goes to b4's branch, and comes back in its own place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from reroll_author import Author, tree_of
from task_commits import review
from toy import Toy

from refseries.host import proc
from refseries.review import store as tasks
from refseries.review.model import State
from refseries.series import patches, store

Run = Callable[..., proc.Completed]


@pytest.fixture
def prepared(toy: Toy, author: Author, refseries: Run) -> Toy:
    """v3 settles one of two tasks, and lies on a branch of b4's."""
    review(toy, "v2", "Make it long.", "Say more.")
    author.commit("mm: toy: make it long\n\nAddresses: v2-rita-1", {"mm/toy.c": "long toy;\n"})
    author.reroll()
    for name, value in (("user.name", "Sen Der"), ("user.email", "sen@example.org")):
        toy.git("config", name, value)
    done = refseries("prep", "v3")
    assert done.returncode == 0, done.stderr
    return toy


def edit(toy: Toy) -> None:
    toy.git("checkout", "--quiet", "b4/toy")
    text = (toy.tree / "mm/toy.c").read_text()
    (toy.tree / "mm/toy.c").write_text(f"{text}int edited;\n")
    toy.commit_all("mm: edit a toy\n\nSigned-off-by: Sen Der <sen@example.org>")


def test_what_was_done_in_b4s_branch_comes_into_the_place_of_the_version(
    prepared: Toy, refseries: Run
) -> None:
    edit(prepared)
    done = refseries("import", "b4/toy", "--as", "v3", "--replace")
    assert done.returncode == 0, done.stderr
    v3 = store.version(prepared.series(), "v3")
    assert (len(v3.patches), v3.fixups) == (3, ())
    assert b"+int edited;" in patches.read(v3.patches[2]).diff
    assert not [*v3.path.glob("reroll.toml"), *v3.path.glob("fixups/*.patch")]
    (kept,) = tasks.load(prepared.series())
    assert [(task.state, task.settled_in, task.fixup) for task in kept.tasks] == [
        (State.SETTLED, "v3", ""), (State.OPEN, "", ""),
    ]  # fmt: skip
    told = " ".join(done.stdout.split())
    assert "v3 is made of no fixups any more (make-it-long): what they settled is settled" in told
    assert refseries("status").returncode == 0


def test_where_it_does_not_come_all_stays(prepared: Toy, refseries: Run) -> None:
    before = tree_of(prepared.project / "series")
    review(prepared, "v3", "Why?")
    reviewed = tree_of(prepared.project / "series")
    edit(prepared)
    done = refseries("import", "b4/toy", "--as", "v3", "--replace")
    assert (done.returncode, "v3 was reviewed" in done.stderr) == (2, True)
    assert tree_of(prepared.project / "series") == reviewed != before
