# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files are compiled: those that a version touches, and some that include what it touches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from refseries import git
from refseries.check.model import CheckedVersion
from refseries.kernel import arch as arches
from refseries.kernel import included

INCLUDERS = 6
"""How many files are compiled for each header that is touched."""

_OBJECT = "OBJECT "

# Where includers are looked for: what every config builds something of.
_FOLDERS = ("mm", "kernel", "fs", "init", "ipc", "lib")


def sources(subject: CheckedVersion, arch: str) -> tuple[str, ...]:
    """Source files that are compiled where the config builds them, for every state alike."""
    touched = [name for name in subject.touched if _compiled(name, arch)]
    headers = [name for name in subject.touched if name.endswith(".h")]
    folders = [*_FOLDERS, *(f"arch/{arches.get(arch).source}/{each}" for each in ("kernel", "mm"))]
    near = {str(PurePosixPath(name).parent) for name in touched}
    found = [
        name
        for header in headers
        for name in nearest(_includers(subject, header, folders), near)[:INCLUDERS]
    ]
    # In base, as below.
    wholes = included.includers(subject.base.repo, subject.base.tree, touched)
    return tuple(dict.fromkeys([*touched, *wholes, *found]))


def nearest(names: Iterable[str], near: Iterable[str]) -> list[str]:
    """``names`` with those in one of the folders ``near`` first; else by path. Pure."""
    folders = set(near)
    return sorted(names, key=lambda name: (str(PurePosixPath(name).parent) not in folders, name))


def include_path(header: str) -> str | None:
    """What a C file writes to include ``header``; None when it is none of the shared headers."""
    for start in ("include/uapi/", "include/"):
        if header.startswith(start):
            return header.removeprefix(start)
    found = re.fullmatch(r"arch/\w+/include/(?:uapi/)?(.+)", header)
    return found[1] if found else None


def folders(names: Iterable[str]) -> tuple[str, ...]:
    """The folders that ``names`` lie in. Pure."""
    return tuple(dict.fromkeys(str(PurePosixPath(name).parent) for name in names))


def listed(text: str) -> list[str]:
    """The objects that ``objects.mk`` printed. Pure."""
    return [line.removeprefix(_OBJECT) for line in text.splitlines() if line.startswith(_OBJECT)]


def built(names: Sequence[str], listed: Iterable[str]) -> tuple[str, ...]:
    """Objects of those source files that the config builds: ``listed``, by kbuild. Pure."""
    by_stem: Mapping[str, str] = {name.rpartition(".")[0]: name for name in names}
    return tuple(
        dict.fromkeys(
            each for each in listed if each.endswith(".o") and each.removesuffix(".o") in by_stem
        )
    )


def _compiled(name: str, arch: str) -> bool:
    if not name.endswith((".c", ".S")) or name.startswith(("tools/", "samples/", "scripts/")):
        return False
    return not name.startswith("arch/") or name.startswith(f"arch/{arches.get(arch).source}/")


def _includers(subject: CheckedVersion, header: str, folders: Sequence[str]) -> list[str]:
    path = include_path(header)
    if path is None:
        return []
    pattern = rf'^#[ \t]*include[ \t]*[<"]{re.escape(path)}[>"]'
    specs = [f":(glob){folder}/*.c" for folder in folders]
    # In base: the same files in every state.
    tree = subject.base.tree
    found = git.git(
        subject.base.repo, "grep", "-l", "-z", "-E", "-e", pattern, tree, "--", *specs, check=False
    )
    return [name.removeprefix(f"{tree}:") for name in found.stdout.split("\0") if name]
