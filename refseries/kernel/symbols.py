# SPDX-License-Identifier: GPL-2.0-or-later
"""Which architectures' Kconfig files say that there is an option.

Kconfig reads the files of one architecture alone. An option that only others have, such as ARM
where arm64 is built, is never granted, and what needs it is compiled for those alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from pathlib import Path

from refseries import git

_FILES = (":(glob)**/Kconfig*", ":(exclude,glob)scripts/kconfig/**")
_DECLARED = re.compile(r"[ \t]*(?:menu)?config[ \t]+(\w+)[ \t]*")

Foreign = Callable[[Collection[str]], dict[str, frozenset[str]]]
"""Of options, those that other architectures alone have, each with their folders of ``arch/``."""


def asks(repo: Path, commit: str, source: str) -> Foreign:
    """What tells of options of ``commit`` whether only others than ``arch/source`` have them.

    What was asked for is remembered: git looks through all Kconfig files at once.
    """
    homes: dict[str, frozenset[str]] = {}

    def foreign(options: Collection[str]) -> dict[str, frozenset[str]]:
        new = [each for each in options if each not in homes]
        homes.update(_homes(repo, commit, new) if new else {})
        return {
            each: homes[each]
            for each in options
            if homes[each] and not homes[each] & {"", source}
        }  # fmt: skip

    return foreign


def none(_options: Collection[str]) -> dict[str, frozenset[str]]:
    """A ``Foreign`` that knows of no other architecture."""
    return {}


def folder_of(path: str) -> str:
    """The folder of ``arch/`` that a file lies in; empty for what all architectures share."""
    parts = path.split("/")
    return parts[1] if parts[0] == "arch" and len(parts) > 2 else ""


def _homes(repo: Path, commit: str, options: Collection[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {each: set() for each in options}
    names = "|".join(re.escape(each.removeprefix("CONFIG_")) for each in options)
    pattern = rf"^[[:space:]]*(menu)?config[[:space:]]+({names})[[:space:]]*$"
    told = git.git(
        repo, "grep", "-z", "--no-line-number", "--no-column", "--no-color", "-E", "-e", pattern,
        commit, "--", *_FILES, check=False,
    ).stdout  # fmt: skip
    for line in told.splitlines():
        where, _, text = line.partition("\0")
        if declared := _DECLARED.fullmatch(text):
            found[f"CONFIG_{declared[1]}"].add(folder_of(where.partition(":")[2]))
    return {option: frozenset(folders) for option, folders in found.items()}
