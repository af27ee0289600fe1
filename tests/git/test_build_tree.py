# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fake_kernel import FakeKernel
from recorded_progress import heard
from waiting import SECONDS

from refseries.errors import StageError
from refseries.git import build_tree
from refseries.git.build_tree import Worktree

LEAVE_OUT = ("drivers/gpu",)


@pytest.fixture
def kernel(tmp_path: Path) -> FakeKernel:
    return FakeKernel(tmp_path)


@contextmanager
def opened(kernel: FakeKernel, leave_out: tuple[str, ...] = LEAVE_OUT) -> Iterator[Worktree]:
    said: list[str] = []
    with build_tree.opened(kernel.repo, kernel.source, leave_out, say=heard(said)) as tree:
        yield tree
    assert said == []


def state_of(repo: Path) -> dict[str, bytes]:
    """Every file of a repository but for those of our work tree and the objects."""
    return {
        str(path.relative_to(repo)): path.read_bytes()
        for path in repo.rglob("*")
        if path.is_file() and path.relative_to(repo).parts[0] not in ("worktrees", "objects")
    }


def files(tree: Path) -> set[str]:
    return {
        str(path.relative_to(tree))
        for path in tree.rglob("*")
        if path.is_file() and path.name != ".git"
    }


def test_the_tree_is_made_without_what_is_left_out_but_with_its_makefiles(
    kernel: FakeKernel,
) -> None:
    with opened(kernel) as tree:
        tree.move(kernel.base.commit)
        assert tree.head() == kernel.base.commit
    there = files(kernel.source)
    assert "mm/memory.c" in there
    assert "drivers/gpu/Makefile" in there
    assert "drivers/gpu/drm.c" not in there


def test_nothing_of_the_repository_changes_and_its_status_stays_clean(kernel: FakeKernel) -> None:
    hook = kernel.repo / "hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {kernel.directory}/hook-ran\n")
    hook.chmod(0o755)
    before = state_of(kernel.repo)
    with opened(kernel) as tree:
        tree.move(kernel.base.commit)
        tree.move(kernel.base.commit)
    assert state_of(kernel.repo) == before
    assert kernel.git("status", "--porcelain") == ""
    assert kernel.git("-C", str(kernel.source), "status", "--porcelain") == ""
    assert not (kernel.directory / "hook-ran").exists()


def test_moving_keeps_the_times_of_files_that_do_not_change(kernel: FakeKernel) -> None:
    new = kernel.commit("v1", {"mm/memory.c": "int changed;\n", "mm/new.c": "int n;\n"})
    with opened(kernel) as tree:
        tree.move(kernel.base.commit)
        for path in kernel.source.rglob("*.[ch]"):
            os.utime(path, (1_000_000_000, 1_000_000_000))
        (kernel.source / "o-default").mkdir()
        (kernel.source / "o-default/x.o").touch()
        tree.move(new.commit)
        changed = {
            str(path.relative_to(kernel.source))
            for path in kernel.source.rglob("*.[ch]")
            if path.stat().st_mtime > 1_000_000_000
        }
        # git cannot know that the times alone changed, and compares contents.
        assert (kernel.source / "mm/memory.c").read_text() == "int changed;\n"
        assert {"mm/memory.c", "mm/new.c"} <= changed
        tree.move(kernel.base.commit)
        assert not (kernel.source / "mm/new.c").exists()
        assert (kernel.source / "o-default/x.o").exists()


def test_a_version_may_change_what_is_left_out(kernel: FakeKernel) -> None:
    new = kernel.commit("v1", {"drivers/gpu/drm.c": "int v1;\n", "drivers/gpu/new.c": "int n;\n"})
    with opened(kernel) as tree:
        tree.move(kernel.base.commit)
        tree.move(new.commit)
        assert (kernel.source / "drivers/gpu/new.c").exists()
        tree.move(kernel.base.commit)
        assert not (kernel.source / "drivers/gpu/new.c").exists()
    assert kernel.git("-C", str(kernel.source), "status", "--porcelain") == ""


def test_damage_is_put_right(kernel: FakeKernel) -> None:
    with opened(kernel) as tree:
        tree.move(kernel.base.commit)
        (kernel.source / "mm/memory.c").write_text("half a fi")
        (kernel.source / "mm/mmap.c").unlink()
        (kernel.source / ".config").touch()
        (kernel.source / "mm/stray.o").touch()
        tree.move(kernel.base.commit)
    assert (kernel.source / "mm/memory.c").read_text() == (kernel.work / "mm/memory.c").read_text()
    assert (kernel.source / "mm/mmap.c").exists()
    assert not (kernel.source / ".config").exists()
    assert not (kernel.source / "mm/stray.o").exists()


