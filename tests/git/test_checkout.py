# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import toy as toys
from hypothesis import given
from hypothesis import strategies as st
from toy import Toy

from refseries.errors import StageError
from refseries.git import checkout
from refseries.model import Applied, BaseInfo, Target
from refseries.series import apply, naming

BRANCH = "refseries/toy/it"


def applied(toy: Toy, version: str, base: BaseInfo | None = None) -> Applied:
    series = toy.series()
    target = naming.target(series, version)
    return apply.apply(series, base or toy.base(), target, toy.cache, branch=BRANCH)


def looked_at(toy: Toy, version: str, base: BaseInfo | None = None) -> Path:
    """The work tree of a version; all versions go to the same one here."""
    base = base or toy.base()
    made = replace(applied(toy, version, base), branch=BRANCH)
    path = checkout.checkout(toy.series(), base, made, toy.cache).worktree
    assert path is not None
    return path


def head(toy: Toy, path: Path) -> str:
    return toy.git("rev-parse", "HEAD", at=path)


def files(path: Path) -> set[str]:
    found = {str(name.relative_to(path)) for name in path.rglob("*") if not name.is_dir()}
    return found - {".git"}


def test_it_holds_the_directories_that_the_patches_touch(toy: Toy) -> None:
    config = (toy.tree / ".git/config").read_text()
    path = looked_at(toy, "v1")
    assert path == toy.cache / "toy" / "look" / "refseries-toy-it"
    assert head(toy, path) == applied(toy, "v1").commit
    assert files(path) == {
        ".gitignore", "Kconfig", "Makefile", "Documentation/mm/toy.rst", "mm/Makefile",
        "mm/memory.c", "mm/toy.c",
    }  # fmt: skip
    assert toy.git("status", "--porcelain", at=path) == ""
    assert toy.git("status", "--porcelain") == ""
    assert (toy.tree / ".git/config").read_text() == config
    assert toy.git("rev-parse", "--abbrev-ref", "HEAD") == "master"


def test_the_user_can_get_the_rest(toy: Toy) -> None:
    path = looked_at(toy, "v1")
    toy.git("sparse-checkout", "disable", at=path)
    assert {"mm/damon/core.c", "drivers/gpu/drm.c", "arch/x86/Kconfig"} < files(path)
    assert toy.git("status", "--porcelain", at=path) == ""
    assert toy.git("status", "--porcelain") == ""


def test_a_second_look_changes_nothing(toy: Toy) -> None:
    path = looked_at(toy, "v1")
    (path / "mm/toy.c").write_text("the user tries something\n")
    (path / "notes").write_text("mine\n")
    assert looked_at(toy, "v1") == path
    assert (path / "mm/toy.c").read_text() == "the user tries something\n"
    assert (path / "notes").read_text() == "mine\n"


def test_it_moves_with_the_branch(toy: Toy) -> None:
    looked_at(toy, "v1")
    (patch,) = toy.version_of((toys.ADA, "lib\n", {"lib/new.c": b"1\n"}))
    assert patch.exists()
    path = looked_at(toy, "v9")
    assert head(toy, path) == applied(toy, "v9").commit
    assert files(path) == {".gitignore", "Kconfig", "Makefile", "lib/logo.bin", "lib/new.c"}
    assert toy.git("status", "--porcelain", at=path) == ""
    assert files(looked_at(toy, "base")) == {".gitignore", "Kconfig", "Makefile"}


def test_changes_of_the_user_are_not_lost(toy: Toy) -> None:
    path = looked_at(toy, "v1")
    (path / "mm/memory.c").write_text("mine\n")
    with pytest.raises(StageError, match="changes that are not committed") as caught:
        looked_at(toy, "v2")
    assert "mm/memory.c" in caught.value.detail
    assert (path / "mm/memory.c").read_text() == "mine\n"
    assert head(toy, path) == applied(toy, "v1").commit
    (path / "mm/toy.c").write_text("mine, added\n")
    (path / "mm/new.c").write_text("mine, and new\n")
    toy.git("add", "mm", at=path)
    (command,) = re.findall("`git (.*?)`", caught.value.hint)
    toy.git("-c", "user.name=t", "-c", "user.email=t@example.org", *shlex.split(command))
    assert (looked_at(toy, "v2") / "mm/toy.c").read_bytes() == b"short toy_create;\n"


def test_a_new_file_of_the_user_in_the_way_is_not_lost(toy: Toy) -> None:
    toy.version_of((toys.ADA, "new\n", {"mm/new.c": b"theirs\n"}))
    path = looked_at(toy, "v1")
    (path / "mm/other.c").write_text("in nobody's way\n")
    (path / "mm/new.c").write_text("mine\n")
    with pytest.raises(StageError, match="changes that are not committed") as caught:
        looked_at(toy, "v9")
    assert caught.value.detail == "?? mm/new.c"
    (path / "mm/new.c").unlink()
    looked_at(toy, "v9")
    assert (path / "mm/new.c").read_text() == "theirs\n"
    assert (path / "mm/other.c").read_text() == "in nobody's way\n"


def test_a_commit_of_the_user_is_not_lost(toy: Toy) -> None:
    path = looked_at(toy, "v1")
    (path / "mm/toy.c").write_text("mine\n")
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    toy.git(*identity, "commit", "--quiet", "-a", "-m", "mine", at=path)
    mine = head(toy, path)
    with pytest.raises(StageError, match="a commit that is on no branch"):
        looked_at(toy, "v2")
    assert head(toy, path) == mine
    toy.git("switch", "--quiet", "-c", "saved", at=path)
    looked_at(toy, "v2")
    assert toy.git("rev-parse", "saved") == mine


