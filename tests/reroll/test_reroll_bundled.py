# SPDX-License-Identifier: GPL-2.0-or-later
"""The bundled series made again from its fixups, over the real base kernel."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from refseries import git
from refseries.host import settings
from refseries.kernel import base
from refseries.model import BaseInfo, Identity, Series, Target
from refseries.reroll import plan, reproduce, source
from refseries.reroll.draft import Wish, draft
from refseries.reroll.write import write
from refseries.review import store as tasks
from refseries.review.model import State
from refseries.series import apply, store

ROOT = Path(__file__).resolve().parents[2]
ENVIRON = dict(os.environ)  # before a fixture takes the user's REFSERIES_ variables away

pytestmark = pytest.mark.main_job


@pytest.fixture(scope="module")
def series() -> Series:
    return store.load(ROOT)


@pytest.fixture(scope="module")
def ours(series: Series) -> settings.Settings:
    return settings.resolve(series_tree=series.base.tree, environ=ENVIRON)


@pytest.fixture(scope="module")
def info(series: Series, ours: settings.Settings) -> BaseInfo:
    return base.find(series.base, ours, series.identity)


def test_v3_and_the_fixups_give_v4_to_the_byte(
    series: Series, ours: settings.Settings, info: BaseInfo
) -> None:
    found = reproduce.again(series, info, ours.cache, "v4")
    v4 = store.version(series, "v4")
    assert len(found) == len(v4.patches) + len(v4.fixups)
    assert [(each.name, each.difference) for each in found if each.difference] == []


def test_rerolling_a_branch_with_the_fixups_on_v3_gives_the_files_of_v4(
    series: Series, ours: settings.Settings, info: BaseInfo, tmp_path: Path
) -> None:
    v4 = store.version(series, "v4")
    cache = ours.cache
    wanted = apply.apply(series, info, Target("v4"), cache)
    chain = apply.apply(series, info, Target("v4"), cache, by_task=True)
    # A project in which v4 is not out yet, and its tasks are open.
    shutil.copytree(ROOT / "series", tmp_path / "series")
    project = store.load(tmp_path)
    for review in tasks.load(project):
        left = tuple(
            replace(task, state=State.OPEN, settled_in="", fixup="")
            if task.settled_in == "v4"
            else task
            for task in review.tasks
        )
        tasks.save(project, replace(review, tasks=left))
    shutil.rmtree(tmp_path / "series" / "v4")
    project = store.load(tmp_path)
    # What somebody would have committed; the branch is told by its commit. Fixups have other names
    # when they come from a branch.
    commits = chain.commits[-len(v4.fixups) :]
    names = {fixup.task: commit.subject for fixup, commit in zip(v4.fixups, commits, strict=True)}
    text = (v4.path / plan.FILE).read_text()
    for task, subject in names.items():
        text = text.replace(f'"{task}"', f'"{_name(subject)}"')
    (tmp_path / "plan.toml").write_text(text)
    branch = _fetched(tmp_path, info, chain.commit)
    wish = Wish("v4", branch=branch, plan=tmp_path / "plan.toml")
    made = draft(project, info, cache, tasks.load(project), wish)
    write(project, made, cache, datetime(2026, 11, 20, tzinfo=UTC))
    new = store.load(tmp_path)
    again_made = apply.apply(new, info, Target("v4"), cache)
    assert again_made.tree == wanted.tree
    assert [c.tree for c in again_made.commits] == [c.tree for c in wanted.commits]
    settled = {t.id for r in tasks.load(new) for t in r.tasks if t.settled_in == "v4"}
    assert settled >= {each for fixup in v4.fixups for each in fixup.addresses}


def _name(subject: str) -> str:
    nobody = Identity("", "")
    return source.names([source.Source("", "", "", subject, subject, nobody, "")])[0]


def _fetched(project: Path, info: BaseInfo, commit: str) -> str:
    """``commit`` brought into the repository in which work on ``project`` is done."""
    repo = project / ".refseries" / "linux.git"
    if not repo.exists():
        repo.parent.mkdir()
        git.git(project, "clone", "--quiet", "--bare", "--local", str(info.repo), str(repo))
    git.git(repo, "fetch", "--quiet", str(info.repo), commit)
    return commit
