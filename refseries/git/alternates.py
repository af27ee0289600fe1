# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects of another repository, made visible in one of ours without copying them."""

from __future__ import annotations

from pathlib import Path

from refseries.host.files import write_atomically


def link(repo: Path, other: Path) -> None:
    """Let ``repo``, which is ours, find the objects of ``other``; nothing in ``other`` changes.

    Args:
        repo, other: git directories.
    """
    path, wanted = repo / "objects" / "info" / "alternates", str(other / "objects")
    listed = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    if wanted not in listed:
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, "".join(f"{line}\n" for line in (*listed, wanted)))


def linked(repo: Path) -> tuple[Path, ...]:
    """The git directories whose objects ``repo`` finds by ``link``."""
    path = repo / "objects" / "info" / "alternates"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return tuple(Path(line).parent for line in lines)
