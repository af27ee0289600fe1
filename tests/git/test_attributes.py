# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tree's own info/attributes says changes no byte of what is checked out, packed or kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import toy as toys
from toy import Toy

from refseries import git
from refseries.git import build_tree, checkout, replay
from refseries.git.unpack import unpack
from refseries.host.progress import silent
from refseries.model import Target
from refseries.review import work_branch, work_target, work_tree
from refseries.series import apply

IDENT = b"/* $Id$ */\n"
ATTRIBUTES = """\
* text eol=crlf
*.c ident filter=spy merge=union
*.h working-tree-encoding=UTF-16
Makefile export-ignore
Kconfig export-subst
*.rst -text -diff merge=binary
"""


@pytest.fixture
def odd(toy: Toy) -> Toy:
    """The toy, in whose tree attributes bend whatever goes by."""
    toy.git("config", "filter.spy.clean", "sed s/int/clean/")
    toy.git("config", "filter.spy.smudge", "sed s/int/smudge/")
    toy.git("config", "filter.spy.required", "true")
    info = toy.tree / ".git/info"
    info.mkdir(exist_ok=True)
    (info / "exclude").write_text("*.left-out\n")
    (info / "attributes").write_text(ATTRIBUTES)
    return toy


def blob(toy: Toy, commit: str, name: str) -> bytes:
    return git.git(toy.tree, "cat-file", "blob", f"{commit}:{name}").out


def assert_as_committed(toy: Toy, path: Path, commit: str, *names: str) -> None:
    for name in names:
        assert (path / name).read_bytes() == blob(toy, commit, name), name


FILES = ("mm/memory.c", "include/linux/mm.h", "Makefile", "Kconfig", "scripts/check.sh")


def refs(toy: Toy) -> str:
    return toy.git("for-each-ref", "--format=%(objectname) %(refname)")


def test_a_kernel_is_built_of_the_bytes_that_were_committed(odd: Toy) -> None:
    before = refs(odd)
    path = odd.cache / "src"
    with build_tree.opened(odd.tree / ".git", path, (), say=silent) as tree:
        tree.move(odd.base_commit)
        tree.move(odd.git("rev-parse", "master"))
        (path / "mm/memory.c").write_text("int other;\n")
        tree.move(odd.base_commit)
        assert_as_committed(odd, path, odd.base_commit, *FILES)
        assert tree.head() == odd.base_commit
    assert refs(odd) == before


def test_who_looks_at_a_version_sees_its_bytes(odd: Toy) -> None:
    found = apply.apply(odd.series(), odd.base(), Target("v2"), odd.cache)
    looked = checkout.checkout(odd.series(), odd.base(), found, odd.cache).worktree
    assert looked is not None
    assert_as_committed(odd, looked, found.commit, "mm/memory.c", "mm/toy.c", "Makefile")
    again = replace(found, commit=odd.base_commit)
    assert checkout.checkout(odd.series(), odd.base(), again, odd.cache).worktree == looked


def test_work_that_is_not_committed_is_taken_as_it_stands(odd: Toy) -> None:
    place = work_tree.find(odd.series(), odd.base(), odd.cache)
    work_tree.start(place)
    path = place.worktree
    assert odd.git("symbolic-ref", "--short", "HEAD", at=path) == place.branch
    assert_as_committed(odd, path, place.tip, *FILES, "mm/toy.c")
    assert work_branch.changed(path) == ()
    text = IDENT + b"int smaller;\r\n"
    (path / "mm/toy.c").write_bytes(text)
    (path / "mm/toy.left-out").write_bytes(text)
    found = work_target.find(odd.series(), odd.base(), odd.cache, Path("/"))
    assert blob(odd, found.target.commit, "mm/toy.c") == text
    assert git.changed_paths(odd.tree, place.tip, found.target.commit) == ("mm/toy.c",)


def test_files_that_are_packed_are_those_of_the_commit(odd: Toy, tmp_path: Path) -> None:
    unpack(odd.tree / ".git", odd.base_commit, FILES, tmp_path / "there")
    assert_as_committed(odd, tmp_path / "there", odd.base_commit, *FILES)


@pytest.mark.parametrize("name", ["mm/memory.c", "Documentation/mm/toy.rst"])
def test_no_driver_merges_what_is_in_conflict(odd: Toy, name: str) -> None:
    odd.at_base()
    files: list[toys.Files] = [{name: b"".join(b"%d\n" % n for n in range(9))}]
    files += [{name: b"0\n%s\n" % text + b"".join(b"%d\n" % n for n in range(2, 9))}
              for text in (b"ours", b"theirs")]  # fmt: skip
    old = odd.commit((toys.ADA, "old\n", files[0]))
    ours = odd.commit((toys.ADA, "ours\n", files[1]))
    odd.git("checkout", "--quiet", "--force", old)
    theirs = odd.commit((toys.ADA, "theirs\n", files[2]))
    assert replay.merged(odd.tree / ".git", ours, old, theirs) is None


def test_what_the_repository_has_besides_is_there(odd: Toy) -> None:
    odd.git("pack-refs", "--all")
    place = work_tree.find(odd.series(), odd.base(), odd.cache)
    work_tree.start(place)
    words = (
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@t",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "x",
    )
    git.git(place.worktree, *words)
    assert odd.git("rev-parse", f"{place.branch}^") == place.tip
    assert git.git_dir(place.worktree) == (odd.tree / ".git").resolve()
