# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's initramfs with programs of the base kernel's selftests, compiled from its sources."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError, StageError
from refseries.git.unpack import unpack
from refseries.guest import initramfs
from refseries.host import compilers, proc
from refseries.host.scratch import scratch_folder
from refseries.kernel import toolchain
from refseries.testing.kselftest.suite import Suite, sources
from refseries.testing.lab import SELFTESTS, Lab

# Where kernel-tests/kselftest/kselftest.c looks for them.
_PLACE = "/kselftest"
# The guest has no libraries; symbols would fill its memory.
_LINK = "USERLDFLAGS=-static -s"


def build(lab: Lab, suite: Suite, arch: str) -> Path:
    """Make the initramfs, or find it ready.

    Raises:
        SeriesError: the base has no such selftests.
        StageError: a program does not compile; ``detail`` has the compiler's words.
        HostError: a tool is missing.
    """
    first = lab.initramfs(arch, programs=sources(lab.series))
    compiler = toolchain.find(arch).version
    parts = (first.name, lab.base.commit, compiler, _LINK, repr(suite))
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    path = lab.programs(key)
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder(path.parent) as scratch:
        built = _compile(lab, suite, arch, scratch)
    return initramfs.join(path, first, initramfs.cpio(_entries(suite, built)))


def makefile(lab: Lab, suite: Suite) -> str:
    """The Makefile of the suite's folder in the base.

    Raises:
        SeriesError: there is none.
    """
    path = f"{SELFTESTS}/{suite.directory}/Makefile"
    return git.read_file(lab.base.repo, lab.base.commit, path).decode("utf-8", "replace")


def _compile(lab: Lab, suite: Suite, arch: str, scratch: Path) -> dict[str, bytes]:
    """The suite's programs by name."""
    tree, out = scratch / "tree", scratch / "out"
    for directory in (tree, out):
        directory.mkdir()
    folder = f"{SELFTESTS}/{suite.directory}"
    try:
        unpack(lab.base.repo, lab.base.commit, (folder, *suite.sources), tree)
    except StageError as error:
        raise SeriesError(
            "the base lacks sources of its selftests.",
            where=str(sources(lab.series) / "suite.toml"),
            hint="Correct `directory` and `sources`; git's words stand below.",
            detail=error.detail,
        ) from error
    cross = toolchain.find(arch).cross_compile
    argv = [
        "make", f"-j{lab.jobs}", "-C", str(tree / folder), f"ARCH={arch}",
        f"CROSS_COMPILE={cross}", f"OUTPUT={out}", _LINK, f"USERCFLAGS={suite.cflags}",
        *(str(out / name) for name in suite.programs),
    ]  # fmt: skip
    try:
        proc.run(argv, env=compilers.PROGRAMS, deadline=900)
    except StageError as error:
        raise StageError(
            f"the base's selftests do not compile: {error.what}",
            where=folder,
            hint="Leave out in suite.toml what cannot be built here, with the reason.",
            detail=error.detail,
        ) from error
    return {name: (out / name).read_bytes() for name in suite.programs}


def _entries(suite: Suite, built: dict[str, bytes]) -> list[initramfs.Member]:
    lines = ("\t".join((suite.directory, case.test, *case.words)) for case in suite.cases)
    cases = "".join(f"{line}\n" for line in lines).encode()
    return [
        initramfs.Member(_PLACE, stat.S_IFDIR | 0o755),
        initramfs.Member(f"{_PLACE}/cases", stat.S_IFREG | 0o644, cases),
        *(
            initramfs.Member(f"{_PLACE}/{name}", stat.S_IFREG | 0o755, data)
            for name, data in built.items()
        ),
    ]
