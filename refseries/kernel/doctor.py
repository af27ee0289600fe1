# SPDX-License-Identifier: GPL-2.0-or-later
"""What this machine lacks for the main job, and the command that brings it."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from refseries.errors import SeriesError
from refseries.host.packages import PACKAGES
from refseries.host.settings import Settings
from refseries.kernel import configs
from refseries.kernel.arch import ARCHES
from refseries.kernel.base import PACKAGE_DIR
from refseries.kernel.model import Config
from refseries.model import Series

_NEEDED_BYTES = 6 << 30

# What `refseries check` calls besides.
_FOR_CHECKS = (
    ("perl", "checks: checkpatch, kernel-doc, get_maintainer"),
    ("codespell", "checks: spelling"),
    ("sparse", "checks: address spaces, locks, types"),
    ("spatch", "checks: coccinelle's semantic patches"),
)


@dataclass(frozen=True)
class Prerequisite:
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


def examine(series: Series | None, settings: Settings) -> tuple[Prerequisite, ...]:
    """Look at this machine for everything that the main job needs, best-known name first.

    Args:
        series: whose base kernel is looked for; None where there is none yet.
    """
    return (
        _tool("git", "reads and makes commits"),
        _tool("make", "builds the kernel"),
        _tool("gcc", "builds the kernel's own tools"),
        _tool("ld", "links the kernel's own tools"),
        _tool("flex", "builds the kernel's configuration parser"),
        _tool("bison", "builds the kernel's configuration parser"),
        _tool("bc", "makes the kernel's time constants"),
        _tool("xz", "unpacks the kernel source"),
        *_for_arches(series),
        _tool("ccache", "compiles nothing twice", needed=False),
        *(_tool(name, why, needed=False) for name, why in _FOR_CHECKS),
        *([_kernel(series, settings)] if series else []),
        _kvm(),
        _space(settings.cache),
    )


def _for_arches(series: Series | None) -> Iterator[Prerequisite]:
    """What each architecture takes; needed where a config of the series is of it."""
    chosen: tuple[Config, ...] = ()
    # Configs that cannot be read are no matter of the machine; whoever builds one is told.
    with contextlib.suppress(SeriesError):
        chosen = configs.select(configs.of_project(series.root), series.configs) if series else ()
    used = {config.arch: False for config in chosen}  # whether it boots
    used |= {config.arch: True for config in chosen if config.boot}
    used = used or {next(iter(ARCHES)): True}
    host = platform.machine()
    for arch in ARCHES.values():
        needed, prefix = arch.name in used, arch.prefix(host)
        if prefix:
            yield _tool(f"{prefix}gcc", f"compiles for {arch.name}", needed=needed)
            yield _tool(f"{prefix}ld", f"links for {arch.name}", needed=needed)
        for path, package, why in arch.builds_with:
            yield _file(path, package, f"{why}, for {arch.name}", needed=needed)
        if arch.machine is None:
            continue
        boots = used.get(arch.name, False)
        headers = f"/usr/{prefix.rstrip('-')}/include" if prefix else "/usr/include"
        libc = f"libc6-dev-{arch.debian}-cross" if prefix else "libc6-dev"
        why = f"links the selftests for {arch.name} statically"
        yield _file(f"{headers}/stdio.h", libc, why, needed=boots)
        yield _tool(arch.machine.qemu, f"boots kernels of {arch.name}", needed=boots)


def missing_packages(checks: tuple[Prerequisite, ...]) -> str:
    """One apt command for all that is missing; empty when nothing is."""
    start = "apt-get install "
    packages = [c.mend.removeprefix(start) for c in checks if c.mend.startswith(start)]
    return start + " ".join(dict.fromkeys(packages)) if packages else ""


def _check(name: str, found: str, package: str, why: str, needed: bool) -> Prerequisite:
    return Prerequisite(name, found, needed, why, "" if found else f"apt-get install {package}")


def _tool(name: str, why: str, *, needed: bool = True) -> Prerequisite:
    return _check(name, shutil.which(name) or "", PACKAGES.get(name, name), why, needed)


def _file(path: str, package: str, why: str, *, needed: bool) -> Prerequisite:
    return _check(path, path if Path(path).exists() else "", package, why, needed)


def _kernel(series: Series, settings: Settings) -> Prerequisite:
    why = f"the base kernel, Linux {series.base.release}"
    if settings.tree is not None:
        tree = str(settings.tree) if settings.tree.is_dir() else ""
        mend = "" if tree else f"{settings.tree} is not there; name another with --tree"
        return Prerequisite("kernel tree", tree, True, why, mend)
    package = series.base.package
    if not package:
        tarball = series.base.tarball_url
        mend = "" if tarball else "name a kernel git tree with --tree"
        return Prerequisite("kernel source", tarball, True, why, mend)
    archive = PACKAGE_DIR / f"{package}.tar.xz"
    found = str(archive) if archive.is_file() else ""
    # Without it the tarball is fetched from kernel.org.
    return _check(package, found, package, why, needed=not series.base.tarball_url)


def _kvm() -> Prerequisite:
    usable = os.access("/dev/kvm", os.R_OK | os.W_OK)
    why = "boots kernels of this machine's kind at full speed, if it works: the first boot tries"
    return Prerequisite("KVM", "/dev/kvm" if usable else "", False, why)


def _space(cache: Path) -> Prerequisite:
    place = next(path for path in (cache, *cache.parents) if path.exists())
    free = shutil.disk_usage(place).free
    found = f"{free / (1 << 30):.0f} GB free" if free >= _NEEDED_BYTES else ""
    mend = "" if found else "free some space, or set REFSERIES_CACHE"
    return Prerequisite(f"space for {cache}", found, True, "kernel source, builds and images", mend)
