# SPDX-License-Identifier: GPL-2.0-or-later
"""Values as bytes, and back: only jobs that are known here, and what they are made of.

What is read names classes; only dataclasses, structs and enumerations of refseries are made of it,
and a few plain types, and only an order for a job of the table is done. That keeps a job data. It
is no defence against who may speak to a scheduler of Dask: distributed itself runs what it is sent,
so whoever has the keys can run anything there (docs/cluster.md).
"""

from __future__ import annotations

import importlib
import io
import pickle
from dataclasses import is_dataclass
from enum import Enum

from msgspec import Struct

from refseries.errors import SeriesError

JOBS = (
    "refseries.testing.jobs.BuildJob",
    "refseries.testing.jobs.BootJob",
    "refseries.mutate.trying.TryJob",
    "refseries.check.compiling.CompileJob",
    "refseries.coverage.jobs.CoverJob",
)
"""The jobs that a worker does, by the names of their classes."""

# What values hold besides: paths, dates, and sets of words.
_PLAIN = {
    ("pathlib", "PosixPath"),
    ("pathlib", "PurePosixPath"),
    ("datetime", "datetime"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("builtins", "frozenset"),
    ("builtins", "set"),
}

_WRONG = (
    pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, KeyError, TypeError,
    ValueError,
)  # fmt: skip


def to_bytes(value: object) -> bytes:
    """A value of ours as bytes."""
    return pickle.dumps(value, protocol=5)


def from_bytes(data: bytes) -> object:
    """The value that ``to_bytes`` made bytes of.

    Raises:
        SeriesError: it holds something else than values of ours, or is cut short.
    """
    try:
        return _Reader(io.BytesIO(data)).load()
    except _WRONG as error:
        raise SeriesError(
            f"what came over the wire is no value of refseries: {error}.",
            hint="Have the same refseries on all machines.",
        ) from error


def name_of(job: object) -> str:
    """A job's class, as it stands in JOBS."""
    return f"{type(job).__module__}.{type(job).__qualname__}"


def _member(kind: object, name: str) -> object:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind[name]
    raise pickle.UnpicklingError("getattr is not sent")


def _struct(kind: object, values: dict[str, object]) -> object:
    if isinstance(kind, type) and issubclass(kind, Struct):
        return kind(**values)
    raise pickle.UnpicklingError("rebuild is not sent")


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        """The class of a value, where it is one that we send."""
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if (module, name) == ("builtins", "getattr"):  # Python 3.11 writes members of enums so
            return _member
        if (module, name) == ("msgspec._utils", "rebuild"):  # structs of keywords are written so
            return _struct
        if module.partition(".")[0] == "refseries" and "." not in name:
            found = getattr(importlib.import_module(module), name)
            if isinstance(found, type) and (
                is_dataclass(found) or issubclass(found, (Enum, Struct))
            ):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not sent")
