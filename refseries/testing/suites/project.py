# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of the user's project that suites are made from."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from refseries.errors import SeriesError


def inside(root: Path, written: str, where: str) -> Path:
    """The file or folder that ``written`` names below ``root``.

    Raises:
        SeriesError: there is none, or it leads out of the project.
    """
    parts = PurePosixPath(written).parts
    path = root.joinpath(*parts)
    if not parts or written.startswith("/") or ".." in parts or not path.exists():
        raise SeriesError(
            f"`{written}` is no file or folder of this project.",
            where=where,
            hint="Name one by its path from the folder that holds series/ and kernel-tests/.",
        )
    if not path.resolve().is_relative_to(root.resolve()):
        raise SeriesError(
            f"`{written}` leads out of the project.", where=where, hint="Copy what it points to."
        )
    return path