@pytest.mark.parametrize("stage", ["nothing checked out", "index.lock left", "half moved"])
def test_one_that_was_killed_half_way_is_put_right(toy: Toy, stage: str) -> None:
    path = looked_at(toy, "v1")
    admin = toy.tree / ".git" / "worktrees" / path.name
    path.with_name(f"{path.name}.moving").touch()
    if stage == "half moved":
        (path / "mm/toy.c").write_bytes(b"short toy_create;\n")
        (path / "mm/memory.c").unlink()
        (path / "mm/Makefile").write_text("half")
    else:
        (admin / "index").rename(admin / "index.lock")
        toy.git("update-ref", "--no-deref", "HEAD", toy.base_commit, at=path)
        if stage == "nothing checked out":
            (admin / "index.lock").unlink()
            for name in files(path):
                (path / name).unlink()
    assert looked_at(toy, "v2") == path
    assert head(toy, path) == applied(toy, "v2").commit
    assert (path / "mm/Makefile").read_bytes() == toys.KERNEL["mm/Makefile"]
    assert toy.git("status", "--porcelain", at=path) == ""
    assert sorted(entry.name for entry in path.parent.iterdir()) == [path.name, f"{path.name}.lock"]


@pytest.mark.parametrize("how", ["directory", "registration", "half"])
def test_one_that_somebody_removed_is_made_again(toy: Toy, how: str) -> None:
    path = looked_at(toy, "v1")
    if how == "directory":
        shutil.rmtree(path)
    elif how == "registration":
        shutil.rmtree(toy.tree / ".git" / "worktrees")
    else:
        (path / ".git").unlink()
    before = files(path)
    assert looked_at(toy, "v1") == path
    assert files(path) >= before
    assert head(toy, path) == applied(toy, "v1").commit
    assert toy.git("worktree", "list").count("\n") == 1


def test_other_work_trees_of_the_user_stay_registered(toy: Toy) -> None:
    toy.git("worktree", "add", "--quiet", "--detach", str(toy.directory / "usb-disk"))
    (toy.directory / "usb-disk").rename(toy.directory / "unplugged")
    looked_at(toy, "v1")
    assert "usb-disk" in toy.git("worktree", "list")


def test_another_base_repository_gets_its_own_tree(toy: Toy, tmp_path: Path) -> None:
    path = looked_at(toy, "v1")
    other = toys.Toy(tmp_path / "other")
    shutil.copytree(toy.tree, other.tree, symlinks=True, ignore=shutil.ignore_patterns("worktrees"))
    other.git("checkout", "--quiet", f"v{toys.RELEASE}")
    other.commit((toys.ADA, "another base\n", {"mm/damon/core.c": b"other\n"}))
    commit, tree = other.git("rev-parse", "HEAD", "HEAD^{tree}").split()
    base = BaseInfo(toys.RELEASE, "tree", other.tree / ".git", commit, tree)
    assert looked_at(toy, "v1", base) == path
    assert head(toy, path) == applied(toy, "v1", base).commit
    assert toy.git("rev-parse", "--git-common-dir", at=path) == str(other.tree / ".git")


def test_line_ends_are_those_of_the_patch(toy: Toy) -> None:
    toy.git("config", "core.autocrlf", "true")
    path = looked_at(toy, "v1")
    assert (path / "mm/toy.c").read_bytes() == b"int toy_create;\n"
    assert toy.git("status", "--porcelain", at=path) == ""


def test_the_base_alone_can_be_looked_at(toy: Toy) -> None:
    base = toy.base()
    made = Applied(Target("base"), base.repo, None, base.commit, base.tree)
    path = checkout.checkout(toy.series(), base, made, toy.cache).worktree
    assert path is not None
    assert files(path) == {".gitignore", "Kconfig", "Makefile"}


def test_patterns_name_each_directory_and_those_above() -> None:
    assert checkout.patterns(("mm/a.c", "include/linux/mm.h", "top", "mm/b.c")) == (
        "/*", "!/*/", "/include/", "!/include/*/", "/include/linux/", "!/include/linux/*/",
        "/mm/", "!/mm/*/",
    )  # fmt: skip
    assert checkout.patterns(("a*[b]?/c\\d/e",))[2] == "/a\\*\\[b]\\?/"


@given(st.lists(st.text(st.sampled_from("ab/"), min_size=1).map(lambda name: name.strip("/"))))
def test_patterns_come_in_pairs_and_directories_after_those_above(names: list[str]) -> None:
    found = checkout.patterns(tuple(names))
    assert len(found) % 2 == 0
    assert all(f"!{one}*/" == other for one, other in zip(found[2::2], found[3::2], strict=True))
    assert list(found[2::2]) == sorted(found[2::2], key=lambda name: name.split("/"))


def test_a_tree_whose_making_was_killed_is_made_again(toy: Toy) -> None:
    path = looked_at(toy, "v1")
    (admin,) = (toy.tree / ".git/worktrees").iterdir()
    # As long as `git worktree add` is at work, git holds the tree by this.
    (admin / "locked").write_text("initializing\n")
    shutil.rmtree(path)
    assert looked_at(toy, "v1") == path
    assert head(toy, path) == applied(toy, "v1").commit
