# SPDX-License-Identifier: GPL-2.0-or-later
"""The base kernel from the user's tree and from the distribution's package."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import toy as toys
from toy import Toy
from toy_base import FILES, find, leftovers, package_of, settings, spec

from refseries import git
from refseries.errors import HostError, SeriesError, StageError
from refseries.host import proc
from refseries.kernel import base
from refseries.model import BaseSpec


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return package_of(tmp_path / "src")


# The user's tree.


def test_the_users_tree_is_used_where_it_stands_at_the_release(toy: Toy) -> None:
    info = base.find(spec(), settings(toy.cache, toy.tree), toys.IDENTITY)
    assert info == toy.base()
    assert base.ready(spec(), settings(toy.cache, toy.tree)) == info
    assert not toy.cache.exists()
    assert base.differs(spec(), info) is None


def test_without_the_releases_tag_its_head_is_taken_and_the_difference_said(toy: Toy) -> None:
    toy.git("tag", "-d", f"v{toys.RELEASE}")
    text = toys.KERNEL["Makefile"].replace(b"117", b"118")
    head = toy.commit((toys.ADA, "Linux 6.12.118\n", {"Makefile": text}))
    info = base.find(spec(), settings(toy.cache, toy.tree), toys.IDENTITY)
    assert (info.commit, info.release) == (head, "6.12.118")
    assert "6.12.118 (from tree)" in str(base.differs(spec(), info))


def test_a_branch_named_like_the_release_is_not_taken_for_it(toy: Toy) -> None:
    name = f"v{toys.RELEASE}"
    toy.git("branch", "other", name)
    head = toy.commit((toys.ADA, "more\n", {"mm/more.c": b"1\n"}))
    toy.git("tag", "-d", name)
    toy.git("branch", "-m", "other", name)
    assert base.find(spec(), settings(toy.cache, toy.tree), toys.IDENTITY).commit == head


def test_base_ref_names_the_commit(toy: Toy) -> None:
    head = toy.git("rev-parse", "master")
    found = base.find(spec(), settings(toy.cache, toy.tree, "master"), toys.IDENTITY)
    assert found.commit == head
    linked = toy.directory / "linked"
    toy.git("worktree", "add", "--quiet", "--detach", str(linked), head)
    assert base.find(spec(), settings(toy.cache, linked, "HEAD"), toys.IDENTITY) == found
    with pytest.raises(SeriesError, match="no commit `v7`") as caught:
        base.find(spec(), settings(toy.cache, toy.tree, "v7"), toys.IDENTITY)
    assert caught.value.where == f"{toy.tree} (from flag)"
    with pytest.raises(SeriesError, match="no commit `--help`"):
        base.find(spec(), settings(toy.cache, toy.tree, "--help"), toys.IDENTITY)


def test_a_tree_that_is_no_kernel_or_no_tree(toy: Toy, tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match="not a git repository"):
        base.find(spec(), settings(toy.cache, toy.project), toys.IDENTITY)
    with pytest.raises(SeriesError, match="not a git repository"):
        base.find(spec(), settings(toy.cache, tmp_path / "gone"), toys.IDENTITY)
    toy.commit((toys.ADA, "no kernel\n", {"Makefile": b"all:\n\techo VERSION\n"}))
    with pytest.raises(SeriesError, match="is not a Linux kernel"):
        base.find(spec(), settings(toy.cache, toy.tree, "HEAD"), toys.IDENTITY)
    toy.commit((toys.ADA, "less kernel\n", {"Makefile": None}))
    with pytest.raises(SeriesError, match="is not a Linux kernel"):
        base.find(spec(), settings(toy.cache, toy.tree, "HEAD"), toys.IDENTITY)


def test_a_series_may_name_no_source_but_its_tree(tmp_path: Path) -> None:
    nowhere = settings(tmp_path / "cache")
    bare = BaseSpec(toys.RELEASE)
    assert base.ready(bare, nowhere) is None
    with pytest.raises(SeriesError, match="nothing says where the base kernel, Linux 6") as caught:
        base.find(bare, nowhere, toys.IDENTITY)
    assert "--tree DIR" in caught.value.hint
    package = BaseSpec(toys.RELEASE, package="toy-source")
    with pytest.raises(HostError, match="package `toy-source` is not installed"):
        base.find(package, nowhere, toys.IDENTITY, package_dir=tmp_path)


def test_a_tree_of_somebody_else_is_not_said_to_lack_the_commit(toy: Toy) -> None:
    for path in (toy.tree, toy.tree / ".git"):
        os.chown(path, 12345, 12345)
    with pytest.raises(HostError, match="git cannot work in this repository") as caught:
        base.find(spec(), settings(toy.cache, toy.tree), toys.IDENTITY)
    assert "safe.directory" in caught.value.detail


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\n", "6.12.117"),
        ("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n", "6.12"),
        ("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL =\n", "6.12"),
        ("VERSION = 6\n", None),
        ("", None),
    ],
)
def test_the_release_stands_in_the_makefile(text: str, release: str | None) -> None:
    assert base.release_of(text) == release


# The distribution's package.


def test_a_package_becomes_the_tree_that_git_add_makes(package: Path, tmp_path: Path) -> None:
    said: list[tuple[str, float]] = []
    info = base.find(
        spec(), settings(tmp_path / "cache"), toys.IDENTITY, package_dir=package,
        say=lambda text, part=0.0: said.append((text, part)),
    )  # fmt: skip
    proc.run(["tar", "-xf", package / "toy-source.tar.xz"], cwd=tmp_path)
    plain = tmp_path / "linux-6.12"
    proc.run(["git", "init", "--quiet"], cwd=plain)
    proc.run(["git", "add", "--force", "--all"], cwd=plain)
    assert info.tree == proc.run(["git", "write-tree"], cwd=plain).stdout.strip()
    assert (info.release, info.source) == (toys.RELEASE, "package")
    assert git.resolve(info.repo, "HEAD") == info.commit
    shown = git.git(info.repo, "log", "--format=%an <%ae> %cn %ct %s", "HEAD").stdout.strip()
    assert (
        shown
        == f"{toys.IDENTITY.name} <{toys.IDENTITY.email}> Refseries Toy 1700000000 base kernel"
    )
    assert not git.git(info.repo, "fsck", "--strict").stdout
    assert leftovers(tmp_path / "cache") == []
    assert said[0][0] == "Importing the base kernel"
    assert all(0 <= part <= 1 for _text, part in said)


def test_a_second_time_imports_nothing(package: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert base.ready(spec(), settings(cache), package_dir=package) is None
    info = find(cache, package_dir=package)
    before = sorted((path, path.stat().st_mtime_ns) for path in cache.rglob("*"))
    assert find(cache, package_dir=package) == info
    assert base.ready(spec(), settings(cache), package_dir=package) == info
    assert sorted((path, path.stat().st_mtime_ns) for path in cache.rglob("*")) == before


def test_another_package_is_imported_anew(package: Path, tmp_path: Path) -> None:
    first = find(tmp_path / "cache", package_dir=package)
    makefile = toys.KERNEL["Makefile"].replace(b"117", b"118")
    toys.tarball(package / "toy-source.tar.xz", {**FILES, "Makefile": makefile})
    second = find(tmp_path / "cache", package_dir=package)
    assert (first.release, second.release) == ("6.12.117", "6.12.118")
    assert "6.12.118 (from package)" in str(base.differs(spec(), second))


@pytest.mark.parametrize("damage", ["record gone", "record cut", "record odd", "objects gone"])
def test_an_import_that_was_damaged_is_made_again(
    package: Path, tmp_path: Path, damage: str
) -> None:
    cache = tmp_path / "cache"
    info = find(cache, package_dir=package)
    record = info.repo.parent / "base.json"
    if damage == "record gone":
        record.unlink()
    elif damage == "objects gone":
        for pack in (info.repo / "objects" / "pack").iterdir():
            pack.unlink()
    else:
        record.write_text(record.read_text()[:20] if damage == "record cut" else '{"commit": 1}')
    assert base.ready(spec(), settings(cache), package_dir=package) is None
    assert find(cache, package_dir=package) == info
    assert git.resolve(info.repo, info.commit) == info.commit
    assert leftovers(cache) == []


def test_hard_links_are_files(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for name, content in toys.KERNEL.items():
            member = tarfile.TarInfo(f"./top/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        member = tarfile.TarInfo("./top/mm/again.c")
        member.type, member.linkname = tarfile.LNKTYPE, "./top/mm/memory.c"
        tar.addfile(member)
    write_package(tmp_path, plain.getvalue())
    info = find(tmp_path / "cache", package_dir=tmp_path)
    assert git.read_file(info.repo, info.commit, "mm/again.c") == toys.KERNEL["mm/memory.c"]


def write_package(directory: Path, plain: bytes) -> None:
    packed = proc.run(["xz", "-c", "-0"], stdin=plain).out
    (directory / "toy-source.tar.xz").write_bytes(packed)


def test_what_git_cannot_hold_is_refused(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        member = tarfile.TarInfo("top/fifo")
        member.type = tarfile.FIFOTYPE
        tar.addfile(member)
    write_package(tmp_path, plain.getvalue())
    with pytest.raises(StageError, match="top/fifo is neither a file nor a link"):
        find(tmp_path / "cache", package_dir=tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: b"rubbish" * 1000, id="rubbish"),
        pytest.param(lambda data: data[:6], id="header alone"),
        pytest.param(lambda data: data[: len(data) // 2], id="half"),
        pytest.param(lambda data: data[:-8], id="end cut off"),
        pytest.param(lambda data: data[:500] + bytes(64) + data[564:], id="hole"),
        pytest.param(lambda data: data + b"tail", id="tail"),
    ],
)
def test_a_damaged_package_is_said_so_and_leaves_nothing(
    package: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = package / "toy-source.tar.xz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StageError, match="the tarball is damaged") as caught:
        find(tmp_path / "cache", package_dir=package)
    assert caught.value.where == str(path)
    assert leftovers(tmp_path / "cache") == []


def test_a_package_that_is_no_kernel_leaves_nothing(tmp_path: Path) -> None:
    toys.tarball(tmp_path / "toy-source.tar.xz", {"README": b"no kernel\n"})
    with pytest.raises(SeriesError, match="not a Linux kernel"):
        find(tmp_path / "cache", package_dir=tmp_path)
    assert leftovers(tmp_path / "cache") == []
