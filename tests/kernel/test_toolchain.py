# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from refseries.errors import HostError, SeriesError
from refseries.kernel import toolchain


def executable(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\necho '{text}'\necho second line\n")
    path.chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with every tool of an x86_64 host that cross-compiles, but for ccache."""
    for name in ("make", "flex", "bison", "bc", "gcc", "ld"):
        executable(tmp_path / name, f"host {name} 1")
    for name in ("gcc", "ld"):
        executable(tmp_path / f"aarch64-linux-gnu-{name}", f"cross {name} 2")
    monkeypatch.setenv("PATH", str(tmp_path))
    toolchain.find.cache_clear()
    return tmp_path


@pytest.fixture(autouse=True)
def forget() -> None:
    toolchain.find.cache_clear()


def test_another_architecture_is_cross_compiled(tools: Path) -> None:
    found = toolchain.find("arm64", "x86_64")
    assert (found.version, found.linker) == ("cross gcc 2", "cross ld 2")
    assert found.arguments == (
        "ARCH=arm64",
        "CROSS_COMPILE=aarch64-linux-gnu-",
        "CC=aarch64-linux-gnu-gcc",
    )


def test_the_own_architecture_has_no_prefix_and_ccache_is_used_when_there(tools: Path) -> None:
    executable(tools / "ccache", "ccache version 4")
    found = toolchain.find("arm64", "aarch64")
    assert found.version == "host gcc 1"
    assert found.arguments == ("ARCH=arm64", "CROSS_COMPILE=", "CC=ccache gcc")


@pytest.mark.parametrize(
    ("missing", "package"),
    [
        ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu"),
        ("flex", "flex"),
        ("make", "make"),
    ],
)
def test_a_missing_tool_is_named_with_its_package(tools: Path, missing: str, package: str) -> None:
    (tools / missing).unlink()
    with pytest.raises(HostError, match=missing) as caught:
        toolchain.find("arm64", "x86_64")
    assert package in caught.value.hint
    assert caught.value.exit_code == 3


def test_an_unknown_architecture_lists_the_known() -> None:
    with pytest.raises(SeriesError) as caught:
        toolchain.find("pdp11")
    assert caught.value.hint == "Known are: arm64, x86_64, arm, riscv."


def test_ccache_keeps_to_the_directory_of_the_user() -> None:
    ours = Path("/cache/ccache")
    assert toolchain.environment(ours, {})["CCACHE_DIR"] == "/cache/ccache"
    assert toolchain.environment(ours, {"CCACHE_DIR": "/mine"})["CCACHE_DIR"] == "/mine"


def test_make_is_shielded_from_variables_that_bend_a_build() -> None:
    environment = toolchain.environment(Path("/c"), {"MAKEFLAGS": "-k", "KBUILD_OUTPUT": "/x"})
    assert environment["MAKEFLAGS"] == ""
    assert environment["KBUILD_OUTPUT"] == ""
    bent = ("KBUILD_KCONFIG", "KBUILD_MODPOST_WARN", "CF", "KASAN_SANITIZE")
    assert {environment[name] for name in bent} == {""}
    assert environment["LC_ALL"] == environment["LANG"] == "C"


def test_kconfig_hears_nothing_of_the_user() -> None:
    theirs = {"KCONFIG_WERROR": "1", "KCONFIG_CONFIG": "/mine", "KCONFIG_ALLCONFIG": "/mine"}
    environment = toolchain.environment(Path("/c"), {**theirs, "KCFLAGS": "-O3"})
    # An empty KCONFIG_WERROR is set, and an empty KCONFIG_ALLCONFIG has conf look for allno.config.
    assert {environment[name] for name in theirs} == {None}
    assert "KCFLAGS" not in environment


def test_flags_of_the_user_are_told_for_the_key() -> None:
    user = {"KCFLAGS": "-O3", "KAFLAGS": "", "HOME": "/root"}
    assert toolchain.honoured(user) == {"KCFLAGS": "-O3"}
