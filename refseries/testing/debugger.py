# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that waits for a debugger: a kernel with debug information, and what to type."""

from __future__ import annotations

import shlex
import shutil
import socket
from dataclasses import replace

from refseries.kernel.model import Config, Fragment, Image

# A kernel that moves itself is not where vmlinux says. The parameter `nokaslr` is no way out: where
# the kernel does not know it, it is a word for init.
_FRAGMENT = Fragment(
    "refseries boot --gdb",
    "# CONFIG_DEBUG_INFO_NONE is not set\n"
    "CONFIG_DEBUG_KERNEL=y\nCONFIG_DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT=y\nCONFIG_GDB_SCRIPTS=y\n"
    "# CONFIG_RANDOMIZE_BASE is not set\n",
)
_VMLINUX = "vmlinux"
_SCRIPTS = ("vmlinux-gdb.py", "scripts/gdb")


def config(of: Config) -> Config:
    """``of`` with debug information, whose images keep vmlinux and the scripts for gdb.

    It has a name of its own, so that the build directory of ``of`` is left as it is.
    """
    return replace(
        of,
        name=f"{of.name}-gdb",
        fragments=(*of.fragments, _FRAGMENT),
        targets=(*of.targets, "scripts_gdb"),
        keep=(_VMLINUX, *_SCRIPTS),
    )


def free_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def to_type(image: Image, port: int) -> str:
    """The command line that attaches gdb to a guest of ``image``."""
    gdb = next(filter(shutil.which, ("gdb-multiarch", "gdb")), "gdb-multiarch")
    words = [gdb, "-iex", f"add-auto-load-safe-path {image.directory}"]
    words += [str(image.directory / _VMLINUX), "-ex", f"target remote 127.0.0.1:{port}"]
    return shlex.join(words)
