# SPDX-License-Identifier: GPL-2.0-or-later
"""A TOML text brought up to date with as few changes as it takes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Item, Table

from refseries.errors import SeriesError
from refseries.host.toml import SCHEMA

# Tables in a list that stay on one line; the others get a header each.
_INLINE = ("also",)
_WIDTH = 90


def new(*comments: str) -> TOMLDocument:
    """A file of ours that has its licence, ``comments`` and its schema so far."""
    document = tomlkit.document()
    for text in ("SPDX-License-Identifier: GPL-2.0-or-later", *comments):
        document.add(tomlkit.comment(text))
    document.add("schema", tomlkit.item(SCHEMA))
    return document


def render(path: Path, old: str, data: Mapping[str, Any]) -> str:
    """``old`` with the values of ``data``; comments, order and form of the rest stay.

    Args:
        path: for messages.
        old: the text so far; empty for a new file.
        data: dictionaries, lists or tuples, and plain values; other keys of ``old`` go.

    Raises:
        SeriesError: ``old`` cannot be edited, or a text cannot be written as UTF-8.
    """
    try:
        document = tomlkit.parse(old)
        _merge(document, data)
        text = tomlkit.dumps(document)
        text.encode()
    except TOMLKitError as error:
        raise SeriesError(
            f"cannot be edited: {error}.", where=str(path), hint="Fix it, or write it anew."
        ) from error
    except UnicodeEncodeError as error:
        raise SeriesError(
            "a text in it is not UTF-8.", where=str(path), hint="Decode it before it is kept."
        ) from error
    return text


def _merge(table: MutableMapping[str, Any], data: Mapping[str, Any]) -> None:
    for key in [key for key in table if key not in data]:
        del table[key]
    for key, value in data.items():
        if key in table:
            there = table[key]
            if _same(there, value):
                continue
            if isinstance(there, Table) and isinstance(value, dict):
                _merge(there, value)
                continue
            if isinstance(there, AoT) and _is_tables(value):
                _merge_tables(there, value)
                continue
        table[key] = _item(key, value)


def _same(there: object, value: object) -> bool:
    plain = there.unwrap() if isinstance(there, Item) else there
    return bool(plain == (list(value) if isinstance(value, tuple) else value))


def _merge_tables(tables: AoT, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Each wanted table is made of the one with its id, or of the one in its place."""
    old = list(tables)
    by_id = {str(table["id"]): table for table in old if "id" in table}
    kept = []
    for position, data in enumerate(wanted):
        if "id" in data:
            table = by_id.get(data["id"])
        else:
            table = old[position] if position < len(old) else None
        if table is None:
            table = _table(data)
        else:
            _merge(table, data)
        kept.append(table)
    if [id(table) for table in kept] != [id(table) for table in old]:
        for before, table in itertools.pairwise(kept):
            # The blank line between two stands at the end of the first, if it was read from a file.
            blank = before.as_string().endswith("\n\n")
            table.trivia.indent = "" if blank else "\n"
        tables.clear()
        tables.extend(kept)


def _is_tables(value: object) -> TypeGuard[Sequence[Mapping[str, Any]]]:
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], dict)


def _item(key: str, value: object) -> Item:
    if key not in _INLINE and _is_tables(value):
        tables = tomlkit.aot()
        for data in value:
            tables.append(_table(data))
        return tables
    if isinstance(value, dict):
        return _inline(value) if "email" in value or set(value) == {"name"} else _table(value)
    if isinstance(value, list | tuple):
        return _array(value)
    if isinstance(value, str):
        return _string(value)
    return tomlkit.item(value)


def _table(data: Mapping[str, Any]) -> Table:
    table = tomlkit.table()
    for key, value in data.items():
        table.append(key, _item(key, value))
    return table


def _inline(data: Mapping[str, Any]) -> Item:
    table = tomlkit.inline_table()
    table.update(data)
    return table


def _array(values: Sequence[Any]) -> Item:
    array = tomlkit.array()
    for value in values:
        array.append(_inline(value) if isinstance(value, dict) else _string(value))
    return array.multiline(len(array.as_string()) > _WIDTH)


def _string(value: str) -> Item:
    """A text as a person would write it: over several lines, and without escapes, where it can."""
    bare = all(character in "\t\n" or character.isprintable() for character in value)
    if "\n" in value:
        if bare and "'''" not in value and not value.endswith("'"):
            return tomlkit.value(f"'''\n{value}'''")
        lines = (tomlkit.string(line).as_string()[1:-1] for line in value.split("\n"))
        return tomlkit.value('"""\n' + "\n".join(lines) + '"""')
    if bare and ("\\" in value or '"' in value) and "'" not in value:
        return tomlkit.string(value, literal=True)
    return tomlkit.string(value)
