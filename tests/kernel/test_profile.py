# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects that count their lines: which, and what is kept of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fake_kernel import ARM64_FRAGMENT, FakeKernel

from refseries.kernel import images, profile
from refseries.kernel.build import build
from refseries.kernel.model import Config, Image

COUNTING = ARM64_FRAGMENT + "CONFIG_DEBUG_FS=y\nCONFIG_GCOV_KERNEL=y\n"


def counting(kernel: FakeKernel, *sources: str) -> Config:
    return replace(kernel.config(COUNTING), profiled=sources)


def notes(image: Image) -> list[str]:
    place = image.directory / images.NOTES
    return sorted(str(path.relative_to(place)) for path in place.rglob("*.gcno"))


def test_an_object_is_named_as_makefiles_may_name_it() -> None:
    assert profile.variables(["mm/toy.c", "kernel/sched/toy.c", "top.c"]) == (
        "GCOV_PROFILE_toy.o=y",
        "GCOV_PROFILE_mm/toy.o=y",
        "GCOV_PROFILE_sched/toy.o=y",
        "GCOV_PROFILE_top.o=y",
    )
    assert profile.variables([]) == ()
    assert profile.variables(["mm/$(shell date).c", "mm/a b.c", "mm/a=b.c"]) == ()


def test_the_key_of_an_image_that_counts_nothing_is_as_it_was() -> None:
    given = ("tree", ["CONFIG_A=y"], ["gcc", "ld"], "arm64", ["Image"], {"KCFLAGS": ""})
    assert images.key(*given) == images.key(*given, [])
    assert images.key(*given) != images.key(*given, ["mm/toy.c"])


def test_notes_on_the_objects_are_kept_with_the_image(tmp_path: Path) -> None:
    kernel = FakeKernel(tmp_path)
    config = counting(kernel, "mm/memory.c", "mm/absent.c")
    image = build(kernel.request(kernel.base, config))
    assert notes(image) == ["mm/memory.gcno"]
    assert notes(build(kernel.request(kernel.base))) == []


def test_an_object_that_is_not_compiled_any_more_is_not_taken_for_one_that_is(
    tmp_path: Path,
) -> None:
    kernel = FakeKernel(tmp_path)
    config = counting(kernel, "mm/memory.c", "mm/mmap.c")
    assert notes(build(kernel.request(kernel.base, config))) == ["mm/memory.gcno", "mm/mmap.gcno"]
    text = (kernel.work / "Makefile").read_text().replace(" mm/mmap.o", "")
    without = kernel.commit("mm: do without mmap", {"Makefile": text})
    assert notes(build(kernel.request(without, config))) == ["mm/memory.gcno"]
