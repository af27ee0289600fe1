# SPDX-License-Identifier: GPL-2.0-or-later
"""A version that depends on another series is rerolled and rebased with that below it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace

import depending_series
import pytest
import toy as toys
import toy_releases
from toy import Toy

from refseries.errors import SeriesError
from refseries.host import proc
from refseries.kernel import base as bases
from refseries.model import Target
from refseries.review import work_tree
from refseries.series import store
from refseries.testing import commits

Refseries = Callable[..., proc.Completed]
pytestmark = pytest.mark.usefixtures("sender")
NAME = "count-v2"


@pytest.fixture
def stacked(toy: Toy, refseries: Refseries) -> Toy:
    toy_releases.add(toy)
    depending_series.branches(toy)
    assert refseries("depend", str(depending_series.mails(toy))).returncode == 0
    depending_series.version(toy, "v3", NAME)
    return toy


def test_the_next_version_stands_on_the_same(stacked: Toy, refseries: Refseries) -> None:
    info = bases.of_series(stacked.series(), stacked.base(), stacked.cache)
    place = work_tree.find(stacked.series(), info, stacked.cache)
    work_tree.start(place)
    work = place.worktree
    assert (work / "mm/count.c").read_text() == "int more;\nint toys;\n"
    (work / "mm/count.c").write_text("int more;\nlong toys;\n")
    mine = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    stacked.git(*mine, "commit", "-qam", "fixup! mm: count toys", at=work)
    done = refseries("reroll", "v4")
    assert done.returncode == 0, done.stdout + done.stderr
    v4 = store.version(stacked.series(), "v4")
    assert v4.depends == (NAME,)
    assert v4.base is None
    assert "+long toys;" in v4.patches[0].read_text()
    assert "-int more" not in v4.patches[0].read_text()
    for words in (("apply", "v4"), ("apply", "v4", "--by-task"), ("diff", "v3", "v4")):
        assert refseries(*words).returncode == 0


def test_a_rebase_takes_it_along(stacked: Toy, refseries: Refseries) -> None:
    done = refseries("rebase", "v3", "--onto", "v6.13")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"v3 onto v6.13 with {NAME}\n")
    v3 = store.version(stacked.series(), "v3")
    assert v3.depends == (NAME,)
    assert v3.base is not None
    assert v3.base.ref == "v6.13"
    assert refseries("apply", "v3").returncode == 0
    both = stacked.git("diff", "--name-only", "v6.13", "refseries/toy/v3").split()
    assert both == ["mm/count.c", "mm/memory.c"]


def test_a_base_that_has_it_already_is_told(stacked: Toy, refseries: Refseries) -> None:
    stacked.git("checkout", "--quiet", "--detach", "v6.13")
    memory = toy_releases.MEMORY["6.13"].replace(b"int line_20;", b"int count;")
    stacked.commit((toys.ADA, "merged\n", {"mm/count.c": b"int more;\n", "mm/memory.c": memory}))
    stacked.git("tag", "merged")
    done = refseries("rebase", "v3", "--onto", "merged")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{NAME} is no longer below it: merged has all of its patches." in done.stdout
    v3 = store.version(stacked.series(), "v3")
    assert v3.depends == ()
    assert refseries("apply", "v3").returncode == 0
    changed = stacked.git("diff", "--name-only", "merged", "refseries/toy/v3").split()
    assert changed == ["mm/count.c", "mm/memory.c"]


def test_a_base_that_took_it_back_has_it_no_more(stacked: Toy, refseries: Refseries) -> None:
    mine = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    stacked.git("checkout", "--quiet", "--detach", "v6.13")
    stacked.git(*mine, "cherry-pick", f"v{toys.RELEASE}..count")
    stacked.git(*mine, "revert", "--no-edit", "v6.13..HEAD")
    stacked.git("tag", "reverted")
    done = refseries("rebase", "v3", "--onto", "reverted")
    assert done.returncode == 0, done.stdout + done.stderr
    assert store.version(stacked.series(), "v3").depends == (NAME,)
    assert refseries("apply", "v3").returncode == 0
    both = stacked.git("diff", "--name-only", "reverted", "refseries/toy/v3").split()
    assert both == ["mm/count.c", "mm/memory.c"]


def test_it_is_not_tested_without_what_it_depends_on(stacked: Toy) -> None:
    series = stacked.series()
    info = bases.of_series(series, stacked.base(), stacked.cache)
    with pytest.raises(SeriesError, match=f"v3` depends on {NAME}, which would not be below it"):
        commits.over(series, info, Target("v3"), "v6.13")


def test_a_work_tree_that_lasts_gets_what_is_needed_later(toy: Toy, refseries: Refseries) -> None:
    package = replace(toy.base(), source="package")
    work_tree.lasting(toy.series(), package, toy.cache)
    toy_releases.add(toy)
    depending_series.branches(toy)
    assert refseries("depend", str(depending_series.mails(toy))).returncode == 0
    depending_series.version(toy, "v3", NAME)
    info = bases.of_series(toy.series(), package, toy.cache)
    place = work_tree.find(toy.series(), info, toy.cache)
    work_tree.start(place)
    assert (place.worktree / "mm/count.c").read_text() == "int more;\nint toys;\n"


def test_one_that_stands_on_nothing_stays_so(stacked: Toy, refseries: Refseries) -> None:
    depending_series.say(stacked, NAME)
    shutil.rmtree(stacked.project / "series/v3")
    v2 = stacked.project / "series/v2/version.toml"
    v2.write_text(v2.read_text().replace("patches = [", "depends = []\npatches = [", 1))
    assert refseries("rebase", "v2", "--onto", "v6.13").returncode == 0
    assert store.version(stacked.series(), "v2").depends == ()
