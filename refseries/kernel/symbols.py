# SPDX-License-Identifier: GPL-2.0-or-later
"""Which architectures' Kconfig files say that there is an option.

Kconfig reads the files of one architecture alone. An option that only others have, such as ARM
where arm64 is built, is never granted, and what needs it is compiled for those alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from pathlib import Path

from refseries.kernel import kconfig_files

_DECLARED = re.compile(r"^[ \t]*(?:menu)?config[ \t]+(\w+)[ \t]*$", re.M)
_ENTRY = re.compile(
    r"^[ \t]*(?:config|menuconfig|choice|endchoice|comment|menu|endmenu|if|endif|source)\b", re.M
)
# What makes an option a question, or sets it: words, or a default other than n.
_ASKED = re.compile(
    r"^[ \t]*(?:(?:bool|tristate|prompt)[ \t]+\"|(?:default|def_bool|def_tristate)[ \t]+(?!n\b))",
    re.M,
)

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


def selectors(repo: Path, commit: str, option: str) -> dict[str, frozenset[str]]:
    """The options that set ``option``, which nobody can ask for, each with its folders of arch/.

    None where ``option`` has words of its own or a default, and may be asked for.
    """
    name = re.escape(option.removeprefix("CONFIG_"))
    declared = kconfig_files.with_line(repo, commit, rf"(?:menu)?config[ \t]+{name}")
    lines = (line for each in declared.values() for line in each)
    if any(_ASKED.search(_entry(line.string, line.end())) for line in lines):
        return {}
    found: dict[str, set[str]] = {}
    pattern = rf"select[ \t]+{name}(?:[ \t]+if\b.*)?"
    for file, selected in kconfig_files.with_line(repo, commit, pattern).items():
        for line in selected:
            above = _DECLARED.findall(line.string, 0, line.start())
            if above:
                folder = kconfig_files.folder_of(file)
                found.setdefault(f"CONFIG_{above[-1]}", set()).add(folder)
    return {each: frozenset(folders) for each, folders in found.items()}


def _entry(text: str, start: int) -> str:
    """What stands below the line that ends at ``start``, up to the next entry."""
    end = _ENTRY.search(text, start)
    return text[start : end.start() if end else len(text)]


def _homes(repo: Path, commit: str, options: Collection[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {each: set() for each in options}
    pattern = rf"(?:menu)?config[ \t]+(?P<name>{kconfig_files.names(options)})"
    for file, lines in kconfig_files.with_line(repo, commit, pattern).items():
        for line in lines:
            found[f"CONFIG_{line['name']}"].add(kconfig_files.folder_of(file))
    return {option: frozenset(folders) for option, folders in found.items()}
