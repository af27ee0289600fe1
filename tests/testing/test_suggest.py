# SPDX-License-Identifier: GPL-2.0-or-later
"""Which options would have a file compiled: lists as Kbuild has them, and the fake kernel's say."""

from __future__ import annotations

from pathlib import Path

import played_series
import pytest
from played import Project
from played_series import Played

from refseries.kernel import kconfig, suggest
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
"""
KCONFIG = """\
menu "Toys"
	depends on BLOCK
config TOY
	tristate "Toys"
	depends on PCI && \\
		(USB || NET)
	help
	depends of nothing

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
    ],
)
def test_a_list_of_kbuilds_says_what_compiles_an_object(
    item: str, options: tuple[str, ...] | None
) -> None:
    assert suggest.guards(LISTS, item) == options


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
    assert suggest.depends(KCONFIG, symbol) == expressions
    assert sum((suggest.needed(each, {}) for each in expressions), ()) == options


def test_of_alternatives_that_is_enough_which_is_set() -> None:
    assert suggest.needed("USB || NET", {"CONFIG_NET": "m"}) == ()
    assert suggest.needed("USB || NET", {"CONFIG_NET": "n"}) == ("CONFIG_USB",)


def test_the_kernel_has_the_last_word(project: Project) -> None:
    project.add(DRIVER)
    lab = project.request().lab
    config = project.kernel.config("CONFIG_MMU=y\n")
    applied = apply.apply(lab.series, lab.base, Target("v1"), lab.cache)
    files = [each.path for each in touched.of(lab, Target("v1"))]
    requests = kconfig.merge(kconfig.parse_fragment(f.text, f.path) for f in config.fragments)
    with configuring.opened(lab, applied.commit, "arm64", print) as configure:
        found = suggest.suggest(lab.base.repo, applied.commit, files, requests, configure)
    # SWAP depends on SHMEM, which Kconfig says.
    assert found.options == ("CONFIG_SHMEM", "CONFIG_SWAP")
    assert found.fragment == "CONFIG_SHMEM=y\nCONFIG_SWAP=y\n"
    assert (found.lost, found.unknown) == ((), ("drivers/toy/odd.c",))
    assert not (lab.directory / "build/src/o-suggest").exists()


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
