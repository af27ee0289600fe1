# SPDX-License-Identifier: GPL-2.0-or-later
"""Strict reading of TOML files: a wrong key is named with file and line."""

from __future__ import annotations

import itertools
import operator
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from refseries.errors import SeriesError
from refseries.host import files, typed

T = TypeVar("T")

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86400)]
"""A time limit in a file. TOML has ``inf`` and ``nan``, by which nothing that hangs is ended."""
SecondsOrDefault = Annotated[float, msgspec.Meta(ge=0, le=86400)]
"""The same, where 0 stands for the usual limit."""

SCHEMA = 1
"""The form that every file is of, and says of itself to be; one of another is told as that."""

# How msgspec ends its message: "... - at `$.base.release`"; list elements read `$.fixups[0].task`,
# values of a table of free names `$.config[...].arch`, and their names "at `key` in `$.config`".
_AT = re.compile(r" - at (?P<free>`key` in )?`\$\.?(?P<path>[^`]*)`$")
_ANY = "[...]"
_UNKNOWN = re.compile(r"unknown field `(?P<key>[^`]+)`")
_MISSING = re.compile(r"missing required field `(?P<key>[^`]+)`")

# Enough of TOML's grammar to find a key in a text that tomllib has accepted.
_NAME = r"""(?:"[^"]*"|'[^']*'|[\w-]+)"""
_PART = re.compile(_NAME)
_HEADER = re.compile(rf"\s*\[(?P<array>\[?)\s*(?P<name>{_NAME}(?:\s*\.\s*{_NAME})*)\s*\]")
_KEY = re.compile(rf"\s*(?P<name>{_NAME}(?:\s*\.\s*{_NAME})*)\s*=")
_LONG_QUOTE = re.compile(r"\"{3}|'{3}")


def load(path: Path, kind: type[T]) -> T:
    """Read a TOML file into ``kind``.

    Args:
        path: the file; UTF-8.
        kind: a ``msgspec.Struct`` type; unknown keys are refused if the type forbids them.

    Raises:
        SeriesError: no such file, not TOML, of another schema, or a key that is missing, unknown or
            of a wrong type; ``where`` is ``file:line: key``.
    """
    is_there = path.exists()
    missing = "Make that file; docs/architecture.md says what is in it."
    text = files.read_text(path, "Make it a TOML file in UTF-8." if is_there else missing)
    # No name of a file, and no word of a command, can have one; so it is none of anything.
    for keys in _nul(_data(path, text)) if "\\" in text else ():
        raise SeriesError(
            "holds a NUL character.", where=place(path, text, keys), hint="Take it out."
        )
    return parse(path, text, kind)


