# SPDX-License-Identifier: GPL-2.0-or-later
"""Under which name a series keeps what is its own in the cache, beside others of its name."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace
from pathlib import Path

from refseries.host.files import write_atomically
from refseries.model import Series

OWNER = "owner"
"""In a folder of the cache: the path of the project whose results are in it."""


def settled(series: Series, cache: Path) -> Series:
    """``series`` with its ``home``: the series' name, unless another project came first with it.

    A project whose folder is gone, or holds another series by now, was moved or removed, and leaves
    its place. Where the cache cannot be written, nothing is claimed.
    """
    root = str(series.root)
    digest = hashlib.sha256(root.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    second = f"{series.name}-{digest}"
    if _owner(cache / second) == root:
        return replace(series, own=second)
    if _claim(cache / series.name, root, series.name):
        return series
    _claim(cache / second, root, series.name)
    return replace(series, own=second)


def stands(root: str, name: str) -> bool:
    """Whether the project ``root`` is there and may hold the series ``name``."""
    try:
        text = (Path(root) / "series" / "series.toml").read_text(errors="replace")
    except (OSError, ValueError):
        return False
    return name in text


def _claim(folder: Path, root: str, name: str) -> bool:
    """Whether ``folder`` is the project's: it was, or it is made so now."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError), (folder / OWNER).open("x") as stream:
            stream.write(root)  # who comes at the same time finds the file, and does not make it
    owner = _owner(folder)
    if owner in ("", root):
        return True
    if stands(owner, name):
        return False
    with contextlib.suppress(OSError):
        write_atomically(folder / OWNER, root)
    return True


def _owner(folder: Path) -> str:
    try:
        return (folder / OWNER).read_text(errors="replace")
    except OSError:
        return ""
