# SPDX-License-Identifier: GPL-2.0-or-later
"""New files of a work tree that git ignores, and that look like somebody's work all the same.

``git add --all`` leaves them out without a word: an editor's file would be named for nothing, but a
source that a pattern hides by chance (``core*``, ``*`` of a folder of programs) would be missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from refseries import git
from refseries.review import work_tree

_SUFFIXES = frozenset(
    (".S", ".awk", ".c", ".dts", ".dtsi", ".h", ".pl", ".py", ".rs", ".rst", ".sh", ".tbl", ".yaml")
)
_NAMES = frozenset(("Kbuild", "Kconfig", "Makefile"))
_BUILT = (".config", "include/config", "modules.order")  # in a folder that is for builds
_MOST = 2000  # entries of a hidden folder that are looked at


def sources(worktree: Path) -> tuple[str, ...]:
    """Files that look like sources, and folders (``mm/x/``) that have some, in git's order.

    What a build makes is not among them: a folder that it fills, what kbuild has a command file
    for, and what a ``.gitignore`` of the tree names by its suffix or as a whole.
    """
    if not worktree.is_dir():
        return ()
    config = work_tree.ignored(worktree)
    words = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
    listed = git.git(worktree, *words, config=config).stdout.split("\0")
    found = [name for name in listed if name and _looks_written(worktree, name)]
    if not found:
        return ()
    told = git.git(
        worktree, "check-ignore", "-z", "-v", "--stdin",
        config=config, stdin="\0".join(found).encode(errors="surrogateescape"), check=False,
    ).stdout.split("\0")  # fmt: skip
    rules = zip(told[0::4], told[2::4], told[3::4], strict=False)
    return tuple(name for source, pattern, name in rules if not _is_meant(source, pattern, name))


def _looks_written(worktree: Path, name: str) -> bool:
    path = worktree / name
    if not name.endswith("/"):
        return _is_source(path)
    if any((path / built).exists() for built in _BUILT):
        return False
    return any(_is_source(each) for each in _first(path))


def _first(folder: Path) -> Iterator[Path]:
    for number, each in enumerate(folder.rglob("*")):
        if number == _MOST:
            return
        yield each


def _is_source(path: Path) -> bool:
    if path.name not in _NAMES and path.suffix not in _SUFFIXES:
        return False
    return not path.with_name(f".{path.name}.cmd").exists() and path.is_file()


def _is_meant(source: str, pattern: str, name: str) -> bool:
    """Whether a ``.gitignore`` of the tree means this very file, or files of its kind."""
    if PurePosixPath(source).name != ".gitignore":
        return False  # the user's, for all his trees
    last = PurePosixPath(pattern).name
    if not any(mark in last for mark in "*?["):
        return True
    return last.endswith((PurePosixPath(name).suffix, "[ch]")) if "." in name else False
