# SPDX-License-Identifier: GPL-2.0-or-later
"""How a build directory begins, and what is left of it when a build is killed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fake_kernel import FakeKernel

from refseries.kernel import build, build_dir
from refseries.kernel.model import Image

ALL = ["init/main.o", "lib/string.o", "mm/memory.o", "mm/mmap.o"]
FEW = "CONFIG_NR_CPUS=8\n"
MORE = FEW + "CONFIG_SHMEM=y\n"  # mm/mmap.c asks for it, and nothing else does
OTHER = "CONFIG_NR_CPUS=4\nCONFIG_SHMEM=y\n"


@pytest.fixture
def kernel(tmp_path: Path) -> FakeKernel:
    return FakeKernel(tmp_path)


def built(kernel: FakeKernel, options: str, name: str, *, rebuild: bool = False) -> Image:
    return build.build(kernel.request(kernel.base, kernel.config(options, name), rebuild=rebuild))


def compiled(image: Image) -> list[str]:
    """The objects that a build compiled, as its log has them."""
    lines = image.log.read_text().splitlines()
    return sorted(line.split()[1] for line in lines if line.startswith("  CC "))


def the_image(image: Image) -> bytes:
    assert image.path is not None
    return image.path.read_bytes()


def test_a_config_with_one_option_more_compiles_what_asks_for_it(kernel: FakeKernel) -> None:
    assert compiled(built(kernel, FEW, "few")) == ALL
    more = built(kernel, MORE, "more")
    assert compiled(more) == ["mm/mmap.o"]
    assert "CONFIG_SHMEM=y" in (more.directory / "config").read_text().splitlines()
    # It is what is built from nothing.
    clean = built(kernel, MORE, "more", rebuild=True)
    assert compiled(clean) == ALL
    assert the_image(clean) == the_image(more)


def test_the_next_build_goes_by_its_own_notes(kernel: FakeKernel) -> None:
    built(kernel, FEW, "few")
    few = kernel.source / "o-few"
    (few / ".refseries-built").write_text("of that directory alone")
    built(kernel, MORE, "more")
    names = {path.name for path in (kernel.source / "o-more").glob(".refseries-*")}
    assert names == {".refseries-configured"}


@pytest.mark.parametrize(("first", "second"), [(MORE, FEW), (FEW, OTHER)])
def test_what_has_an_option_that_is_not_set_so_is_not_taken_over(
    kernel: FakeKernel, first: str, second: str
) -> None:
    built(kernel, first, "first")
    assert compiled(built(kernel, second, "second")) == ALL


def test_of_several_that_fit_it_is_the_one_with_the_most_options(kernel: FakeKernel) -> None:
    built(kernel, FEW, "few")
    built(kernel, MORE, "more")
    assert compiled(built(kernel, MORE + "CONFIG_SWAP=y\n", "most")) == []


@pytest.mark.parametrize("mark", [build_dir.BUSY, build_dir.RELEASE])
def test_a_build_that_came_to_no_end_is_not_taken_over(kernel: FakeKernel, mark: str) -> None:
    built(kernel, FEW, "few")
    path = kernel.source / "o-few" / mark
    path.unlink() if path.exists() else path.touch()
    assert compiled(built(kernel, MORE, "more")) == ALL


def test_of_half_a_copy_nothing_is_left(kernel: FakeKernel) -> None:
    built(kernel, FEW, "few")
    built(kernel, MORE, "more")
    out = kernel.source / "o-more"
    (out / ".refseries-copying").touch()
    (out / "mm/mmap.o").write_bytes(b"half")
    os.utime(out / "mm/mmap.o", (0, 0))
    (out / "stray").touch()
    build_dir.recover(out)
    assert list(out.iterdir()) == []


def test_a_copy_is_as_old_as_it_was_and_half_of_one_until_the_own_config_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, more = tmp_path / "few", tmp_path / "more"
    for out, options in ((few, FEW), (more, MORE)):
        out.mkdir()
        (out / ".config").write_text(options)
    release = few / build_dir.RELEASE
    release.parent.mkdir(parents=True)
    release.touch()
    os.utime(release, (9, 9))

    def full(*_: object) -> None:
        raise OSError("full")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="full"):
            build_dir.take_over(more, [few])
    assert (more / build_dir.RELEASE).stat().st_mtime == 9
    build_dir.recover(more)
    assert list(more.iterdir()) == []


def test_recovery_removes_what_the_killed_build_touched_and_nothing_else(tmp_path: Path) -> None:
    old, young = tmp_path / "old.o", tmp_path / "mm/young.o"
    young.parent.mkdir()
    for path in (old, young):
        path.touch()
    written = young.stat().st_mtime  # of the clock that gives files their times
    os.utime(old, (written - 60, written - 60))
    build_dir.recover(tmp_path)
    assert young.exists()
    (tmp_path / ".refseries-busy").touch()
    young.touch()
    build_dir.recover(tmp_path)
    assert old.exists()
    assert not young.exists()
    assert not (tmp_path / ".refseries-busy").exists()
