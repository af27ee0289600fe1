# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects of another repository, made visible in one of ours without copying them."""

from __future__ import annotations

from pathlib import Path

from refseries.host import lock
from refseries.host.files import write_atomically
from refseries.host.progress import silent


def link(repo: Path, other: Path) -> None:
    """Let ``repo``, which is ours, find the objects of ``other``; nothing in ``other`` changes.

    Args:
        repo, other: git directories.
    """
    path, wanted = repo / "objects" / "info" / "alternates", str(other / "objects")
    if wanted in _lines(path):
        return
    path.parent.mkdir(exist_ok=True)
    # Another run may add one of its own meanwhile. Git's own lock is called alternates.lock.
    with lock.held(path.with_name("refseries.lock"), silent, ""):
        if wanted not in (listed := _lines(path)):
            write_atomically(path, "".join(f"{line}\n" for line in (*listed, wanted)))


def linked(repo: Path) -> tuple[Path, ...]:
    """The git directories whose objects ``repo`` finds by ``link``."""
    path = repo / "objects" / "info" / "alternates"
    return tuple(Path(line).parent for line in _lines(path))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
