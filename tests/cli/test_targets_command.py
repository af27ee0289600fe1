# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits, the work tree and other bases, as a user names them; guests are played."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import played_series
import pytest
import toy as toys
from played_series import Played
from waiting import SECONDS

from refseries.host import proc
from refseries.host.proc import Completed


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The series, a branch ``mine`` as v1 is, and ``next``, where v5 applies and v1 does not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        patch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
        found = played_series.make(tmp_path_factory.mktemp("played"))
        kernel = found.project.kernel
        kernel.git("branch", "mine", "v1")
        kernel.git("checkout", "--quiet", "--detach", "v5")
        kernel.commit("next", {"lib/next.c": "int next;\n"})
        kernel.git("branch", "next")
        yield found


@pytest.fixture(scope="module")
def worktree(played: Played) -> Path:
    """The work tree over v5, with a file changed and one added."""
    done = played.run(
        "feedback", "add", "More toys.", "--version", "v5", "--reviewer", "Rita <rita@example.org>"
    )
    assert done.returncode == 0, done.stderr
    done = played.run("feedback", "start", "v5-rita-1", "--onto", "v5")
    assert done.returncode == 0, done.stderr
    place = played.directory / ".refseries/work/v5"
    guest = place / "guest.sh"
    guest.write_text(guest.read_text().replace('report "ok 4', 'report "not ok 4'))
    (place / "lib/more.c").write_text("int more;\n")
    return place


def runs_of(done: Completed) -> dict[str, dict[str, object]]:
    return {run["version"]: run for run in json.loads(done.stdout)["runs"]}


def at(place: Path, played: Played, *words: str) -> Completed:
    """The real command, in a directory."""
    return proc.run(
        [*toys.COMMAND, *words], cwd=place, env=played.environ, check=False,
        deadline=SECONDS,
    )  # fmt: skip


def test_a_branch_is_tested_and_compared(played: Played) -> None:
    done = played.run("test", "v5", "mine", "--json", "-", "--quiet")
    found = runs_of(done)
    tip = played.project.kernel.git("rev-parse", "mine").strip()
    assert found["mine"]["commit"] == tip
    assert found["v5"]["commit"] is None
    # v8, the newest, may not fail toy.two as v1 may.
    assert (found["v5"]["as_expected"], found["mine"]["as_expected"]) == (True, False)
    assert (played.directory / f"cache/toy/latest/{tip[:12]}-default.json").is_file()
    told = played.run("diff", "v5", "mine", "--json", "-", "--quiet")
    assert json.loads(told.stdout)["behaviour"][0]["changes"]["broke"]


def test_a_commit_is_one_target_whatever_it_is_called(played: Played) -> None:
    tip = played.project.kernel.git("rev-parse", "mine").strip()
    names = ("mine", tip, tip[:10], "v1", "v1")
    done = played.run("build", *names, "--json", "-", "--quiet")
    assert [run["version"] for run in json.loads(done.stdout)["runs"]] == ["mine", "v1"]


def test_onto_is_a_column_of_its_own(played: Played) -> None:
    done = played.run("test", "v1", "--onto", "next", "--quiet")
    assert done.returncode == 1
    assert "v1@next  apply: apply-failed (NOT as expected)" in done.stdout
    bases, heading = done.stdout.splitlines()[1:3]
    assert re.fullmatch(r"v1 on Linux \S+ \(\w{12}\); v1@next on Linux \S+ \(\w{12}\)", bases)
    assert heading.split() == ["v1", "v1@next", "task"]
    refused = played.run("test", "v1", "--onto", "next", "--by-patch", "--quiet")
    assert (refused.returncode, "--by-patch" in refused.stderr) == (2, True)


def test_the_work_tree_goes_onto_another_base_as_well(played: Played, worktree: Path) -> None:
    kernel = played.project.kernel
    kernel.git("checkout", "--quiet", "--force", "--detach", kernel.base.commit)
    kernel.commit("later", {"lib/later.c": "int later;\n"})
    kernel.git("branch", "later")
    done = at(worktree, played, "test", "work", "--onto", "later", "--json", "-", "--quiet")
    found = runs_of(done)
    assert [*found] == ["work+dirty", "work+dirty@later"], done.stderr
    results = [run["results"] for run in found.values()]
    assert results[0] == results[1]
    assert played.run("test", "mine", "--onto", "next", "--quiet").returncode == 1


def test_figures_of_a_branch_are_not_saved(played: Played) -> None:
    done = played.run("bench", "mine", "--save", "--quiet")
    assert done.returncode == 2
    assert "figures of `mine` are not saved" in done.stderr


def test_a_branch_is_checked_patch_by_patch(played: Played) -> None:
    done = played.run("check", "mine", "--only", "message", "--quiet", "--json", "-")
    assert done.returncode in (0, 1), done.stderr
    assert {each["version"] for each in json.loads(done.stdout)["checks"]} == {"mine"}
    refused = played.run("check", "base", "--quiet")
    assert (refused.returncode, "no patches of its own" in refused.stderr) == (2, True)


def test_the_work_tree_is_tested_as_it_is(played: Played, worktree: Path) -> None:
    done = at(worktree / "mm", played, "test", "work", "--json", "-")
    assert "files that git does not know yet: lib/more.c" in done.stderr
    assert list(runs_of(done)) == ["work+dirty"]
    assert done.returncode == 1
    again = at(worktree, played, "test", "v5", "work", "--quiet")
    assert "  v5 → work+dirty (default)" in again.stdout
    told = at(worktree, played, "diff", "v5", "work", "--quiet")
    assert "broke 1" in told.stdout
    assert "lib/more.c" in told.stdout
    built = at(worktree, played, "build", "work", "--quiet")
    assert built.returncode == 0, built.stdout


def test_what_is_not_committed_yet_broke_a_case(played: Played, worktree: Path) -> None:
    done = at(worktree, played, "bisect", "toy.four", "base", "work", "--json", "-", "--quiet")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    committed = proc.run(["git", "rev-parse", "HEAD"], cwd=worktree).stdout[:12]
    assert found["states"] == ["base", committed, "work+dirty"]
    words = [(found[end]["state"], found[end]["word"]) for end in ("before", "after")]
    assert words == [(committed, "pass"), ("work+dirty", "fail")]
    shown = at(worktree, played, "bisect", "toy.four", "base", "work", "--quiet")
    assert shown.stdout.startswith("toy.four (default): pass → fail at work+dirty\n")
