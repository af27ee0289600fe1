# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects that count how often each of their lines runs (gcov), of chosen sources alone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

NOTES_SUFFIX = ".gcno"

# A name that make expands in its variables would be a command of the patch's author.
_NAME = re.compile(r"[A-Za-z0-9_.,+/-]+")


def variables(sources: Iterable[str]) -> tuple[str, ...]:
    """Make's variables that have the objects of ``sources`` count, without a Makefile edited. Pure.

    Kbuild asks for ``GCOV_PROFILE_`` and the object as its Makefile names it, which is mostly the
    name alone and sometimes has the folder before it. An object of the same name elsewhere counts
    as well, which does no harm. A source whose name no Makefile could have is passed over.

    Args:
        sources: paths in the tree.
    """
    names: dict[str, None] = {}
    for source in filter(_NAME.fullmatch, sources):
        path = PurePosixPath(source).with_suffix(".o")
        names[path.name] = None
        if len(path.parts) > 1:
            names["/".join(path.parts[-2:])] = None
    return tuple(f"GCOV_PROFILE_{name}=y" for name in names)


def forget(out: Path, sources: Iterable[str]) -> None:
    """Remove the objects of ``sources`` and the notes on them, so that make makes what it needs.

    Otherwise those of another version, which this one does not compile, would pass for its own.
    """
    for source in sources:
        for suffix in (".o", NOTES_SUFFIX):
            out.joinpath(PurePosixPath(source).with_suffix(suffix)).unlink(missing_ok=True)


def keep_notes(out: Path, sources: Iterable[str], place: Path) -> None:
    """Copy what the compiler wrote of the objects of ``sources`` to ``place``, if it wrote any.

    Args:
        out: the build directory.
        place: a directory that is made when there is something to keep.
    """
    for source in sources:
        name = PurePosixPath(source).with_suffix(NOTES_SUFFIX)
        if not out.joinpath(name).is_file():
            continue  # this config does not compile it
        copy = place / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(out / name, copy)