def test_a_move_that_was_killed_is_finished_by_the_next(
    kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_tree, "_LOCK_PATIENCE_SECONDS", 0.3)
    new = kernel.commit("v1", {"mm/memory.c": "int changed;\n", "mm/new.c": "int n;\n"})
    with opened(kernel) as tree:
        tree.move(kernel.base.commit)
        # What git leaves when it is killed while it writes files.
        admin = kernel.repo / "worktrees/src"
        (admin / "index.lock").write_bytes(b"DIRC")
        (admin / "HEAD.lock").touch()
        (kernel.source / "mm/memory.c").write_text("int chan")
        (kernel.source / "mm/new.c").write_text("int n;\n")
        (kernel.source.parent / "src.moving").write_text(new.commit)
        assert tree.head() is None
        tree.move(kernel.base.commit)
        assert tree.head() == kernel.base.commit
    assert files(kernel.source) == files(kernel.work) - {
        name for name in files(kernel.work) if name.startswith((".git/", "drivers/gpu/drm"))
    } - {"mm/new.c"}


@pytest.mark.parametrize("damage", ["directory", "registration", "index", "state", "half-made"])
def test_a_tree_that_cannot_be_mended_is_made_anew(kernel: FakeKernel, damage: str) -> None:
    with opened(kernel) as tree:
        tree.move(kernel.base.commit)
    if damage == "directory":
        shutil.rmtree(kernel.source)
    elif damage == "registration":
        shutil.rmtree(kernel.repo / "worktrees")
    elif damage == "index":
        (kernel.repo / "worktrees/src/index").write_bytes(b"")
    elif damage == "state":
        (kernel.source.parent / "src.json").unlink()
    else:
        (kernel.source.parent / "src.json").unlink()
        (kernel.source / ".git").unlink()
    with opened(kernel) as tree:
        assert tree.head() is None
        tree.move(kernel.base.commit)
        assert tree.head() == kernel.base.commit
    assert (kernel.source / "mm/memory.c").exists()


def test_another_list_of_what_is_left_out_makes_the_tree_anew(kernel: FakeKernel) -> None:
    with opened(kernel) as tree:
        tree.move(kernel.base.commit)
    with opened(kernel, ()) as tree:
        tree.move(kernel.base.commit)
    assert (kernel.source / "drivers/gpu/drm.c").exists()


def test_a_commit_that_is_not_there_is_an_error_and_the_tree_survives(kernel: FakeKernel) -> None:
    with opened(kernel) as tree:
        tree.move(kernel.base.commit)
        with pytest.raises(StageError):
            tree.move("1" * 40)
        tree.move(kernel.base.commit)


def test_a_second_run_waits_and_says_so(kernel: FakeKernel) -> None:
    said: list[str] = []
    waits, entered = threading.Event(), threading.Event()

    def say(text: str, _part: float = 0.0, /) -> None:
        said.append(text)
        waits.set()

    def second() -> None:
        with build_tree.opened(kernel.repo, kernel.source, (), say=say):
            entered.set()

    with opened(kernel):
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(SECONDS)
        assert not entered.wait(0.3)
    thread.join(SECONDS)
    assert entered.is_set()
    assert len(said) == 1
    assert str(kernel.source) in said[0]


def test_variables_of_a_git_hook_do_not_lead_elsewhere(
    kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_INDEX_FILE", str(kernel.directory / "index"))
    monkeypatch.setenv("GIT_DIR", str(kernel.directory / "nowhere"))
    monkeypatch.setenv("GIT_WORK_TREE", str(kernel.directory))
    with opened(kernel) as tree:
        tree.move(kernel.base.commit)
    assert (kernel.source / "mm/memory.c").exists()
    assert not (kernel.directory / "index").exists()


def test_what_is_left_out_is_decided_by_directory_and_name() -> None:
    paths = ["sound/core.c", "sound/Kconfig", "sound/soc/Makefile", "sound/Kbuild", "soundex.c",
             "drivers/gpu/Kconfig.debug", "drivers/gpu/a.c", "drivers/Makefile.c/x"]  # fmt: skip
    assert build_tree.left_out(paths, ["sound", "drivers/gpu/"]) == [
        "sound/core.c",
        "drivers/gpu/a.c",
    ]
    assert build_tree.left_out(paths, []) == []


def test_a_tree_whose_making_was_killed_is_made_again(kernel: FakeKernel) -> None:
    with opened(kernel) as tree:
        tree.move(kernel.base.commit)
        # As long as `git worktree add` is at work, git holds the tree by this.
        (kernel.repo / "worktrees/src/locked").write_text("initializing\n")
        (kernel.source.parent / "src.json").unlink()
        tree.move(kernel.base.commit)
        assert tree.head() == kernel.base.commit


def test_a_tree_that_names_its_repository_by_a_relative_path_is_kept(kernel: FakeKernel) -> None:
    with opened(kernel) as tree:
        tree.move(kernel.base.commit)
        admin = os.path.relpath(kernel.repo / "worktrees/src", tree.path)
        (tree.path / ".git").write_text(f"gitdir: {admin}\n")
        tree.move(kernel.base.commit)
        assert (tree.path / ".git").read_text() == f"gitdir: {admin}\n"
