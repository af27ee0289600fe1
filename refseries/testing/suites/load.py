# SPDX-License-Identifier: GPL-2.0-or-later
"""``kernel-tests/suites.toml``: the suites of a project by name."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache, reduce
from operator import or_
from pathlib import Path
from typing import Any, cast

import msgspec

from refseries.errors import SeriesError
from refseries.host import toml
from refseries.testing.suites import kinds
from refseries.testing.suites.kind import SuiteKind

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")

Suites = dict[str, SuiteKind]


@cache
def all_kinds() -> tuple[type[SuiteKind], ...]:
    """Every kind: one module of ``kinds`` each."""
    found = pkgutil.iter_modules(kinds.__path__, f"{kinds.__name__}.")
    return tuple(importlib.import_module(each.name).SUITE for each in found)


@cache
def _file() -> type[msgspec.Struct]:
    union: Any = reduce(or_, all_kinds())
    fields = [("schema", int), ("suite", dict[str, union])]
    return msgspec.defstruct("SuitesFile", fields, frozen=True, forbid_unknown_fields=True)


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
    suites = cast(Any, toml.load(path, _file())).suite
    for name in suites:
        if not _NAME.fullmatch(name):
            raise SeriesError(
                f"`{name}` is no name of a suite.",
                where=toml.place(path, path.read_text(encoding="utf-8"), ("suite", name)),
                hint="Take letters, digits, `-` and `_`.",
            )
    return cast(Suites, suites)
