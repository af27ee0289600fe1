# SPDX-License-Identifier: GPL-2.0-or-later
"""Which options would have a file compiled: lists as Kbuild has them, and the fake kernel's say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import played_series
import pytest
from played_project import Project
from played_series import Played

from refseries.kernel import conditions, kconfig, suggest
from refseries.model import Target
from refseries.series import apply
from refseries.testing import configuring, touched

LISTS = """\
mmu-y := nommu.o
mmu-$(CONFIG_MMU) := fault.o \\
		map.o # not: odd.o
obj-y := page.o $(mmu-y)
obj-$(CONFIG_TOY) += toy.o toys/
lib-$(CONFIG_LIB) += string.o
toy-y := main.o
toy-$(CONFIG_TOY_ACL) += acl.o
toy-objs := old.o
obj-$(CONFIG_ODD) += both.o
obj-y += both.o
round-y += round.o
obj-$(CONFIG_FS) += fs.o
fs-y += $(addprefix parts/, \\
		a.o b.o)
obj-$(subst y,$(CONFIG_FOUR),$(CONFIG_SIX)) += six.o
"""
KCONFIG = """\
menu "Toys"
	depends on BLOCK
config TOY
	tristate "Toys"
	depends on PCI && \\
		(USB || NET)
	help
		What it depends on is said above:
		depends on NOTHING

		if unsure, say N.

if TOY && !SLOW
config TOY_ACL
	bool
	depends on FS
endif
endmenu
config ALONE
	bool
"""
DRIVER: dict[str, str | None] = {
    "drivers/Makefile": "obj-y += toy/\n",
    "drivers/toy/Makefile": "obj-$(CONFIG_SWAP) += toy.o\n",
    "drivers/toy/toy.c": "int toy;\n",
    "drivers/toy/odd.c": "int odd;\n",
}


@pytest.mark.parametrize(
    ("item", "options"),
    [
        ("page.o", ()),
        ("fault.o", ("CONFIG_MMU",)),
        ("map.o", ("CONFIG_MMU",)),
        ("nommu.o", ()),
        ("odd.o", None),
        ("toy.o", ("CONFIG_TOY",)),
        ("toys/", ("CONFIG_TOY",)),
        ("string.o", ("CONFIG_LIB",)),
        ("main.o", ("CONFIG_TOY",)),
        ("acl.o", ("CONFIG_TOY_ACL", "CONFIG_TOY")),
        ("old.o", ("CONFIG_TOY",)),
        ("both.o", ()),
        ("round.o", None),
        ("missing.o", None),
        ("parts/b.o", ("CONFIG_FS",)),
        ("b.o", None),
        ("six.o", ("CONFIG_FOUR", "CONFIG_SIX")),
    ],
)
def test_a_list_of_kbuilds_says_what_compiles_an_object(
    item: str, options: tuple[str, ...] | None
) -> None:
    assert suggest.guards(LISTS, item) == options


def test_lists_that_name_one_another_end() -> None:
    names = [f"x{number}" for number in range(30)]
    objects = " ".join(f"{name}.o" for name in names)
    text = "".join(f"{name}-y += {objects} z.o\n" for name in names)
    assert suggest.guards(text, "z.o") is None
    assert suggest.guards(f"{text}obj-$(CONFIG_X) += x7.o\n", "z.o") == ("CONFIG_X",)


@pytest.mark.parametrize(
    ("symbol", "expressions", "options"),
    [
        ("TOY", ("BLOCK", "PCI && (USB || NET)"), ("CONFIG_BLOCK", "CONFIG_PCI", "CONFIG_USB")),
        ("TOY_ACL", ("BLOCK", "TOY && !SLOW", "FS"), ("CONFIG_BLOCK", "CONFIG_TOY", "CONFIG_FS")),
        ("ALONE", (), ()),
        ("NONE", (), ()),
    ],
)
def test_kconfig_says_what_an_option_needs(
    symbol: str, expressions: tuple[str, ...], options: tuple[str, ...]
) -> None:
    assert conditions.depends(KCONFIG, symbol) == expressions
    assert sum((suggest.needed(each, {}) for each in expressions), ()) == options


def test_lines_of_c_say_which_options_they_are_for() -> None:
    lines = """\
