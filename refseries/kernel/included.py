# SPDX-License-Identifier: GPL-2.0-or-later
"""C files that another one includes (``#include "debug.c"``): they are compiled where that is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from refseries import git


def includers(repo: Path, commit: str, paths: Iterable[str]) -> tuple[str, ...]:
    """The C files that include one of ``paths`` that lies beside them, directly or not.

    The scheduler is compiled so: kernel/sched/build_policy.c and build_utility.c include the rest.

    Args:
        commit: or a tree, of ``repo``.
        paths: in that tree; what is no C file is included by nobody here.
    """
    known = {*paths}
    found: dict[str, None] = {}
    new = sorted(known)
    while new:
        new = [each for each in _direct(repo, commit, new) if each not in known]
        known |= {*new}
        found |= dict.fromkeys(new)
    return tuple(found)


def _direct(repo: Path, commit: str, paths: Iterable[str]) -> list[str]:
    names: dict[str, list[str]] = {}
    for path in paths:
        if path.endswith(".c"):
            folder, name = PurePosixPath(path).parent, PurePosixPath(path).name
            names.setdefault(str(folder), []).append(re.escape(name))
    found: list[str] = []
    for beside, each in names.items():
        pattern = rf"^[[:space:]]*#[[:space:]]*include[[:space:]]+\"({'|'.join(each)})\""
        listed = git.git(
            repo, "grep", "-l", "-z", "-E", "-e", pattern, commit, "--", f":(glob){beside}/*.c",
            check=False,
        ).stdout.split("\0")  # fmt: skip
        found += [name.removeprefix(f"{commit}:") for name in listed if name]
    return found
