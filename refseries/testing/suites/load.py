# SPDX-License-Identifier: GPL-2.0-or-later
"""``kernel-tests/suites.toml``: the suites of a project by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from refseries.errors import SeriesError
from refseries.host import toml

if TYPE_CHECKING:  # it knows of builds, which who only asks for the file has no need of
    from refseries.testing.suites.kind import SuiteKind

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")

Suites: TypeAlias = "Mapping[str, SuiteKind]"


def path_of(root: Path) -> Path:
    """Where a project has the file, if it has one."""
    return root / "kernel-tests" / "suites.toml"


def load(root: Path) -> Suites | None:
    """Read the suites of a project.

    Args:
        root: directory that holds ``series/`` and ``kernel-tests/``.

    Returns:
        The suites by name; None where there is no file, and ``kernel-tests/`` is all that runs.

    Raises:
        SeriesError: the file is wrong; file, line and key are named.
    """
    path = path_of(root)
    if not path.exists():
        return None
    from refseries.testing.suites.kinds import SuitesFile  # slow to load, and most have no file

    suites = toml.load(path, SuitesFile).suite
    for name in suites:
        if not _NAME.fullmatch(name):
            raise SeriesError(
                f"`{name}` is no name of a suite.",
                where=toml.place(path, path.read_text(encoding="utf-8"), ("suite", name)),
                hint="Take letters, digits, `-` and `_`.",
            )
    return suites
