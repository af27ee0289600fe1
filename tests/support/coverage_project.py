# SPDX-License-Identifier: GPL-2.0-or-later
"""A project whose guests count lines: its kernels are of the host's kind, and their code is run."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import replace

import pytest
from fake_guest import FAKE
from played_project import Project

from refseries.coverage import run as coverage
from refseries.coverage.model import ConfigCoverage
from refseries.host.progress import silent
from refseries.kernel import arch
from refseries.kernel.model import Config
from refseries.model import Target
from refseries.testing.lab import Lab

ARCH = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine(), "")

MEMORY = """\
#include <linux/mm.h>

int handle_fault(int address)
{
	if (address == 1)
		return mm_twice(address);
	if (address == 2)
		address += 7;
#ifdef CONFIG_NEVER
	address = never(address);
#endif
	return address;
}
"""
HEADER = "static inline int mm_twice(int x)\n{\n\treturn x + x;\n}\n"

# The guest links the object that was built with a program around it, and runs that for each case.
# A case sends the counters under the path that the object has: the compiler's runtime does.
GUEST = """\
objects=%(objects)s
work=$(mktemp -d)
cat >"$work/main.c" <<'END'
#include <stdlib.h>
int handle_fault(int);
int main(int n, char **v) { return n > 1 && handle_fault(atoi(v[1])) < 0; }
END
gcc --coverage -no-pie -fno-pic -o "$work/toy" "$work/main.c" "$objects/mm/memory.o" 2>"$work/log"
counted() {
	GCOV_PREFIX=$work/$1 "$work/toy" ${3:-} || :
	counters "$1" "$2" "$objects/mm/memory.gcda" "$work/$1$objects/mm/memory.gcda"
}
counted boot 0000000000000000
plan 3
begin toy.one; counted toy.one "$ends" 1; report "ok 1 toy.one"
begin toy.two; counted toy.two "$ends" 3; report "%(two)s 2 toy.two"
%(three)s
bye
rm -rf "$work"
"""
THREE = 'begin toy.three; counted toy.three "$ends" 3; report "ok 3 toy.three"'


def guest(project: Project, *, two: str = "ok", three: str = THREE) -> str:
    objects = project.directory / "cache/toy/build/src/o-default-coverage"
    return GUEST % {"objects": objects, "two": two, "three": three}


def prepare(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guests of the host's own kind are played as well; no case is expected to fail."""
    if not ARCH:
        pytest.skip("no kernel of this host's kind is built here")
    tools = project.directory / "own-tools"
    tools.mkdir()
    qemu = tools / arch.bootable(ARCH).qemu
    qemu.symlink_to(FAKE)
    assert shutil.which("gcov")
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    (project.directory / "kernel-tests/expectations.toml").write_text("schema = 1\n")


def add_version(project: Project, text: str) -> None:
    """v1, of two patches: the header first."""
    header = (project.kernel.work / "include/linux/mm.h").read_text()
    project.add({"include/linux/mm.h": header + HEADER}, {"mm/memory.c": MEMORY, "guest.sh": text})


def config(project: Project) -> Config:
    return replace(project.kernel.config(), arch=ARCH, image_path=f"arch/{source()}/boot/Image")


def source() -> str:
    return arch.get(ARCH).source


def count(lab: Lab, config: Config, **other: object) -> ConfigCoverage:
    request = coverage.CoverageRequest(lab, Target("v1"), (config,))
    (found,) = coverage.run(replace(request, **other), silent)  # type: ignore[arg-type]
    return found
