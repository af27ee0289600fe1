# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import errno
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_kernel import FakeKernel

from refseries.errors import StageError
from refseries.kernel import build, images
from refseries.kernel.images import ImageStore, Record

INPUTS: dict[str, Any] = {
    "tree": "a" * 40,
    "fragments": ["CONFIG_A=y\n", "CONFIG_B=y\n"],
    "toolchain": ["gcc 12", "ld 2.40"],
    "arch": "arm64",
    "targets": ["Image"],
    "environment": {"KAFLAGS": "-g", "KCFLAGS": "-O2"},
}
RECORD = Record(
    tree="a" * 40,
    config="default",
    arch="arm64",
    image="Image",
    release="6.12.117",
    toolchain="gcc 12",
    linker="ld 2.40",
    commands=(("make", "Image"),),
    environment={"LC_ALL": "C"},
    seconds=12.5,
    ccache={"hits": 1, "misses": 2},
)


def test_the_key_is_the_same_for_the_same_inputs_and_fit_for_a_file_name() -> None:
    turned = dict(reversed(INPUTS["environment"].items()))  # the user's may come in any order
    assert images.key(**{**INPUTS, "environment": turned}) == images.key(**INPUTS)
    assert re.fullmatch("[0-9a-f]{32}", images.key(**INPUTS))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tree", "b" * 40),
        ("fragments", ["CONFIG_B=y\n", "CONFIG_A=y\n"]),
        ("fragments", ["CONFIG_A=y\nCONFIG_B=y\n"]),
        ("toolchain", ["gcc 13", "ld 2.40"]),
        ("toolchain", ["gcc 12", "ld 2.41"]),
        ("arch", "x86_64"),
        ("targets", ["mm/"]),
        ("environment", {}),
        ("boot", False),
        ("keep", ["vmlinux"]),
    ],
)
def test_every_input_enters_the_key(name: str, value: object) -> None:
    assert images.key(**{**INPUTS, name: value}) != images.key(**INPUTS)


def test_the_key_of_an_image_that_boots_and_keeps_nothing_more_is_as_it_was() -> None:
    assert images.key(**INPUTS) == images.key(**INPUTS, boot=True, keep=[])
    assert images.key(**INPUTS) == "ff6948d2eb50847d2a0826f4404f6906"


def stored(store: ImageStore, content: str) -> Path:
    temporary = store.begin("k")
    (temporary / "Image").write_text(content)
    (temporary / images.LOG).write_text("log")
    path = store.finish("k", temporary, RECORD).path
    assert path is not None
    return path


def test_what_is_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    store = ImageStore(tmp_path / "images")
    assert store.load("k") is None
    path = stored(store, "one")
    image = store.load("k")
    assert image is not None
    assert image.path == path == tmp_path / "images/k/Image"
    assert (image.release, image.toolchain, image.seconds) == ("6.12.117", "gcc 12", 12.5)
    assert image.log.read_text() == "log"


def test_a_later_build_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    stored(store, "one")
    assert stored(store, "two").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["k"]


def test_a_refusal_is_kept_and_raised_again_until_a_build_succeeds(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    temporary = store.begin("k")
    error = StageError("no such thing", where="mm/a.c:3", detail="lines")
    raised = store.fail("k", temporary, error)
    with pytest.raises(StageError) as caught:
        store.load("k")
    assert str(caught.value) == str(raised)
    assert (caught.value.where, caught.value.detail) == ("mm/a.c:3", "lines")
    assert str(tmp_path / "k/build.log") in caught.value.hint
    stored(store, "fixed")
    assert store.load("k") is not None


@pytest.mark.parametrize("damage", ["half a record", "no image", "no record"])
def test_a_damaged_entry_counts_as_none(tmp_path: Path, damage: str) -> None:
    store = ImageStore(tmp_path)
    path = stored(store, "one")
    if damage == "half a record":
        (tmp_path / "k/image.json").write_text('{"schema": 1, "tr')
    elif damage == "no image":
        path.unlink()
    else:
        (tmp_path / "k/image.json").unlink()
    assert store.load("k") is None


def test_leftovers_of_a_killed_build_are_removed_by_the_next(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    (store.begin("killed") / "build.log").touch()
    temporary = store.begin("k")
    assert list(tmp_path.iterdir()) == [temporary]


def test_a_full_disk_is_told_from_other_faults(tmp_path: Path) -> None:
    full = images.disk_full(OSError(errno.ENOSPC, "x"), tmp_path)
    denied = images.disk_full(OSError(errno.EACCES, "x", "/cache/k"), tmp_path)
    assert "full" in full.what
    assert denied.where == "/cache/k"
    assert "Permission denied" in denied.what


def test_a_config_that_only_compiles_has_images_of_its_own(tmp_path: Path) -> None:
    kernel = FakeKernel(tmp_path)
    config = kernel.config("CONFIG_MMU=y\n")
    compiled = replace(config, name="compiled", boot=False, image_path="")
    assert build.build(kernel.request(kernel.base, compiled)).path is None
    assert build.build(kernel.request(kernel.base, config)).path is not None
    kept = replace(config, name="kept", keep=("arch/arm64",))
    directory = build.build(kernel.request(kernel.base, kept)).directory
    assert (directory / "arch/arm64/boot/Image").is_file()
