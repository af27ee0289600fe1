# SPDX-License-Identifier: GPL-2.0-or-later
"""Which options have a file compiled, as the Makefiles and Kconfig files of its tree say.

It reads what is written plainly (``obj-$(CONFIG_X) += x.o``, ``x-y := part.o``, ``depends on A &&
B``) and knows no more of make or Kconfig. Only a build shows whether the options hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from refseries import git

_RULE = re.compile(r"^\s*([\w-]+)-(\$\(CONFIG_(\w+)\)|y|m|objs)\s*[:+]?=\s*(.*)$", re.M)
_CONFIG = re.compile(r"^(?:menu)?config (\w+)$", re.M)
_DEPENDS = re.compile(r"^\s+depends on (\w+(?:\s*&&\s*\w+)*)\s*$", re.M)
_PROMPT = re.compile(r"^\s+(?:bool|tristate)\s+\"|^\s+prompt\s+\"", re.M)
_DEPTH = 8


@dataclass(frozen=True)
class CompiledBy:
    """What was found.

    Attributes:
        options: names without ``CONFIG_``, in order; all of them have to be set.
        always: files that every kernel has.
        unknown: C files of which no plain rule tells.
    """

    options: tuple[str, ...]
    always: tuple[str, ...]
    unknown: tuple[str, ...]


def of(repo: Path, commit: str, files: Iterable[str]) -> CompiledBy:
    """The options that have the C files among ``files`` of ``commit`` compiled."""
    tree = _Tree(repo, commit)
    options: dict[str, None] = {}
    always, unknown = [], []
    for file in files:
        if not file.endswith((".c", ".S", ".rs")) or file.startswith("tools/"):
            continue
        found = tree.of_object(PurePosixPath(file).with_suffix(".o"))
        if found is None:
            unknown.append(file)
        elif found:
            options |= dict.fromkeys(found)
        else:
            always.append(file)
    needed = tree.with_dependencies(tuple(options))
    return CompiledBy(needed, tuple(always), tuple(unknown))


class _Tree:
    """The Makefiles and Kconfig files of one commit, each read once."""

    def __init__(self, repo: Path, commit: str) -> None:
        self.repo = repo
        self.commit = commit
        self._makefiles: dict[str, str] = {}

    def of_object(self, path: PurePosixPath, depth: int = 0) -> tuple[str, ...] | None:
        """Options for an object or, with a slash at its end in the Makefile, for a folder."""
        if depth > _DEPTH:
            return None
        folder = path.parent
        name = path.name if path.suffix == ".o" else f"{path.name}/"
        for left, how, option, right in _RULE.findall(self._makefile(folder)):
            if name not in right.split():
                continue
            if left not in ("obj", "lib", "core", "drivers", "net"):  # a part of another object
                found = self.of_object(folder / f"{left}.o", depth + 1)
            else:
                found = self._of_folder(folder, depth + 1)
            if found is not None and how != "m":
                return (*found, option) if option else found
        return None

    def _of_folder(self, folder: PurePosixPath, depth: int) -> tuple[str, ...] | None:
        if folder == PurePosixPath():
            return ()
        found = self.of_object(folder, depth)
        # The folders at the top are named by Kbuild, and those of an architecture in its own way.
        return () if found is None and len(folder.parts) == 1 else found

    def _makefile(self, folder: PurePosixPath) -> str:
        key = str(folder)
        if key not in self._makefiles:
            names = [str(folder / name) for name in ("Kbuild", "Makefile")]
            read = git.read_files(self.repo, self.commit, names)
            text = "\n".join(data.decode("utf-8", "replace") for data in read.values())
            self._makefiles[key] = text.replace("\\\n", " ")
        return self._makefiles[key]

    def with_dependencies(self, options: Sequence[str]) -> tuple[str, ...]:
        """``options`` and what they plainly depend on, each behind what it needs."""
        found: dict[str, None] = {}
        waiting = list(options)
        for _ in range(_DEPTH):
            for option in waiting:
                found.pop(option, None)
                found[option] = None
            texts = self._blocks(waiting)
            waiting = [
                name
                for text in texts
                for group in _DEPENDS.findall(text)
                for name in re.split(r"\s*&&\s*", group)
            ]
            if not waiting:
                break
        return tuple(name for name in reversed(found) if self._can_be_set(name))

    def _can_be_set(self, option: str) -> bool:
        """What has no prompt is set by others alone, and asking for it would be in vain."""
        return any(_PROMPT.search(text) for text in self._blocks([option]))

    def _blocks(self, options: Sequence[str]) -> list[str]:
        """The Kconfig entries of ``options``."""
        if not options:
            return []
        pattern = rf"^(menu)?config ({'|'.join(options)})$"
        words = ("grep", "-l", "-z", "-E", "-e", pattern, self.commit, "--", "*Kconfig*")
        listed = git.git(self.repo, *words, check=False).stdout.split("\0")
        names = [entry.partition(":")[2] for entry in listed if entry]
        blocks = []
        for data in git.read_files(self.repo, self.commit, names).values():
            parts = _CONFIG.split(data.decode("utf-8", "replace"))
            for name, body in zip(parts[1::2], parts[2::2], strict=True):
                if name in options:
                    blocks.append(re.split(r"^(?=\S)", body.lstrip("\n"), flags=re.M)[0])
        return blocks
