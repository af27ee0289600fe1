# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest of a config with modules is booted with those of its own kernel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cpio_archive import unpacked
from played_project import Project

from refseries.kernel import modules
from refseries.model import StageOutcome
from refseries.testing import matrix

RULES = """\
.PHONY: modules
modules:
\t@mkdir -p lib && cp $(srctree)/lib/toy.c lib/toy.ko && echo lib/toy.ko > modules.order
"""


def test_each_version_boots_with_its_own_modules(project: Project) -> None:
    known = (project.kernel.work / "Kconfig").read_text() + "\nconfig MODULES\n\nconfig TOY\n"
    files: dict[str, str | None] = {"Kconfig": known, "inject.mk": RULES}
    files["lib/Makefile"] = "obj-$(CONFIG_TOY) += toy.o\n"
    for text in ("one", "two"):
        project.add({**files, "lib/toy.c": f"{text}\n"})
    request = project.request()
    config = project.kernel.config("CONFIG_TOY=m\n")
    config = replace(
        config,
        fragments=(*config.fragments, modules.FRAGMENT),
        targets=(*config.targets, modules.TARGET),
        modules=True,
    )
    result = matrix.run(replace(request, configs=(config,)), lambda _: None)
    assert [run.stages["boot"] for run in result.runs] == [StageOutcome.PASS] * 2
    scripts = sorted(request.lab.directory.rglob("rerun.sh"))
    assert [booted(script) for script in scripts] == [b"one\n", b"two\n"]


def booted(script: Path) -> bytes:
    """The module in the archive that the guest was started with."""
    (line,) = (each for each in script.read_text().split() if "cpio" in each)
    data = Path(line.strip("'\"")).read_bytes()
    own = data[data.index(b"TRAILER!!!") :]
    return {each.path: each for each in unpacked(own[own.index(b"070701") :])}[
        "/lib/modules/toy.ko"
    ].data