def _nul(data: object, keys: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of each key whose name or text holds a NUL character."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield from ((*keys, name),) if "\0" in name else _nul(value, (*keys, name))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _nul(value, (*keys, f"[{number}]"))
    elif isinstance(data, str) and "\0" in data:
        yield keys


def parse(path: Path, text: str, kind: type[T]) -> T:
    """Read ``text``, which is or shall become the content of ``path``, into ``kind``.

    Raises:
        SeriesError: as ``load``.
    """
    data = _data(path, text)
    found = data.get("schema", SCHEMA)
    if isinstance(found, int) and found != SCHEMA:
        raise SeriesError(
            f"schema {found} is not known to this refseries, which reads schema {SCHEMA}.",
            where=place(path, text, ("schema",)),
            hint="Update refseries.",
        )
    try:
        return typed.from_table(data, kind)
    except msgspec.ValidationError as error:
        message = str(error)
        keys = _name_free_keys(data, _keys(message), kind, message)
        from refseries.host.type_words import words_for  # for a wrong file alone

        raise _wrong_key(path, text, keys, message, words_for(kind, keys)) from error


def _data(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        where = f"{path}:{line.group(1) if line else len(text.splitlines())}"
        what = re.sub(r" \(at .*\)$", "", str(error))
        raise SeriesError(f"not valid TOML: {what}.", where=where, hint="Fix the line.") from error
    except (RecursionError, ValueError) as error:  # Python bounds the digits of a number
        what = "nested too deep" if isinstance(error, RecursionError) else "a number is too long"
        raise SeriesError(
            f"cannot be read: {what}.", where=str(path), hint="No key needs that."
        ) from error


def line_of(text: str, keys: Sequence[str]) -> int:
    """Line (from 1) that a key path stands on, or the longest part of it that has one; never fails.

    Args:
        text: the TOML text.
        keys: path such as ``["fixups", "[0]", "task"]``; ``[N]`` counts array tables from 0.
    """
    wanted = tuple(keys)
    best = (0, 1)
    for path, number in _places(text):
        # A place inside of what is wanted is as good as the wanted one: `[a.b]` implies `[a]`.
        length = sum(1 for _ in itertools.takewhile(bool, map(operator.eq, path, wanted)))
        if length > best[0]:
            best = (length, number)
    return best[1]


def place(path: Path, text: str, keys: Sequence[str]) -> str:
    """``file:line: key`` of a key path, for an error that no type tells; ``keys`` as in line_of."""
    return f"{path}:{line_of(text, keys)}: {_name(keys)}"


def _name(keys: Sequence[str]) -> str:
    return "".join(key if key.startswith("[") else f".{key}" for key in keys).lstrip(".")


def _places(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Every table header and key of ``text`` as its full path, and its line."""
    table: tuple[str, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    quote = ""  # the multi-line string that we are in
    for number, line in enumerate(text.splitlines(), 1):
        if not quote:
            if header := _HEADER.match(line):
                table = _resolve(_split(header["name"]), counts, array=bool(header["array"]))
                yield table, number
            elif key := _KEY.match(line):
                yield (*table, *_split(key["name"])), number
        for mark in _LONG_QUOTE.findall(line):
            quote = "" if mark == quote else quote or mark


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _resolve(
    parts: tuple[str, ...], counts: dict[tuple[str, ...], int], *, array: bool
) -> tuple[str, ...]:
    """The path of a table header, with the current ``[N]`` behind each array of tables in it."""
    path: tuple[str, ...] = ()
    for position, part in enumerate(parts, 1):
        path = (*path, part)
        if array and position == len(parts):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, f"[{counts[path]}]")
    return path


def _keys(message: str) -> list[str]:
    """The key path at the end of a message of msgspec's."""
    at = _AT.search(message)
    keys = re.findall(r"\[\.\.\.\]|\[\d+\]|[^.\[\]]+", at["path"]) if at else []
    if at and at["free"]:
        keys.append(_ANY)
    if named := _UNKNOWN.search(message):
        keys.append(named["key"])
    return keys


def _name_free_keys(data: object, keys: list[str], kind: type[Any], message: str) -> list[str]:
    """``keys`` with each ``[...]`` replaced by the name that is to blame.

    msgspec does not say which entry of a table of free names is wrong, so each is tried alone.
    """
    if _ANY not in keys:
        return keys
    position = keys.index(_ANY)
    table: Any = data
    for key in keys[:position]:
        table = table[int(key[1:-1])] if key.startswith("[") else table[key]
    everything = dict(table)
    for name, value in everything.items():
        table.clear()
        table[name] = value
        try:
            typed.from_table(data, kind)
        except msgspec.ValidationError as error:
            if str(error) == message:
                named = [*keys[:position], name, *keys[position + 1 :]]
                return _name_free_keys(data, named, kind, message)
    return keys


def _wrong_key(
    path: Path, text: str, keys: list[str], message: str, words: Sequence[str]
) -> SeriesError:
    at = _AT.search(message)
    what = message[: at.start()] if at else message
    if _UNKNOWN.search(message):
        hint = "Remove it, or fix its spelling."
    elif missing := _MISSING.search(message):
        hint = f"Add `{missing['key']} = …` there."
    elif words:
        hint = f"It may be: {', '.join(words)}."
    else:
        hint = "Fix its value."
    where = place(path, text, keys) if keys else f"{path}:{line_of(text, keys)}"
    return SeriesError(f"{what}.", where=where, hint=hint)
