# SPDX-License-Identifier: GPL-2.0-or-later
"""Options that a version adds, on trees with and without them: real make on the fake kernel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fake_kernel import FakeKernel

from refseries.errors import StageError
from refseries.kernel import added_options, build, kconfig
from refseries.kernel.model import Fragment


@pytest.fixture
def kernel(tmp_path: Path) -> FakeKernel:
    return FakeKernel(tmp_path)


def test_what_a_version_adds_is_asked_for_only_where_it_is(
    kernel: FakeKernel, tmp_path: Path
) -> None:
    patch = tmp_path / "0001-toy.patch"
    patch.write_text("--- a/Kconfig\n+++ b/Kconfig\n@@ -1 +1,2 @@\n config MMU\n+config TOY\n")
    added = added_options.options_added([patch])
    assert added == {"CONFIG_TOY"}
    config = kernel.config("CONFIG_MMU=y\nCONFIG_TOY=y\n")
    request = replace(kernel.request(kernel.base, config), added_options=added)
    assert "TOY" not in (build.build(request).directory / "config").read_text()
    kconfig = (kernel.work / "Kconfig").read_text()
    toy = kernel.commit("add toys", {"Kconfig": f"{kconfig}\nconfig TOY\n"})
    request = replace(kernel.request(toy, config), added_options=added)
    assert "CONFIG_TOY=y" in (build.build(request).directory / "config").read_text()
    asked = kernel.config("CONFIG_MMU=y\nCONFIG_TOY=y\nCONFIG_GONE=y\n")
    with pytest.raises(StageError, match="CONFIG_GONE did not survive"):
        build.build(replace(kernel.request(kernel.base, asked), added_options=added))


@pytest.mark.parametrize("blanks", ["\t", "  ", " \t"])
def test_any_blanks_may_stand_before_the_name(
    kernel: FakeKernel, tmp_path: Path, blanks: str
) -> None:
    patch = tmp_path / "0001-toy.patch"
    patch.write_text(f"+config{blanks}TOY\n+menuconfig{blanks}TOYS\n")
    added = added_options.options_added([patch])
    assert added == {"CONFIG_TOY", "CONFIG_TOYS"}
    toy = kernel.commit("add toys", {"Kconfig": f"config{blanks}TOY\n"})
    requests = kconfig.merge([Fragment("toy", "CONFIG_TOY=y\nCONFIG_TOYS=y\n")])
    assert set(added_options.granted(requests, added, kernel.repo, toy.commit)) == {"CONFIG_TOY"}
