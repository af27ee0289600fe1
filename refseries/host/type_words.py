# SPDX-License-Identifier: GPL-2.0-or-later
"""The words that a type lets stand at one of its keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import inspect

from refseries.host.typed import one_at_a_time


def words_for(kind: type[Any], keys: Sequence[str]) -> tuple[str, ...]:
    """The words that may stand at a key of ``kind``; empty where they are not a few.

    Args:
        keys: the path to it, ``[N]`` for an element of a list; the last one may be what tells
            types of tables apart.
    """
    with one_at_a_time:
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