#ifdef CONFIG_TOY
# if defined(CONFIG_A) && !defined(CONFIG_B)
#elif IS_ENABLED(CONFIG_C) || defined(CONFIG_D_MODULE)
#ifndef CONFIG_E
#endif /* CONFIG_F */
	if (IS_ENABLED(CONFIG_G) && !IS_ENABLED(CONFIG_H))
/* CONFIG_I, if (CONFIG_J) */
"""
    names = [name.removeprefix("CONFIG_") for name in suggest.asking(lines.splitlines())]
    assert names == ["TOY", "A", "C", "D", "G"]


def test_of_alternatives_that_is_enough_which_is_set() -> None:
    assert suggest.needed("USB || NET", {"CONFIG_NET": "m"}) == ()
    assert suggest.needed("USB || NET", {"CONFIG_NET": "n"}) == ("CONFIG_USB",)


def test_a_file_is_listed_further_up_or_included_by_another(project: Project) -> None:
    commit = project.kernel.commit(
        "drivers: add toys",
        {
            "drivers/Makefile": "obj-$(CONFIG_TOY) += toy/\n",
            "drivers/toy/Makefile": "obj-$(CONFIG_CAR) += car.o\ncar-y := wheels/wheel.o\n",
            "drivers/toy/wheels/wheel.c": '# include "tyre.c"\n',
            "drivers/toy/wheels/tyre.c": "int tyre;\n",
            "drivers/toy/wheels/spoke.c": "int spoke;\n",
        },
    ).commit

    def options(path: str) -> tuple[str, ...] | None:
        return suggest.wanted(project.kernel.repo, commit, path)

    assert options("drivers/toy/wheels/wheel.c") == ("CONFIG_CAR", "CONFIG_TOY")
    assert options("drivers/toy/wheels/tyre.c") == ("CONFIG_CAR", "CONFIG_TOY")
    assert options("drivers/toy/wheels/spoke.c") is None


def test_lists_that_name_one_another_have_few_ways() -> None:
    lists = [
        f"x{n}-$(CONFIG_X{n}) += $(x{n - 1}-y)\nx{n}-$(CONFIG_Y{n}) += x{n - 1}.o\n"
        for n in range(1, 30)
    ]
    text = "x0-y += z.o\n" + "".join(lists) + "obj-$(CONFIG_X) += x29.o\n"
    assert len(suggest.ways(text, "z.o")) <= 8


def test_what_is_of_another_architecture_is_not_asked_about(project: Project) -> None:
    commit = project.kernel.commit(
        "arch: add a toy",
        {
            "arch/arm64/Kconfig": "config TOY\n\tdepends on OURS\n",
            "arch/sparc/Kconfig": "config TOY\n\tdepends on THEIRS\n",
            "arch/sparc/kernel/Makefile": "obj-y += toy.o\n",
            "drivers/Makefile": "obj-$(CONFIG_TOY) += toy.o\n",
        },
    ).commit
    asked: set[str] = set()

    def configure(requests: Mapping[str, kconfig.ConfigRequest]) -> dict[str, str]:
        asked.update(requests)
        return {}

    files = ("drivers/toy.c", "arch/sparc/kernel/toy.c")
    repo = project.kernel.repo
    found = suggest.suggest(repo, commit, files, {}, configure, "arm64")
    assert found.unknown == ("arch/sparc/kernel/toy.c",)
    assert asked == {"CONFIG_TOY", "CONFIG_OURS"}


def test_a_file_that_is_sourced_inside_of_a_block_has_its_conditions(project: Project) -> None:
    # As drivers/iommu/ has it.
    commit = project.kernel.commit(
        "drivers: add toys by DMA",
        {
            "Kconfig": 'menu "All"\n\tdepends on MMU\nsource "drivers/Kconfig"\nendmenu\n',
            "arch/sparc/Kconfig": 'if SPARC\nsource "drivers/Kconfig"\nendif\n',
            "drivers/Kconfig": 'if DMA\nsource "drivers/no/Kconfig"\n'
            'source "drivers/toy/Kconfig"\nendif\n',
            "drivers/toy/Kconfig": 'source "drivers/toy/Kconfig"\nconfig TOY\n\tdepends on PCI\n',
            "drivers/no/Kconfig": "config NONE\n",
        },
    ).commit
    found = conditions.dependencies_of(project.kernel.repo, commit, "CONFIG_TOY", "arm64")
    assert found == ("PCI", "DMA", "MMU")


def test_of_equal_ways_that_of_this_architecture_is_taken(project: Project) -> None:
    # As drivers/firmware/efi/ has it: one list, which two architectures have compiled.
    commit = project.kernel.commit(
        "drivers: add a toy of two architectures",
        {
            "arch/arm/Kconfig": "config ARM\n\tdef_bool y\n",
            "arch/arm64/Kconfig": "config ARM64\n\tdef_bool y\n",
            "arch/arm64/Kconfig.platforms": "config ARCH_TOY\n\tbool\n",
            "drivers/Kconfig": "config TOY\n\tdepends on (ARM || ARCH_TOY)\n",
            "drivers/Makefile": "toys-$(CONFIG_TOY) := toy.o\nobj-$(CONFIG_ARM) += $(toys-y)\n"
            "obj-$(CONFIG_ARM64) += $(toys-y)\nobj-$(CONFIG_ARM) += arm.o\n",
        },
    ).commit
    asked: set[str] = set()

    def configure(requests: Mapping[str, kconfig.ConfigRequest]) -> dict[str, str]:
        asked.update(requests)
        return {"CONFIG_ARM64": "y"}

    files = ("drivers/toy.c", "drivers/arm.c")
    repo = project.kernel.repo
    suggest.suggest(repo, commit, files[:1], {}, configure, "arm64")
    assert asked == {"CONFIG_TOY", "CONFIG_ARM64", "CONFIG_ARCH_TOY"}
    found = suggest.suggest(repo, commit, files[1:], {}, configure, "arm64")
    assert found.lost == ("CONFIG_ARM",)
    asked.clear()
    suggest.suggest(repo, commit, files, {}, configure, "arm")
    assert asked == {"CONFIG_TOY", "CONFIG_ARM"}


def test_what_other_architectures_alone_select_is_theirs(project: Project) -> None:
    # As kernel/entry/ has it: the option has no words of its own, so that nobody can ask for it.
    commit = project.kernel.commit(
        "kernel: add an entry",
        {
            "arch/Kconfig": "config TOY_ENTRY\n\tbool\n",
            "arch/sparc/Kconfig": "config SPARC\n\tselect TOY_ENTRY if 64BIT\n",
            "arch/um/Kconfig.um": "config UM\n\tselect TOY_ENTRY\n",
            "drivers/Kconfig": 'config TOY_ASKED\n\tbool "Toys"\n\tdepends on TOY_NEVER\n'
            "config TOY_PART\n\tbool\nconfig TOY_ALONE\n\tbool\n"
            "config TOY_NEVER\n\tbool\n\tselect TOY_PART\n",
            "arch/um/Kconfig": "config UML\n\tselect TOY_ASKED\n\tselect TOY_PART\n",
            "kernel/Makefile": "obj-$(CONFIG_TOY_ENTRY) += entry.o\n"
            "obj-$(CONFIG_TOY_ASKED) += asked.o\nobj-$(CONFIG_TOY_PART) += part.o\n"
            "obj-$(CONFIG_TOY_ALONE) += alone.o\n",
        },
    ).commit
    files = [f"kernel/{name}.c" for name in ("entry", "asked", "part", "alone")]
    found = suggest.suggest(project.kernel.repo, commit, files, {}, lambda _: {}, "arm64")
    assert found.elsewhere == (("kernel/entry.c", ("sparc", "um")),)
    assert found.lost == tuple(f"CONFIG_TOY_{name}" for name in ("ENTRY", "ASKED", "PART", "ALONE"))
    assert found.selected_in_words == (
        "CONFIG_TOY_PART cannot be asked for, but is set by what selects it: CONFIG_TOY_NEVER",
    )


def test_kconfig_files_are_read_once(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = {f"drivers/toy{n}/Kconfig": f"config TOY{n}\n\tdepends on MMU\n" for n in range(9)}
    lists = "".join(f"obj-$(CONFIG_TOY{n}) += toy{n}.o\n" for n in range(9))
    commit = project.kernel.commit(
        "drivers: add toys", {**driver, "drivers/Makefile": lists}
    ).commit
    trace = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE", str(trace))
    files = [f"drivers/toy{n}.c" for n in range(9)]
    found = suggest.suggest(project.kernel.repo, commit, files, {}, lambda _: {}, "arm64")
    assert len(found.lost) == 9
    ran = trace.read_text().splitlines()
    assert len([line for line in ran if " ls-tree " in line]) == 1
    assert not [line for line in ran if "Kconfig" in line]


def test_the_kernel_has_the_last_word(project: Project) -> None:
    project.add(DRIVER)
    lab = project.request().lab
    config = project.kernel.config("CONFIG_MMU=y\n")
    applied = apply.apply(lab.series, lab.base, Target("v1"), lab.cache)
    files = [each.path for each in touched.files_touched(lab, Target("v1"))]
    requests = kconfig.merge(config.fragments)
    with configuring.opened(lab, applied.commit, "arm64", print) as configure:
        found = suggest.suggest(lab.base.repo, applied.commit, files, requests, configure, "arm64")
        makefile = lab.directory / "options/src/Makefile"
        makefile.write_text(makefile.read_text() + "\ntinyconfig:\n\tfalse\n")
        assert configure({})  # tinyconfig is made once
    # SWAP depends on SHMEM, which Kconfig says.
    assert found.options == ("CONFIG_SHMEM", "CONFIG_SWAP")
    assert found.fragment == "CONFIG_SHMEM=y\nCONFIG_SWAP=y\n"
    assert (found.lost, found.unknown) == ((), ("drivers/toy/odd.c",))
    assert not (lab.directory / "options/src/o-suggest").exists()


def test_what_the_config_itself_asks_for_in_vain_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    played: Played = played_series.make(tmp_path)
    kernel = played.project.kernel
    kernel.git("checkout", "--quiet", "--detach", kernel.base.commit)
    # A header is in no list: whoever includes it is.
    driver = {**DRIVER, "drivers/toy/toy.h": "int toy;\n", "drivers/toy/odd.c": None}
    kernel.commit("drivers: add a toy", {k: v for k, v in driver.items() if v})
    kernel.git("branch", "topic")
    fragment = tmp_path / "kernel-tests/config"
    fragment.write_text(fragment.read_text() + "CONFIG_GONE=y\n")
    line = len(fragment.read_text().splitlines())
    done = played.run("config", "suggest", "topic", "--quiet", "--json", "s.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "toy.h" not in done.stdout
    assert (
        f"kernel-tests/config:{line}: CONFIG_GONE: asked for, and not granted in default: "
        "make a config without that line\n" in done.stdout
    )
    assert json.loads((tmp_path / "s.json").read_text())["refused"] == ["CONFIG_GONE"]


def test_the_command_writes_a_fragment_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    played: Played = played_series.make(tmp_path)
    kernel = played.project.kernel
    kernel.git("checkout", "--quiet", "--detach", kernel.base.commit)
    driver = {**DRIVER, "drivers/toy/Makefile": "obj-$(CONFIG_DRM) += toy.o odd.o\n"}
    tip = kernel.commit("drivers: add a toy", driver).commit
    kernel.git("branch", "topic")
    done = played.run("config", "suggest", "topic", "--quiet")
    path = tmp_path / "kernel-tests" / f"{tip[:12]}.config"
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "CONFIG_DRM=y",
        f"Wrote {path}; add it to the fragments of a config in configs.toml.",
    ]
    assert path.read_text().endswith("\nCONFIG_DRM=y\n")
    again = played.run("config", "suggest", "topic", "--quiet")
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
