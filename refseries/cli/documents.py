# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents that a command writes: the options for them, looked at before it begins."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path

import typer

from refseries.errors import HostError, SeriesError


def option(*flags: str, told: str) -> object:
    """The option that says where a document goes; its value is as of ``writable``."""
    return typer.Option(*flags, metavar="FILE", help=told, callback=writable)


def check_apart(given: Mapping[str, str | None]) -> None:
    """Refuse several documents on standard output.

    Args:
        given: where each goes, by its option.

    Raises:
        SeriesError: more than one goes there.
    """
    if [*given.values()].count("-") > 1:
        raise SeriesError(
            "only one document can go to standard output.",
            where=", ".join(given),
            hint="Name a file for the others.",
        )


def place(destination: str) -> Path:
    """The file that a document is written to: a symbolic link stays one, and its target is meant.

    A pipe or a terminal behind ``/dev/stdout`` or ``>(...)`` has no name but that.

    Raises:
        OSError: there can be no file of that name.
    """
    path = Path(destination)
    if path.exists() and not path.is_file():
        return path
    return Path(os.path.realpath(path))


def writable(destination: str | None) -> str | None:
    """``destination``, if a document can be written there: it may be an hour until one is.

    Args:
        destination: a file, ``-`` for standard output, or None for no document.

    Raises:
        HostError: its folder is missing or may not be written in, or a folder is in its place.
    """
    if destination in (None, "-"):
        return destination
    try:
        problem = _problem(place(destination))
    except OSError as error:
        problem = error.errno or errno.EIO
    if not problem:
        return destination
    raise HostError(
        f"cannot be written: {os.strerror(problem)}.", where=destination, hint="Name another file."
    )


def _problem(path: Path) -> int:
    """What speaks against writing there, by the system's number; 0 for nothing."""
    if path.is_dir():
        return errno.EISDIR
    if path.is_symlink() and not path.exists():
        return errno.ELOOP
    if not path.parent.is_dir():
        return errno.ENOENT
    replaced = path.is_file() or not path.exists()
    return 0 if os.access(path.parent if replaced else path, os.W_OK) else errno.EACCES
