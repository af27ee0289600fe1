# SPDX-License-Identifier: GPL-2.0-or-later
"""The compiler of each architecture, and the arguments and environment of every make."""

from __future__ import annotations

import functools
import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from refseries import git
from refseries.host import compilers, proc
from refseries.kernel import arch as arches

HOST_TOOLS = ("make", "gcc", "flex", "bison", "bc")
"""What kbuild runs on the host in every build, besides the compilers."""

# One text for every build, so that the same tree gives the same image.
_REPRODUCIBLE = {
    # kbuild drops LC_ALL; the compilers would then quote in the user's language.
    "LC_ALL": "C",
    "LC_MESSAGES": "C",
    "LC_CTYPE": "C",
    "LANG": "C",
    "KBUILD_BUILD_TIMESTAMP": "Thu Jan  1 00:00:00 UTC 1970",
    "KBUILD_BUILD_USER": "refseries",
    "KBUILD_BUILD_HOST": "refseries",
    "KBUILD_BUILD_VERSION": "1",
    # Set but empty: setlocalversion then does not append a "+".
    "LOCALVERSION": "",
    # Images are kept by tree: what scripts/setlocalversion and others ask git would be the answer
    # of the commit that happened to be built first, under CONFIG_LOCALVERSION_AUTO in the name of
    # the release, and no two commits of one tree, and no two mutants, would be the same image.
    "GIT_DIR": "/dev/null/none",
}

# To kconfig an empty variable is one that is set: KCONFIG_WERROR, KCONFIG_ALLCONFIG and the like.
_REMOVED = "KCONFIG_"

# Would bend a build without a trace in the log; empty is to kbuild as unset, too.
_NEUTRAL = (
    *compilers.NEUTRAL, "KBUILD_OUTPUT", "KBUILD_EXTMOD", "KBUILD_VERBOSE", "KBUILD_KCONFIG",
    "KBUILD_MODPOST_WARN", "KBUILD_MODPOST_NOFINAL", "KBUILD_EXTRA_WARN", "KBUILD_EXTRA_SYMBOLS",
    "KBUILD_ABS_SRCTREE", "KBUILD_NOCMDDEP", "LLVM",
    "CF",  # of sparse
    "KASAN_SANITIZE", "KCSAN_SANITIZE", "UBSAN_SANITIZE", "KCOV_INSTRUMENT",
)  # fmt: skip

# A user's wish, visible in the build: honoured, and part of the image's key.
_HONOURED = ("KCFLAGS", "KAFLAGS", "KCPPFLAGS")


@dataclass(frozen=True)
class Toolchain:
    """How one architecture is compiled on this machine.

    Attributes:
        arch: kernel's ARCH.
        cross_compile: prefix of compiler and binutils; empty when the host is of that architecture.
        version: first line of the compiler's ``--version``.
        linker: first line of the linker's ``--version``.
        ccache: path of ccache, ``None`` when there is none.
    """

    arch: str
    cross_compile: str
    version: str
    linker: str
    ccache: Path | None

    @property
    def gcov(self) -> str:
        """The program that reads what objects of this compiler have counted."""
        return f"{self.cross_compile}gcov"

    @property
    def arguments(self) -> tuple[str, ...]:
        """Variables on make's command line."""
        compiler = f"{self.cross_compile}gcc"
        return (
            f"ARCH={self.arch}",
            f"CROSS_COMPILE={self.cross_compile}",
            f"CC=ccache {compiler}" if self.ccache else f"CC={compiler}",
        )


@functools.cache
def find(arch: str, host: str = platform.machine()) -> Toolchain:
    """The toolchain for ``arch`` on a ``host`` (as ``uname -m`` names it); asked for once.

    Raises:
        SeriesError: an architecture that refseries does not know.
        HostError: a program that the build needs is missing; the hint names its package.
    """
    prefix = arches.get(arch).prefix(host)
    for tool in HOST_TOOLS:
        proc.which(tool)
    ccache = shutil.which("ccache")
    return Toolchain(
        arch=arch,
        cross_compile=prefix,
        version=_version(proc.which(f"{prefix}gcc")),
        linker=_version(proc.which(f"{prefix}ld")),
        ccache=Path(ccache) if ccache else None,
    )


def environment(ccache_dir: Path, user: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    """What is added to the environment of every make; None takes a variable away.

    Args:
        ccache_dir: where compiled objects are kept, unless the user has set ``CCACHE_DIR``.
        user: the user's environment.
    """
    # The path from object to source is the same in every build (O= is a child of the tree), so the
    # current directory need not enter ccache's hash; with debug information it otherwise would.
    # Headers are as young as the objects when a version has just been checked out: without the
    # sloppiness ccache would do without its direct mode for all that include them.
    # Depend mode takes the headers from the compiler's own .d file instead of running the
    # preprocessor first, which costs a fifth of every compilation that is not in the cache.
    # What of git the kernel's scripts use needs no repository.
    return {
        **git.environment(),
        **dict.fromkeys(_NEUTRAL, ""),
        **dict.fromkeys(name for name in user if name.startswith(_REMOVED)),
        **_REPRODUCIBLE,
        "CCACHE_DIR": user.get("CCACHE_DIR") or str(ccache_dir),
        "CCACHE_NOHASHDIR": "1",
        "CCACHE_DEPEND": "1",
        "CCACHE_SLOPPINESS": "include_file_mtime,include_file_ctime",
    }


def honoured(user: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The user's compiler flags that reach the build, and so belong in the key of its image."""
    return {name: user[name] for name in _HONOURED if user.get(name)}


def _version(program: Path) -> str:
    lines = proc.run([program, "--version"], env={"LC_ALL": "C"}).stdout.splitlines()
    return lines[0].strip() if lines else str(program)
