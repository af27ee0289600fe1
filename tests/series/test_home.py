# SPDX-License-Identifier: GPL-2.0-or-later
"""Two projects with a series of one name, on one tree and one cache, do not meet."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from toy import Toy

from refseries.cli import context
from refseries.cli.options import SeriesOptions
from refseries.host import proc
from refseries.series import home, store

Refseries = Callable[..., proc.Completed]


@pytest.fixture
def other(toy: Toy) -> Path:
    """Another project whose series has the same name, and another first patch."""
    project = toy.directory / "other"
    shutil.copytree(toy.project, project)
    patch = project / "series/v2/0001-mm-introduce-toys.patch"
    patch.write_text(patch.read_text().replace("+int toy[2];", "+int toy[3];"))
    return project


def test_each_has_its_branches_and_the_first_has_the_name(
    toy: Toy, other: Path, refseries: Refseries
) -> None:
    assert refseries("apply", "v2").returncode == 0
    first = toy.git("rev-parse", "refseries/toy/v2")
    done = refseries("apply", "v2", cwd=other)
    assert done.returncode == 0, done.stderr
    assert toy.git("rev-parse", "refseries/toy/v2") == first
    mine = f"{store.load(other).name}-"
    branches = toy.git("for-each-ref", "--format=%(refname:lstrip=3)", "refs/heads/refseries")
    assert [name for name in branches.split() if name.startswith(mine)]
    assert refseries("apply", "v2").returncode == 0
    assert toy.git("rev-parse", "refseries/toy/v2") == first


def test_results_are_kept_apart_and_images_together(
    toy: Toy, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in toy.environ.items():
        monkeypatch.setenv(name, value)
    one, two, again = (
        context.load(SeriesOptions(directory=root)) for root in (toy.project, other, toy.project)
    )
    assert one.series.home == again.series.home == "toy"
    assert two.series.home.startswith("toy-")
    labs = [context.find_lab(each, quiet=True) for each in (one, two)]
    assert labs[0].directory == labs[1].directory


def test_a_project_that_moved_keeps_its_place(toy: Toy, other: Path) -> None:
    assert home.settled(toy.series(), toy.cache).home == "toy"
    assert home.settled(store.load(other), toy.cache).home != "toy"
    moved = toy.project.rename(toy.directory / "moved")
    assert home.settled(store.load(moved), toy.cache).home == "toy"
    assert (toy.cache / "toy" / home.OWNER).read_text() == str(moved)  # and no third one has it
    # The one that came second stays where its results are.
    shutil.rmtree(moved)
    second = home.settled(store.load(other), toy.cache).home
    assert second.startswith("toy-")


def test_a_place_that_nobody_has_is_free(toy: Toy, other: Path) -> None:
    assert home.settled(store.load(other), toy.cache).home == "toy"
    (toy.cache / "toy" / home.OWNER).write_text("")  # a kill in the middle
    assert home.settled(toy.series(), toy.cache).home == "toy"
    settings = other / "series/series.toml"
    (toy.cache / "toy" / home.OWNER).write_text(str(other))
    settings.write_text(settings.read_text().replace('"toy"', '"fun"').replace("toy", "fun"))
    assert home.settled(toy.series(), toy.cache).home == "toy"


def test_a_cache_that_cannot_be_written_claims_nothing(toy: Toy) -> None:
    blocked = toy.directory / "file"
    blocked.touch()
    assert home.settled(toy.series(), blocked).home == "toy"


def test_with_caches_of_their_own_the_second_is_refused_by_name(
    toy: Toy, other: Path, refseries: Refseries
) -> None:
    assert refseries("apply", "v2").returncode == 0
    first = toy.git("rev-parse", "refseries/toy/v2")
    cache = {"REFSERIES_CACHE": str(toy.directory / "second")}
    done = refseries("apply", "v2", cwd=other, env=cache)
    assert done.returncode == 1
    assert f"was made by the series in {toy.project}" in done.stderr
    assert toy.git("rev-parse", "refseries/toy/v2") == first
    named = refseries("apply", "v2", "--branch", "refseries/other/v2", cwd=other, env=cache)
    assert named.returncode == 0, named.stderr
