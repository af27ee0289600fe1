# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the base share: the files of a toy kernel, and looking for it."""

from __future__ import annotations

from pathlib import Path

import toy as toys

from refseries.host.settings import Settings
from refseries.kernel import base
from refseries.model import BaseInfo, BaseSpec

NAME = "linux-6.12.tar.gz"

FILES: dict[str, bytes | str] = {
    **toys.KERNEL,
    "built.o": b"ignored by .gitignore\n",
    "arch/link": "arm64",
    "dangling": "/no where/é",
    'odd/q"uote': b"1\n",
    "odd/back\\slash": b"2\n",
    "odd/sp ace \t": b"3\n",
    "odd/é\udcff": b"not UTF-8\n",
    "odd/new\nline": b"4\n",
    "empty": b"",
    "dos": b"a\r\nb\r\n",
    "n" * 120: b"a name that needs an extended header\n",
}


def spec(url: str = "http://127.0.0.1:9/" + NAME, sha256: str = "0" * 64) -> BaseSpec:
    return BaseSpec(
        release=toys.RELEASE, package="toy-source", tarball_url=url, tarball_sha256=sha256
    )


def settings(cache: Path, tree: Path | None = None, ref: str | None = None) -> Settings:
    return Settings(cache, tree, ref, 2, {"tree": "flag"})


def find(
    cache: Path, wanted: BaseSpec | None = None, package_dir: Path = Path("/nowhere")
) -> BaseInfo:
    return base.find(wanted or spec(), settings(cache), toys.IDENTITY, package_dir=package_dir)


def leftovers(cache: Path) -> list[str]:
    return sorted(
        path.name
        for path in (cache / "base").glob("*")
        if path.suffix != ".lock" and not (path / "base.json").is_file()
    )


def package_of(directory: Path) -> Path:
    """``directory``, made, with the distribution's source package in it."""
    directory.mkdir()
    toys.tarball(directory / "toy-source.tar.xz", FILES, executable=frozenset({"scripts/check.sh"}))
    return directory
