# SPDX-License-Identifier: GPL-2.0-or-later
"""What this machine lacks for the main job, and the command that brings it."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from refseries.host.packages import PACKAGES
from refseries.host.settings import Settings
from refseries.kernel.base import PACKAGE_DIR
from refseries.model import Series

_NEEDED_BYTES = 6 << 30

# What other configs than the series' own, and `refseries check`, call besides.
_FOR_MORE = (
    ("qemu-system-x86_64", "boots kernels of config x86_64"),
    ("qemu-system-riscv64", "boots kernels of config riscv64"),
    ("perl", "checks: checkpatch, kernel-doc, get_maintainer"),
    ("codespell", "checks: spelling"),
    ("sparse", "checks: address spaces, locks, types"),
    ("spatch", "checks: coccinelle's semantic patches"),
    ("arm-linux-gnueabi-gcc", "checks: compiles for arm"),
    ("riscv64-linux-gnu-gcc", "checks: compiles for RISC-V"),
)


@dataclass(frozen=True)
class Check:
    """One thing looked for.

    Attributes:
        name: what it is.
        found: what was seen; empty when it is missing.
        needed: False for what only makes things faster or nicer.
        why: what it is for.
        mend: the command that brings it; empty when nothing is to be done.
    """

    name: str
    found: str
    needed: bool
    why: str
    mend: str = ""

    @property
    def ok(self) -> bool:
        """True unless something needed is missing."""
        return bool(self.found) or not self.needed


def examine(series: Series | None, settings: Settings) -> tuple[Check, ...]:
    """Look at this machine for everything that the main job needs, best-known name first.

    Args:
        series: whose base kernel is looked for; None where there is none yet.
    """
    arm = platform.machine() == "aarch64"
    prefix = "" if arm else "aarch64-linux-gnu-"
    x86_prefix = "x86_64-linux-gnu-" if arm else ""
    headers = "/usr/include" if arm else "/usr/aarch64-linux-gnu/include"
    libc = "libc6-dev" if arm else "libc6-dev-arm64-cross"
    return (
        _tool("git", "git", "reads and makes commits"),
        _tool("make", "make", "builds the kernel"),
        _tool("gcc", "gcc", "builds the kernel's own tools"),
        _tool("flex", "flex", "builds the kernel's configuration parser"),
        _tool("bison", "bison", "builds the kernel's configuration parser"),
        _tool("bc", "bc", "makes the kernel's time constants"),
        _tool("xz", "xz-utils", "unpacks the kernel source"),
        _tool(f"{prefix}gcc", f"gcc{'' if arm else '-aarch64-linux-gnu'}", "compiles for arm64"),
        _tool(f"{prefix}ld", PACKAGES[f"{prefix}ld"], "links for arm64"),
        _file(f"{headers}/stdio.h", libc, "links the selftests statically"),
        _tool(f"{x86_prefix}gcc", "gcc-x86-64-linux-gnu" if arm else "gcc", "compiles for x86_64"),
        _tool(f"{x86_prefix}ld", PACKAGES[f"{x86_prefix}ld"], "links for x86_64"),
        _file("/usr/include/gelf.h", "libelf-dev", "builds objtool, for x86_64"),
        _tool("qemu-system-aarch64", "qemu-system-arm", "boots the kernel"),
        _tool("ccache", "ccache", "compiles nothing twice", needed=False),
        *(_tool(name, PACKAGES.get(name, name), why, needed=False) for name, why in _FOR_MORE),
        *([_kernel(series, settings)] if series else []),
        _kvm(arm),
        _space(settings.cache),
    )


def missing_packages(checks: tuple[Check, ...]) -> str:
    """One apt command for all that is missing; empty when nothing is."""
    start = "apt-get install "
    packages = [c.mend.removeprefix(start) for c in checks if c.mend.startswith(start)]
    return start + " ".join(dict.fromkeys(packages)) if packages else ""


def _check(name: str, found: str, package: str, why: str, needed: bool) -> Check:
    return Check(name, found, needed, why, "" if found else f"apt-get install {package}")


def _tool(name: str, package: str, why: str, *, needed: bool = True) -> Check:
    return _check(name, shutil.which(name) or "", package, why, needed)


def _file(path: str, package: str, why: str) -> Check:
    return _check(path, path if Path(path).exists() else "", package, why, needed=True)


def _kernel(series: Series, settings: Settings) -> Check:
    why = f"the base kernel, Linux {series.base.release}"
    if settings.tree is not None:
        tree = str(settings.tree) if settings.tree.is_dir() else ""
        mend = "" if tree else f"{settings.tree} is not there; name another with --tree"
        return Check("kernel tree", tree, True, why, mend)
    package = series.base.package
    if not package:
        tarball = series.base.tarball_url
        mend = "" if tarball else "name a kernel git tree with --tree"
        return Check("kernel source", tarball, True, why, mend)
    archive = PACKAGE_DIR / f"{package}.tar.xz"
    found = str(archive) if archive.is_file() else ""
    # Without it the tarball is fetched from kernel.org.
    return _check(package, found, package, why, needed=not series.base.tarball_url)


def _kvm(arm: bool) -> Check:
    why = "boots at full speed instead of emulating"
    if not arm:
        return Check("KVM", "", False, why + " (arm64 hosts only)")
    usable = os.access("/dev/kvm", os.R_OK | os.W_OK)
    return Check("KVM", "/dev/kvm" if usable else "", False, why)


def _space(cache: Path) -> Check:
    place = next(path for path in (cache, *cache.parents) if path.exists())
    free = shutil.disk_usage(place).free
    found = f"{free / (1 << 30):.0f} GB free" if free >= _NEEDED_BYTES else ""
    mend = "" if found else "free some space, or set REFSERIES_CACHE"
    return Check(f"space for {cache}", found, True, "kernel source, builds and images", mend)
