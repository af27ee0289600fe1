# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import toy as toys
from toy import Toy

from refseries import git
from refseries.errors import SeriesError
from refseries.host import proc
from refseries.model import BaseInfo, Target
from refseries.series import apply

Refseries = Callable[..., proc.Completed]


def test_files_are_read_at_once_and_those_that_are_not_there_left_out(toy: Toy) -> None:
    names = (
        "lib/logo.bin", "mm/none.c", "mm", "mm/memory.c", "a b 3", "mm/memory.c", "x\nKconfig",
        "mm/damon/core.c",
    )  # fmt: skip
    wanted = {
        name: toys.KERNEL[name] for name in ("lib/logo.bin", "mm/memory.c", "mm/damon/core.c")
    }
    assert git.read_files(toy.tree, toy.base_commit, names) == wanted
    assert git.read_files(toy.tree, toy.base_commit, ()) == {}


def test_of_all_that_is_asked_for_nothing_may_be_missing(toy: Toy) -> None:
    names = ("lib/logo.bin", "mm/memory.c")
    wanted = {name: toys.KERNEL[name] for name in names}
    assert git.read_all(toy.tree, toy.base_commit, names) == wanted
    with pytest.raises(SeriesError, match=r"no file `mm/none\.c` in commit"):
        git.read_all(toy.tree, toy.base_commit, (*names, "mm/none.c"))


def test_dollar_signs_of_a_path_are_dollar_signs(toy_template: Toy, tmp_path: Path) -> None:
    toy = toys.copy(toy_template, tmp_path / "a$HOME b")
    content = git.read_file(toy.base().repo, toy.base_commit, "mm/memory.c")
    assert content == toys.KERNEL["mm/memory.c"]


def test_a_project_whose_path_is_not_utf8_is_told_as_that(
    toy_template: Toy, tmp_path: Path
) -> None:
    toy = toys.copy(toy_template, tmp_path / os.fsdecode(b"M\xfcller"))
    for words in (("apply", "v1"), ("status",), ("init", "new", "--tree", str(toy.tree))):
        done = proc.run(
            [*toys.COMMAND, *words], cwd=toy.project, check=False,
            env={"PYTHONPATH": toy.environ["PYTHONPATH"], "REFSERIES_CACHE": str(tmp_path)},
        )  # fmt: skip
        assert done.returncode == 2, done.stderr
        assert "the path is not UTF-8" in done.stderr


def test_a_broken_configuration_matters_only_where_something_depends_on_it(
    toy: Toy, refseries: Refseries
) -> None:
    broken = toy.directory / "gitconfig"
    broken.write_text("[user\n")
    env = {"GIT_CONFIG_GLOBAL": str(broken)}
    assert refseries("apply", "v2", env=env).returncode == 0
    done = refseries("export", "v2", "-o", "v2.mbx", env=env)
    assert done.returncode == 3
    assert "git cannot read its configuration" in done.stderr
    assert f"bad config line 1 in file {broken}" in done.stderr
    (toy.tree / ".git/config").write_text("[core\n")
    done = refseries("apply", "v1")
    assert done.returncode == 3
    assert "git cannot work in this repository" in done.stderr
    assert "bad config line 1 in file" in done.stderr


def test_a_repository_of_somebody_else_opens_where_the_user_allows_it(
    toy: Toy, refseries: Refseries
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a repository away")
    for path in (toy.tree, *toy.tree.rglob("*")):
        os.lchown(path, 12345, -1)
    refused = refseries("apply", "v2")
    assert refused.returncode == 3
    assert "dubious ownership" in refused.stderr
    allowed = toy.directory / "gitconfig"
    allowed.write_text(f"[safe]\n\tdirectory = {toy.tree}\n\tdirectory = {toy.tree}/.git\n")
    done = refseries("apply", "v2", env={"GIT_CONFIG_GLOBAL": str(allowed)})
    assert done.returncode == 0, done.stderr


def test_a_base_of_sha256_ids(tmp_path: Path, toy_template: Toy) -> None:
    toy = toys.copy(toy_template, tmp_path / "toy")
    tree = toy.directory / "sha256"
    git.git(toy.directory, "init", "--quiet", "--object-format=sha256", str(tree))
    stream = git.git(toy.tree, "fast-export", "--all").out
    git.git(tree, "fast-import", "--quiet", stdin=stream)
    commit = git.resolve(tree, f"v{toys.RELEASE}")
    assert commit is not None
    assert len(commit) == 64
    names = git.git(tree, "rev-parse", f"{commit}^{{tree}}").stdout.strip()
    base = BaseInfo(toys.RELEASE, "tree", git.git_dir(tree), commit, names)
    assert git.read_file(base.repo, commit, "lib/logo.bin") == toys.KERNEL["lib/logo.bin"]
    made = apply.apply(toy.series(), base, Target("v2"), toy.cache)
    assert len(made.commit) == 64
