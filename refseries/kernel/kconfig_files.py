# SPDX-License-Identifier: GPL-2.0-or-later
"""The Kconfig files of a kernel, read once: what is asked of them is asked many times."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from refseries import git

_NAME = re.compile(r"(.*/)?Kconfig[^/]*")
_NONE_OF_THE_KERNELS = "scripts/kconfig/"  # what Kconfig itself is tested with


@functools.lru_cache(maxsize=2)
def texts(repo: Path, commit: str) -> Mapping[str, str]:
    """All Kconfig files of ``commit``, by their path; an ``arch/`` folder's among them."""
    listed = git.git(repo, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit).stdout
    names = [
        name
        for name in listed.split("\0")
        if _NAME.fullmatch(name) and not name.startswith(_NONE_OF_THE_KERNELS)
    ]
    found = git.read_files(repo, commit, names)
    return {name: text.decode("utf-8", "replace") for name, text in found.items()}


def with_line(repo: Path, commit: str, pattern: str) -> dict[str, list[re.Match[str]]]:
    """The files that have lines of ``pattern``, each with what matched.

    Args:
        pattern: of a whole line, but for blanks around it.
    """
    line = re.compile(rf"^[ \t]*(?:{pattern})[ \t]*$", re.M)
    all_found = {name: [*line.finditer(text)] for name, text in texts(repo, commit).items()}
    return {name: found for name, found in all_found.items() if found}


def defined(repo: Path, commit: str, options: Collection[str]) -> frozenset[str]:
    """Those of ``options`` that the Kconfig files of ``commit`` define; git looks for them."""
    if not options:
        return frozenset()
    line = rf"^[[:space:]]*(menu)?config[[:blank:]]+({names(options)})[[:space:]]*$"
    words = ("grep", "-h", "-E", "-e", line)
    told = git.git(repo, *words, commit, "--", "*Kconfig*", check=False).stdout
    return frozenset(f"CONFIG_{each.split()[-1]}" for each in told.splitlines())


def folder_of(path: str) -> str:
    """The folder of ``arch/`` that a file lies in; empty for what all architectures share."""
    parts = path.split("/")
    return parts[1] if parts[0] == "arch" and len(parts) > 2 else ""


def names(options: Iterable[str]) -> str:
    """A pattern of ``options`` as Kconfig writes them."""
    return "|".join(re.escape(each.removeprefix("CONFIG_")) for each in options)
