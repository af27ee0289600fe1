# SPDX-License-Identifier: GPL-2.0-or-later
"""``init`` asks the kernel itself about the options that it writes: real make, a small Kconfig."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import fake_kernel
import pytest
import toy_releases
from toy import ADA, Change, Toy

from refseries.host import proc
from refseries.series import store

Run = Callable[..., proc.Completed]

KCONFIG = b"""\
config MMU
\tdefault y

config TOY
\tbool "Toys"
\tdepends on MMU

config NOTES
\tbool "Notes"

config TRAIN
\tbool "Trains"
\tdepends on NOTES && (TOY || GONE)
\thelp
\t  Neither is a block of its own:
\t  if you have no rails, say N.

config ODD
\tbool "Odd toys"
\tdepends on GONE || BROKEN
"""
FILES = {
    "Kconfig": KCONFIG,
    "Kbuild": b"obj-y += mm/\n",
    "mm/Makefile": b"obj-$(CONFIG_TOY) += toy.o\nobj-$(CONFIG_ODD) += odd.o\n"
    b"obj-$(CONFIG_TRAIN) += train.o\ntrain-y := rails/rail.o\n",
    "lib/large.c": b"int large;\n",
}
CHANGE: Change = (
    ADA,
    "mm: introduce toys\n\nText.\n",
    {
        "mm/toy.c": b"int toy;\n",
        "mm/odd.c": b"int odd;\n",
        "mm/rails/rail.c": b"int rail;\n",
        "arch/sparc/kernel/toy.c": b"int toy;\n",
    },
)
ENV = {"REFSERIES_TREE": ""}


@pytest.fixture
def tree(toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """A kernel whose make knows tinyconfig and olddefconfig, and a branch over it."""
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = Nora Ångström\n\temail = nora@example.org\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    make = toy_releases.makefile("6.14") + (fake_kernel.SOURCE / "Makefile").read_bytes()
    taken = ("scripts/config.sh", "drivers/gpu/Makefile")
    others = {name: (fake_kernel.SOURCE / name).read_bytes() for name in taken}
    toy.git("checkout", "--quiet", "--detach", f"v{toy_releases.RELEASES[0]}")
    toy.commit((ADA, "Linux with Kconfig\n", {**FILES, **others, "Makefile": make}))
    toy.git("tag", "v6.14")
    toy.git("checkout", "--quiet", "-b", "toys")
    toy.commit(CHANGE)
    return toy


def test_an_option_that_the_kernel_does_not_grant_is_named_and_not_written(
    tree: Toy, refseries: Run
) -> None:
    done = refseries("init", "--json", "init.json", env=ENV, cwd=tree.tree)
    assert done.returncode == 0, done.stderr
    config = (tree.tree / "kernel-tests/config").read_text()
    assert ("CONFIG_TOY=y" in config, "CONFIG_ODD" in config) == (True, False)
    assert "has what compiles it: CONFIG_NOTES, CONFIG_TRAIN, CONFIG_TOY\n" in done.stdout
    assert "not granted beside `default`: CONFIG_ODD. Find what it depends on" in done.stdout
    assert (
        "arch/sparc/kernel/toy.c: compiled for other architectures alone, such as sparc"
        in done.stdout
    )
    told = json.loads((tree.tree / "init.json").read_text())
    assert (told["options"], told["lost"], told["unverified"]) == (
        ["NOTES", "TRAIN", "TOY", "ODD"],
        ["ODD"],
        "",
    )
    # Only what Kconfig reads is checked out for it.
    (source,) = tree.cache.glob("*/options/src")
    assert (source / "mm/Makefile").is_file()
    assert not (source / "lib/large.c").exists()


def test_options_of_the_user_s_own_are_left_as_they_are(
    tree: Toy, refseries: Run, tmp_path: Path
) -> None:
    own = tmp_path / "mine/kernel-tests/config"
    own.parent.mkdir(parents=True)
    own.write_text("CONFIG_MMU=y\n")
    where = ("--tree", str(tree.tree), "--from", "toys")
    done = refseries("init", str(tmp_path / "mine"), *where, env=ENV)
    assert done.returncode == 0, done.stderr
    assert own.read_text() == "CONFIG_MMU=y\n"
    assert "kernel-tests/config is left as it is; these compile it: CONFIG_NOTES, " in done.stdout


def test_where_the_kernel_cannot_be_asked_the_options_stand_with_a_word(
    tree: Toy, refseries: Run
) -> None:
    broken = b'$(error "no tools here")\n' + (tree.tree / "Makefile").read_bytes()
    tree.commit((ADA, "build: break it\n\nText.\n", {"Makefile": broken}))
    done = refseries("init", "--json", "init.json", env=ENV, cwd=tree.tree)
    assert done.returncode == 0, done.stderr
    assert "whether they hold, a build shows: " in done.stdout
    config = (tree.tree / "kernel-tests/config").read_text()
    assert {"CONFIG_TOY=y", "CONFIG_ODD=y"} < set(config.splitlines())
    told = json.loads((tree.tree / "init.json").read_text())
    assert (told["lost"], told["unverified"] != "") == ([], True)


IOMMU = b"""
config TOY_IOMMU
\tbool "Toys by DMA"
\tdepends on X86 && MMU
"""
X86: dict[str, bytes] = {
    "Kconfig": KCONFIG + IOMMU,
    "arch/x86/Kconfig": b"config X86\n\tdefault y\n",
    "arch/x86/kernel/Makefile": b"obj-y += setup.o\n",
    "drivers/Makefile": b"obj-y += iommu/\n",
    "drivers/iommu/Makefile": b"obj-$(CONFIG_TOY_IOMMU) += toy.o\n",
}


def changing(tree: Toy, *files: str) -> None:
    """A branch that changes ``files`` of a kernel that compiles some for x86 alone."""
    tree.git("checkout", "--quiet", "v6.14")
    tree.commit((ADA, "Linux with x86\n", dict(X86)))
    tree.git("tag", "--force", "v6.14")
    tree.git("checkout", "--quiet", "-b", "x86")
    tree.commit((ADA, "x86: toys\n\nText.\n", dict.fromkeys(files, b"int toy;\n")))


def test_a_series_that_is_compiled_for_x86_alone_begins_there(tree: Toy, refseries: Run) -> None:
    changing(tree, "arch/x86/kernel/setup.c", "drivers/iommu/toy.c")
    done = refseries("init", "--json", "init.json", env=ENV, cwd=tree.tree)
    assert done.returncode == 0, done.stderr
    assert store.load(tree.tree).configs == ("x86_64",)
    assert "CONFIG_TOY_IOMMU=y" in (tree.tree / "kernel-tests/config").read_text()
    assert (
        "series/series.toml names the config x86_64: "
        "`default` compiles no file that the series changes\n" in done.stdout
    )
    assert "other architectures" not in done.stdout
    told = json.loads((tree.tree / "init.json").read_text())
    assert (told["config"], told["lost"], told["elsewhere"]) == ("x86_64", [], [])


def test_what_another_architecture_compiles_is_told_with_a_way_to_ask_for_it(
    tree: Toy, refseries: Run
) -> None:
    changing(tree, "arch/x86/kernel/setup.c", "drivers/iommu/toy.c", "mm/toy.c")
    done = refseries("init", "--json", "init.json", env=ENV, cwd=tree.tree)
    assert done.returncode == 0, done.stderr
    assert store.load(tree.tree).configs == ("default",)
    assert done.stdout.splitlines()[-7:] == [
        "arch/x86/kernel/setup.c: compiled for other architectures alone, such as x86",
        "drivers/iommu/toy.c: compiled for other architectures alone, such as x86",
        "  refseries config suggest v1 --config x86_64",
        "",
        f"Write its cover letter: {tree.tree}/series/v1/cover.md",
        "",
        "Next: refseries test v1",
    ]
    told = json.loads((tree.tree / "init.json").read_text())
    assert (told["config"], told["elsewhere"]) == (
        "default",
        [
            {"file": "arch/x86/kernel/setup.c", "arches": ["x86"]},
            {"file": "drivers/iommu/toy.c", "arches": ["x86"]},
        ],
    )
    asked = refseries("config", "suggest", "v1", env=ENV, cwd=tree.tree)
    assert (
        "arch/x86/kernel/setup.c: compiled for other architectures alone, such as x86\n"
        in asked.stdout
    )


def test_lines_for_an_option_that_is_not_set_are_told(tree: Toy, refseries: Run) -> None:
    lines = b"#ifdef CONFIG_ODD\nint odd;\n#endif\n#ifdef CONFIG_TOY\nint toy;\n#endif\n"
    tree.commit((ADA, "mm: odd toys\n\nText.\n", {"mm/toy.c": lines}))
    done = refseries("init", "--json", "init.json", env=ENV, cwd=tree.tree)
    assert done.returncode == 0, done.stderr
    told = json.loads((tree.tree / "init.json").read_text())
    assert told["unset"] == ["ODD"]
    asked = refseries("config", "suggest", "v1", "--json", "s.json", env=ENV, cwd=tree.tree)
    assert json.loads((tree.tree / "s.json").read_text())["unset"] == ["CONFIG_ODD"]
    for each in (done, asked):
        assert (
            "some of the added lines are for CONFIG_ODD, and `default` does not set it: "
            "test in a config that does, too\n" in each.stdout
        )


def test_what_no_architecture_compiles_begins_with_default(tree: Toy, refseries: Run) -> None:
    changing(tree, "arch/sparc/kernel/toy.c", "drivers/iommu/odd.c")
    done = refseries("init", env=ENV, cwd=tree.tree)
    assert done.returncode == 0, done.stderr
    assert store.load(tree.tree).configs == ("default",)
    assert (
        "arch/sparc/kernel/toy.c: compiled for other architectures alone, such as sparc\n"
        in done.stdout
    )
    assert "config suggest" not in done.stdout


def test_a_series_that_no_kernel_is_made_of_is_not_sent_to_a_test(
    tree: Toy, refseries: Run
) -> None:
    files = ("tools/perf/toy.c", "Documentation/toy.rst", "arch/arm/mm/toy.c", "arch/arm/Kconfig")
    changing(tree, *files)
    done = refseries("init", "--json", "init.json", env=ENV, cwd=tree.tree)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-7:] == [
        "arch/arm/mm/toy.c: compiled for other architectures alone, such as arm",
        '  write a config with arch = "arm" into kernel-tests/configs.toml',
        "no kernel of `default` is made of anything that it changes: "
        "a test would say nothing of it",
        "",
        f"Write its cover letter: {tree.tree}/series/v1/cover.md",
        "",
        "Next: refseries check v1",
    ]
    assert json.loads((tree.tree / "init.json").read_text())["unbuilt"] is True
    # Slow work is told of while it goes on.
    assert done.stderr.splitlines() == [
        "Asking get_maintainer.pl who is to see it …",
        "Asking the kernel's Kconfig what compiles it …",
    ]


@pytest.mark.parametrize(
    "path", ["include/linux/toy.h", "mm/Kconfig", "tools/testing/selftests/mm/toy.c"]
)
def test_what_a_kernel_or_a_selftest_is_made_of_is_tested(
    tree: Toy, refseries: Run, path: str
) -> None:
    changing(tree, "tools/perf/toy.c", path)
    done = refseries("init", env=ENV, cwd=tree.tree)
    assert done.stdout.endswith("Next: refseries test v1\n"), done.stdout + done.stderr
