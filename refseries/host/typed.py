# SPDX-License-Identifier: GPL-2.0-or-later
"""Values of a type out of JSON and out of tables, in one thread at a time.

msgspec learns what a type looks like when it first meets it, and shares what it has half learned:
a second thread that needs the type meanwhile ends Python with a segmentation fault.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

T = TypeVar("T")

_one_at_a_time = threading.RLock()


def from_json(data: bytes | str, kind: type[T]) -> T:
    """The value of type ``kind`` that ``data`` holds.

    Raises:
        msgspec.DecodeError: it is not JSON, or not of that type.
    """
    with _one_at_a_time:
        return msgspec.json.decode(data, type=kind)


def from_table(data: Any, kind: type[T]) -> T:  # noqa: ANN401 - what a TOML file holds
    """``data`` as a value of type ``kind``.

    Raises:
        msgspec.ValidationError: it is not of that type.
    """
    with _one_at_a_time:
        return msgspec.convert(data, kind)


def words_for(kind: type[Any], keys: Sequence[str]) -> tuple[str, ...]:
    """The words that may stand at a key of ``kind``; empty where they are not a few.

    Args:
        keys: the path to it, ``[N]`` for an element of a list; the last one may be what tells
            types of tables apart.
    """
    with _one_at_a_time:
        found = list(_parts(inspect.type_info(kind)))
        for key in keys[:-1]:
            found = [part for each in found for part in _below(each, key)]
        words = [word for each in found for word in _words(each, keys[-1])] if keys else []
    return tuple(sorted(set(words)))


def _parts(info: inspect.Type) -> Iterator[inspect.Type]:
    yield from info.types if isinstance(info, inspect.UnionType) else (info,)


def _below(info: inspect.Type, key: str) -> Iterator[inspect.Type]:
    match info:
        case inspect.StructType():
            for field in info.fields:
                if field.encode_name == key:
                    yield from _parts(field.type)
        case inspect.DictType():
            yield from _parts(info.value_type)
        case inspect.ListType() | inspect.VarTupleType():
            yield from _parts(info.item_type)


def _words(info: inspect.Type, key: str) -> Iterator[str]:
    if isinstance(info, inspect.StructType) and info.tag_field == key:
        yield str(info.tag)
    for below in _below(info, key):
        if isinstance(below, inspect.EnumType):
            yield from (str(member.value) for member in below.cls)
        elif isinstance(below, inspect.LiteralType):
            yield from map(str, below.values)
