# SPDX-License-Identifier: GPL-2.0-or-later
"""Strict reading of TOML files: a wrong key is named with file and line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from refseries.errors import SeriesError

T = TypeVar("T")

# How msgspec ends its message: "... - at `$.base.release`"; list elements read `$.fixups[0].task`,
# values of a table of free names `$.config[...].arch`.
_AT = re.compile(r"(?: - at `\$\.?(?P<path>[^`]*)`)?$")
_UNKNOWN = re.compile(r"unknown field `(?P<key>[^`]+)`")
_MISSING = re.compile(r"missing required field `(?P<key>[^`]+)`")


def load(path: Path, kind: type[T]) -> T:
    """Read a TOML file into ``kind``.

    Args:
        path: the file; UTF-8.
        kind: a ``msgspec.Struct`` type; unknown keys are refused if the type forbids them.

    Raises:
        SeriesError: no such file, not TOML, or a key that is missing, unknown or of a wrong type;
            ``where`` is ``file:line: key``.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SeriesError(f"cannot be read: {reason}.", where=str(path)) from error
    try:
        return msgspec.convert(tomllib.loads(text), kind)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        where = f"{path}:{line.group(1)}" if line else str(path)
        what = re.sub(r" \(at .*\)$", "", str(error))
        raise SeriesError(f"not valid TOML: {what}.", where=where, hint="Mend the line.") from error
    except msgspec.ValidationError as error:
        raise _wrong_key(path, text, str(error)) from error


def _wrong_key(path: Path, text: str, message: str) -> SeriesError:
    at = _AT.search(message)
    keys = re.findall(r"[^.\[\]]+|\[[^\]]*\]", (at and at.group("path")) or "")
    what = message[: at.start()] if at else message
    if unknown := _UNKNOWN.search(message):
        keys.append(unknown.group("key"))
        hint = "Remove it, or mend its spelling."
    elif missing := _MISSING.search(message):
        hint = f"Add `{missing.group('key')} = …` there."
    else:
        hint = "Mend its value."
    name = "".join(key if key.startswith("[") else f".{key}" for key in keys).lstrip(".")
    where = f"{path}:{line_of(text, keys)}"
    return SeriesError(f"{what}.", where=f"{where}: {name}" if name else where, hint=hint)


def line_of(text: str, keys: list[str]) -> int:
    """Line (from 1) that a key path stands on, or of the last part of it that can be found.

    Args:
        text: the TOML text.
        keys: path such as ``["fixups", "[0]", "task"]``; ``[N]`` counts array tables, and ``[...]``
            (any name) is passed over.
    """
    found = 1
    lines = text.splitlines()
    start = 0
    for position, key in enumerate(keys):
        if key.startswith("["):
            continue
        following = keys[position + 1] if position + 1 < len(keys) else ""
        count = int(following[1:-1]) + 1 if re.fullmatch(r"\[\d+\]", following) else 1
        pattern = re.compile(
            rf"\s*(\[\[?\s*([\w\"'-]+\s*\.\s*)*[\"']?{re.escape(key)}[\"']?\s*[\].]"
            rf"|[\"']?{re.escape(key)}[\"']?\s*[=.])"
        )
        for number in range(start, len(lines)):
            if pattern.match(lines[number]):
                found = number + 1
                start = number
                count -= 1
                if count == 0:
                    break
                start += 1
    return found
