# SPDX-License-Identifier: GPL-2.0-or-later
"""What Kconfig files say that an option depends on, with the blocks around it.

A file that is sourced inside of an ``if`` has the conditions of that line, too. Names of files with
variables in them (``arch/$(SRCARCH)/Kconfig``) are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from refseries.kernel import kconfig_files

_DEEP = 10  # files that source one another


def dependencies_of(repo: Path, commit: str, option: str, source: str) -> tuple[str, ...]:
    """What ``option`` of ``commit`` depends on, an expression each.

    Args:
        source: the architecture's folder in ``arch/``; what others say is not asked.
    """
    symbol = option.removeprefix("CONFIG_")
    texts = _files(repo, commit, rf"(?:menu)?config[ \t]+{re.escape(symbol)}", source)
    found = [each for text in texts.values() for each in depends(text, symbol)]
    files, seen = [*texts], {*texts}
    for _ in range(_DEEP):
        above = {}
        for file in files:
            pattern = rf"source[ \t]+\"{re.escape(file)}\""
            for name, text in _files(repo, commit, pattern, source).items():
                found += sourced(text, file)
                above[name] = text
        files = [name for name in above if name not in seen]
        seen |= {*files}
    return tuple(dict.fromkeys(found))


def _files(repo: Path, commit: str, pattern: str, source: str) -> dict[str, str]:
    """The Kconfig files that have a line of ``pattern``, but for other architectures'."""
    texts = kconfig_files.texts(repo, commit)
    return {
        name: texts[name]
        for name in kconfig_files.with_line(repo, commit, pattern)
        if kconfig_files.folder_of(name) in ("", source)
    }


def depends(text: str, symbol: str) -> tuple[str, ...]:
    """What a Kconfig file says that ``symbol`` depends on, an expression each; pure."""
    return _around(text, ("config", "menuconfig"), symbol)


def sourced(text: str, file: str) -> tuple[str, ...]:
    """What a Kconfig file says of all that ``file``, which it has read, declares; pure."""
    return _around(text, ("source",), f'"{file}"')


def _around(text: str, kinds: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The conditions of the blocks around the line ``KIND name``, and of its own block."""
    around: list[list[str]] = []  # of each block that is open, what it depends on
    found: list[str] = []
    into: list[str] = []
    for line in _without_help(text.replace("\\\n", " ").splitlines()):
        words = line.partition("#")[0].split(None, 1)
        rest = " ".join(words[1].split()) if len(words) > 1 else ""
        if words[:1] and words[0] in kinds and rest == name:
            found += [each for outer in around for each in outer]
            into = found if words[0] != "source" else []
            continue
        match words[:1]:
            case ["if" | "menu"]:
                around.append([rest] if words[0] == "if" else [])
                into = around[-1] if words[0] == "menu" else []
            case ["endif" | "endmenu"] if around:
                around.pop()
                into = []
            case ["config" | "menuconfig" | "choice" | "comment" | "endchoice" | "help" | "source"]:
                into = []
            case ["depends"] if rest.startswith("on "):
                into.append(rest.removeprefix("on "))
    return tuple(found)


def _without_help(lines: Iterable[str]) -> Iterator[str]:
    """Help goes on as long as lines stand as far in as its first: `if unsure, say N` is no if."""
    inside = False
    margin: int | None = None
    for line in lines:
        if not line.strip():
            continue
        far = len(line.expandtabs()) - len(line.expandtabs().lstrip())
        margin = far if inside and margin is None else margin
        if margin is not None and far >= max(margin, 1):
            continue
        margin = None
        inside = line.split()[0] == "help"
        yield line
