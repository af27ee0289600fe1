# SPDX-License-Identifier: GPL-2.0-or-later
"""What configs start from, and what images keep beside the kernel: real make on the fake kernel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fake_kernel import FakeKernel

from refseries.errors import StageError
from refseries.host.resources import qemu_dir
from refseries.kernel import build, configs, kconfig
from refseries.kernel.model import Fragment
from refseries.testing import debugger


@pytest.fixture
def kernel(tmp_path: Path) -> FakeKernel:
    return FakeKernel(tmp_path)


def test_the_fragments_stand_over_the_file_that_a_config_starts_from(kernel: FakeKernel) -> None:
    tiny = kernel.config("CONFIG_NR_CPUS=4\n")
    text = "CONFIG_SHMEM=y\nCONFIG_SWAP=y\nCONFIG_NR_CPUS=16\nCONFIG_GONE=y\n"
    own = replace(tiny, start="", start_file=Fragment("my.config", text))
    image = build.build(kernel.request(kernel.base, own))
    found = (image.directory / "config").read_text()
    assert {"CONFIG_SWAP=y", "CONFIG_NR_CPUS=4"} < set(found.splitlines())
    assert build.build(kernel.request(kernel.base, tiny)).key != image.key
    # Going back is no work that is saved by mistake.
    other = replace(own, start_file=Fragment("my.config", "CONFIG_SHMEM=y\n"))
    image = build.build(kernel.request(kernel.base, other))
    assert "# CONFIG_SWAP is not set" in (image.directory / "config").read_text()


@pytest.mark.parametrize(
    ("start", "fragment", "asked"),
    [
        ("defconfig", "qemu/arm64.config", True),
        ("my.config", "qemu/arm64.config", True),
        ("defconfig", "my.config", False),
        ("tinyconfig", "qemu/arm64.config", False),
        ("allnoconfig", "qemu/arm64.config", False),
    ],
)
def test_what_only_experts_are_asked_about_can_be_turned_off_over_any_start(
    start: str, fragment: str, asked: bool, tmp_path: Path
) -> None:
    # VT is one of these: of a defconfig, `# CONFIG_VT is not set` did not survive.
    (tmp_path / "my.config").write_text("CONFIG_MMU=y\n")
    (tmp_path / "kernel-tests").mkdir()
    (tmp_path / "kernel-tests/config").write_text("")
    (tmp_path / "kernel-tests/configs.toml").write_text(
        f'schema = 1\n[config.own]\narch = "arm64"\nstart = "{start}"\n'
        f'fragments = ["{fragment}"]\nboot = true\n'
    )
    own = configs.of_project(tmp_path)["own"]
    assert [each.path for each in own.fragments][-1] == fragment
    assert (own.fragments[0].text == "CONFIG_EXPERT=y\n") is asked


def test_a_target_that_make_does_not_have_is_told_by_make(kernel: FakeKernel) -> None:
    config = replace(kernel.config(), start="toy_defconfig")
    with pytest.raises(StageError, match="toy_defconfig"):
        build.build(kernel.request(kernel.base, config))


def test_an_image_keeps_what_its_config_names(kernel: FakeKernel) -> None:
    config = replace(kernel.config(), keep=("vmlinux", "include/config"))
    image = build.build(kernel.request(kernel.base, config))
    assert (image.directory / "vmlinux").is_file()
    assert (image.directory / "include/config/kernel.release").is_file()


def test_a_debugger_s_config_asks_for_one_kind_of_debug_information_alone() -> None:
    """Of a choice, Kconfig grants one; those of refseries ask for none otherwise."""
    bundled = configs.load_configs(qemu_dir() / "configs.toml", Path(__file__).parents[2])
    for config in (each for each in bundled.values() if each.boot):
        merged = kconfig.merge(debugger.config(config).fragments)
        said = {name: each.value for name, each in merged.items() if "DEBUG_INFO_" in name}
        assert [name for name, value in said.items() if value == "y"] == [
            "CONFIG_DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT"
        ]


def test_a_debugger_s_image_is_another_one_and_its_command_line_attaches(
    kernel: FakeKernel, tmp_path: Path
) -> None:
    config = debugger.config(kernel.config())
    assert (config.name, config.targets) == ("default-gdb", ("Image", "scripts_gdb"))
    asked = config.fragments[-1].text.splitlines()
    assert {"CONFIG_GDB_SCRIPTS=y", "# CONFIG_RANDOMIZE_BASE is not set"} < set(asked)
    image = build.build(kernel.request(kernel.base))
    typed = debugger.to_type(image, 1234)
    assert typed.endswith(f"{image.directory}/vmlinux -ex 'target remote 127.0.0.1:1234'")
