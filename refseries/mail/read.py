# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails out of files: one mail, a mailbox, a maildir, or a page of a mailing list's web archive."""

from __future__ import annotations

import contextlib
import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from refseries.errors import SeriesError
from refseries.mail import mbox, pipermail
from refseries.mail.decode import decode
from refseries.mail.message import Mail

STDIN = Path("-")
"""Stands for standard input, so that a mail program can pipe a mail to a command."""

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Unreadable:
    """A mail that could not be read: where it stands, and why."""

    source: str
    why: str


def read(path: Path, unreadable: Callable[[Unreadable], None]) -> Iterator[Mail]:
    """The mails of ``path``, one at a time; never more than one of them is held in memory.

    Args:
        path: a mail, an mbox or mboxrd (also gzipped, as lore serves it), a maildir, the text of a
            page of Mailman's archive, or ``-``.
        unreadable: gets each mail that is there but cannot be read; the others are read on.

    Raises:
        SeriesError: there is no such file, it cannot be read to its end, or it holds no mail at
            all. Raised when the iterator gets there, which for the first is its first step.
    """
    found = False

    def lost(mail: Unreadable) -> None:
        nonlocal found
        found = True
        unreadable(mail)

    try:
        for mail in _maildir(path, lost) if path.is_dir() else _file(path, lost):
            found = True
            yield mail
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        missing = isinstance(error, FileNotFoundError)
        raise SeriesError(
            f"cannot be read: {reason.rstrip('.')}.",
            where=str(path),
            hint="Name a saved mail, an mbox or a maildir." if missing else "Save it again.",
        ) from error
    if not found:
        raise SeriesError(
            "holds no mail.",
            where=str(path),
            hint="Give a saved mail, an mbox, a maildir, or the text of an archive's page.",
        )


def _maildir(path: Path, lost: Callable[[Unreadable], None]) -> Iterator[Mail]:
    folders = [path / name for name in ("cur", "new") if (path / name).is_dir()]
    if not folders:
        raise SeriesError(
            "is a folder, but no maildir: it has neither `cur` nor `new`.",
            where=str(path),
            hint="Name the files in it, or a maildir.",
        )
    files = [file for folder in folders for file in folder.iterdir() if file.is_file()]
    # The name of a mail starts with the time at which it came.
    for file in sorted(files, key=lambda file: file.name):
        if file.name.startswith("."):
            continue
        if file.stat().st_size > mbox.MAX_MAIL:
            lost(_too_large(str(file)))
        elif mail := _decode(file.read_bytes(), str(file), lost):
            yield mail


def _file(path: Path, lost: Callable[[Unreadable], None]) -> Iterator[Mail]:
    name = "standard input" if path == STDIN else str(path)
    with opened(path) as stream:
        first = b"\n"
        while first in (b"\n", b"\r\n"):  # some programs put an empty line in front of a mailbox
            first = stream.readline(mbox.CHUNK).removeprefix(b"\xef\xbb\xbf")
        if mbox.is_separator(first):
            for number, raw in enumerate(mbox.split(first, stream), 1):
                source = f"{name}: mail {number}"
                if raw is None:
                    lost(_too_large(source))
                elif mail := _decode(raw, source, lost):
                    yield mail
            return
        raw = first + stream.read(mbox.MAX_MAIL)
    if len(raw) > mbox.MAX_MAIL:
        lost(_too_large(name))
    elif page := pipermail.read(raw, name):
        yield page
    elif mbox.looks_like_header(raw) and (mail := _decode(raw, name, lost)):
        yield mail


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file, unpacked where it is packed."""
    if path == STDIN:
        yield sys.stdin.buffer
        return
    with path.open("rb") as stream:
        packed = stream.read(2) == _GZIP
        stream.seek(0)
        if packed:
            with gzip.open(stream) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield stream


def _decode(raw: bytes, source: str, lost: Callable[[Unreadable], None]) -> Mail | None:
    try:
        return decode(raw, source)
    except SeriesError as error:
        lost(Unreadable(source, error.what))
        return None


def _too_large(source: str) -> Unreadable:
    return Unreadable(source, f"is larger than {mbox.MAX_MAIL // (1024 * 1024)} MiB.")
