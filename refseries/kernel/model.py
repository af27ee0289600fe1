# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel configurations and built kernels as frozen values; pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

DIGEST = "image.sha256"
"""Beside the record of an image that stays on another machine: its SHA-256, in hex."""


@dataclass(frozen=True)
class Fragment:
    """A file of kernel options, read.

    Attributes:
        path: as ``configs.toml`` names it, below the project or ``qemu/``; for messages.
    """

    path: str
    text: str


@dataclass(frozen=True)
class Config:
    """A named kernel configuration.

    Attributes:
        name: ``default``, ``debug``, …
        arch: kernel's ARCH: ``arm64`` or ``x86_64``.
        fragments: what is merged over ``start``, in order.
        boot: whether its images are booted; False means compile-only.
        targets: what make builds.
        about: one line for people.
        case_seconds: how long one test case may take in its guest.
        case_ptrace: whether test cases keep CAP_SYS_PTRACE, by which they could speak for init.
        image_path: where make leaves the bootable image, below the build directory; empty when it
            is not booted.
        profiled: sources, paths in the tree, whose objects count how often each line runs; the
            compiler's notes on them (``.gcno``) are kept with the image.
        start: what the fragments are merged over: a target of make such as ``tinyconfig``.
        start_file: a ``.config`` in place of that.
        keep: more files and folders of the build directory that an image keeps.
        modules: whether modules are built, and those that a fragment asks for loaded in the guest.
    """

    name: str
    arch: str
    fragments: tuple[Fragment, ...]
    boot: bool
    targets: tuple[str, ...] = ()
    about: str = ""
    case_seconds: float = 60.0
    case_ptrace: bool = False
    image_path: str = ""
    profiled: tuple[str, ...] = ()
    start: str = "tinyconfig"
    start_file: Fragment | None = None
    keep: tuple[str, ...] = ()
    modules: bool = False


@dataclass(frozen=True)
class Image:
    """A built kernel, or the log of a compile-only build, stored under its content key.

    Attributes:
        path: the bootable image; ``None`` for a compile-only config.
        directory: holds the image, its ``config`` and ``build.log``.
        release: what the kernel calls itself (``make kernelrelease``).
        toolchain: first line of the compiler's ``--version``.
        seconds: how long the build took when it was made.
    """

    key: str
    directory: Path
    path: Path | None
    log: Path
    release: str
    toolchain: str
    seconds: float

    def digest(self) -> str:
        """SHA-256 of the bootable image, also of one that stays on the machine that built it."""
        assert self.path is not None
        kept = self.directory / DIGEST
        if kept.is_file():
            return kept.read_text().strip()
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
