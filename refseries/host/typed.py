# SPDX-License-Identifier: GPL-2.0-or-later
"""Values of a type out of JSON and out of tables, in one thread at a time.

msgspec learns what a type looks like when it first meets it, and shares what it has half learned:
a second thread that needs the type meanwhile ends Python with a segmentation fault.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from refseries.host.files import write_atomically

T = TypeVar("T")

one_at_a_time = threading.RLock()
"""Held by whoever asks msgspec about a type."""


def from_json(data: bytes | str, kind: type[T]) -> T:
    """The value of type ``kind`` that ``data`` holds.

    Raises:
        msgspec.DecodeError: it is not JSON, or not of that type.
    """
    with one_at_a_time:
        return msgspec.json.decode(data, type=kind)


def kept(path: Path, kind: type[T]) -> T | None:
    """The value of type ``kind`` that a file of the cache holds as JSON.

    None where there is no such file, or one that an older refseries kept with less in it.
    """
    try:
        return from_json(path.read_bytes(), kind)
    except (OSError, msgspec.DecodeError):
        return None


def keep(path: Path, value: object) -> None:
    """Have ``kept`` find ``value`` in a file of the cache; its folder is made where need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, msgspec.json.encode(value))


def from_table(data: Any, kind: type[T]) -> T:  # noqa: ANN401 - what a TOML file holds
    """``data`` as a value of type ``kind``.

    Raises:
        msgspec.ValidationError: it is not of that type.
    """
    with one_at_a_time:
        return msgspec.convert(data, kind)
