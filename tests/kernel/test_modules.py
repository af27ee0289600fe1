# SPDX-License-Identifier: GPL-2.0-or-later
"""Modules that a config asks for: real make on the fake kernel, real objects."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cpio_archive import unpacked
from fake_kernel import Commit, FakeKernel

from refseries.errors import StageError
from refseries.kernel import build, compiled, modules
from refseries.kernel.model import Config

# As kbuild leaves them: an object a module, its command file, its parts and the order of all.
RULES = """\
ko := drivers/toy/toy-user.ko drivers/toy/toy_core.ko lib/toy_other.ko
.PHONY: modules
modules: $(ko)
\t@for each in $(ko); do echo "$${each%.ko}.o"; done > modules.order
$(ko): %.ko: $(srctree)/%.c
\t@mkdir -p $(@D)
\t@echo "  CC [M]  $(@:.ko=.o)"
\t@$(CC) -ffreestanding -MMD -c -o $(@:.ko=.o) $<
\t@mv $(@:.ko=.d) $(@D)/.$(basename $(@F)).o.cmd
\t@echo "$(@:.ko=.o)" > $(@:.ko=.mod)
\t@cp $(@:.ko=.o) $@
"""
KCONFIG = "".join(f"\nconfig {name}\n" for name in ("MODULES", "TOY", "TOY_CORE", "OTHER", "BARE"))
TOYS = "obj-$(CONFIG_TOY) += toy-user.o\nobj-$(CONFIG_TOY_CORE) += toy_core.o\n"
SOURCE = 'static const char info[] __attribute__((section(".modinfo"), used)) = "depends=%s";\n'
PLACE = "/lib/modules"


@pytest.fixture
def kernel(tmp_path: Path) -> FakeKernel:
    return FakeKernel(tmp_path)


def committed(kernel: FakeKernel, needs: str = "toy_core") -> Commit:
    return kernel.commit(
        "modules",
        {
            "inject.mk": RULES,
            "Kconfig": (kernel.work / "Kconfig").read_text() + KCONFIG,
            "drivers/toy/Makefile": TOYS,
            "drivers/toy/toy-user.c": SOURCE % needs,
            "drivers/toy/toy_core.c": SOURCE % "",
            "lib/Makefile": "obj-$(CONFIG_OTHER) += toy_other.o\n",
            "lib/toy_other.c": SOURCE % "",
        },
    )


def asking(kernel: FakeKernel, fragment: str) -> Config:
    config = kernel.config(fragment)
    return replace(
        config,
        fragments=(*config.fragments, modules.FRAGMENT),
        targets=("Image", modules.TARGET),
        modules=True,
    )


def loaded(directory: Path) -> list[str]:
    members = {each.path: each for each in unpacked((directory / modules.ARCHIVE).read_bytes())}
    listed = members.pop(f"{PLACE}/load").data.decode().split()
    assert {*listed} == {path for path in members if path.endswith(".ko")}
    assert all(members[path].data.startswith(b"\x7fELF") for path in listed)
    return listed


def test_a_module_stands_behind_what_it_needs_and_what_nobody_asks_for_is_left_out(
    kernel: FakeKernel,
) -> None:
    # What it needs is listed behind it, and asked for as part of the kernel.
    config = asking(kernel, "# CONFIG_MODULES is not set\nCONFIG_TOY=m\n")
    image = build.build(kernel.request(committed(kernel), config))
    assert loaded(image.directory) == [f"{PLACE}/toy_core.ko", f"{PLACE}/toy_user.ko"]
    assert "CONFIG_MODULES=y" in (image.directory / "config").read_text()
    assert {"drivers/toy/toy-user.c", "mm/memory.c"} < (compiled.read(image.directory) or set())


def test_an_option_that_makes_no_module_is_named_with_its_line(kernel: FakeKernel) -> None:
    config = asking(kernel, "CONFIG_OTHER=m\nCONFIG_BARE=m\n")
    with pytest.raises(StageError, match="no module is made of CONFIG_BARE") as caught:
        build.build(kernel.request(committed(kernel), config))
    assert caught.value.where == "default.config:2"


def test_a_module_that_needs_one_which_is_not_there_is_named(kernel: FakeKernel) -> None:
    config = asking(kernel, "CONFIG_TOY=m\n")
    with pytest.raises(StageError, match="toy_user needs gone"):
        build.build(kernel.request(committed(kernel, "toy_core,gone"), config))


def test_they_stand_behind_the_initramfs_of_their_image_alone(
    kernel: FakeKernel, tmp_path: Path
) -> None:
    at = committed(kernel)
    archive = tmp_path / "own.cpio"
    archive.write_bytes(b"070701")
    plain = build.build(kernel.request(at))
    assert plain.path is not None
    assert modules.joined(archive, plain.path, tmp_path) == archive
    image = build.build(kernel.request(at, asking(kernel, "CONFIG_OTHER=m\n")))
    assert image.path is not None
    whole = modules.joined(archive, image.path, tmp_path)
    assert whole.read_bytes() == b"070701" + (image.directory / modules.ARCHIVE).read_bytes()
    assert archive.read_bytes() == b"070701"


def test_without_any_asked_for_the_guest_has_an_empty_list(kernel: FakeKernel) -> None:
    image = build.build(kernel.request(committed(kernel), asking(kernel, "CONFIG_SHMEM=y\n")))
    assert loaded(image.directory) == []
