# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails out of files: a mail, a mailbox, a maildir, a folder of mails, a page of a web archive."""

from __future__ import annotations

import contextlib
import gzip
import io
import shutil
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from refseries.errors import SeriesError
from refseries.host.scratch import scratch_folder
from refseries.mail import mbox, pipermail
from refseries.mail.decode import decode
from refseries.mail.message import Mail

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STDIN = Path("-")
"""Stands for standard input, so that a mail program can pipe a mail to a command."""

_MAILS = frozenset({".patch", ".eml", ".mbox", ".mbx", ".mail", ".msg", ".txt"})
# A few kilobytes of gzip can hold gigabytes; text comes to a fifth of its size.
_MOST_UNPACKED, _UNPACKED_RATIO = 64 * 1024 * 1024, 8
_GZIP = b"\x1f\x8b"
_OTHERWISE = {
    b"BZh": "bunzip2", b"\xfd7zXZ\0": "unxz", b"\x28\xb5\x2f\xfd": "unzstd", b"PK\3\4": "unzip",
}  # fmt: skip


@dataclass(frozen=True)
class Unreadable:
    """A mail that could not be read: where it stands, and why."""

    source: str
    why: str


def name_of(path: Path) -> str:
    """What the user knows ``path`` by."""
    return "standard input" if path == STDIN else str(path)


@contextlib.contextmanager
def lasting(path: Path) -> Iterator[Path]:
    """``path``, to be read more than once: standard input, or a pipe, as a file for the block.

    Not in memory, which it may be larger than.
    """
    if path != STDIN and not _is_pipe(path):
        yield path
        return
    with scratch_folder() as scratch, contextlib.ExitStack() as stack:
        copy = scratch / "mails"
        source = sys.stdin.buffer if path == STDIN else stack.enter_context(path.open("rb"))
        with copy.open("wb") as stream:
            shutil.copyfileobj(source, stream)
        yield copy


def _is_pipe(path: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):  # there can be no such path
        return path.is_fifo()
    return False


def read(path: Path, unreadable: Callable[[Unreadable], None], name: str = "") -> Iterator[Mail]:
    """The mails of ``path``, one at a time; never more than one of them is held in memory.

    Args:
        path: a mail, an mbox or mboxrd (also gzipped, as lore serves it), a maildir, another folder
            of them (as git format-patch makes), the text of a page of Mailman's archive, or ``-``.
        unreadable: gets each mail that is there but cannot be read; the others are read on.
        name: what a file is called, where it is a copy that the user does not know.

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
        for mail in _folder(path, lost) if path.is_dir() else _file(path, lost, name):
            found = True
            yield mail
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        missing = isinstance(error, FileNotFoundError)
        raise SeriesError(
            f"cannot be read: {reason.rstrip('.')}.",
            where=name or str(path),
            hint="Name a saved mail, an mbox or a maildir." if missing else "Save it again.",
        ) from error
    if not found:
        raise SeriesError(
            "holds no mail.",
            where=name or str(path),
            hint="Give a saved mail, an mbox, a maildir, or the text of an archive's page.",
        )


def _folder(path: Path, lost: Callable[[Unreadable], None]) -> Iterator[Mail]:
    """The mails of a maildir; else those of a folder of saved mails or of git format-patch."""
    folders = [path / name for name in ("cur", "new") if (path / name).is_dir()]
    files = [file for folder in folders or [path] for file in folder.iterdir() if file.is_file()]
    # The name of a mail in a maildir starts with the time at which it came, of a patch with its
    # number.
    for file in sorted(files, key=lambda file: file.name):
        if file.name.startswith("."):
            continue
        if not folders and not _is_mail(file):
            lost(Unreadable(str(file), "is not called as a mail or a patch is."))
        elif not folders:
            try:
                yield from _file(file, lost)
            except SeriesError as error:  # the others are mails all the same
                lost(Unreadable(str(file), f"{error.what} {error.hint}"))
        elif file.stat().st_size > mbox.MAX_MAIL:
            lost(_too_large(str(file)))
        elif mail := _decode(file.read_bytes(), str(file), lost):
            yield mail


def _is_mail(file: Path) -> bool:
    """Whether a file beside others is one, by its name; mh gives a mail a number for a name."""
    return file.suffix in _MAILS or file.name.isdecimal()


def _file(path: Path, lost: Callable[[Unreadable], None], name: str = "") -> Iterator[Mail]:
    name = name or name_of(path)
    with opened(path) as stream:
        first = b"\n"
        while first in (b"\n", b"\r\n"):  # some programs put an empty line in front of a mailbox
            first = stream.readline(mbox.CHUNK).removeprefix(b"\xef\xbb\xbf")
        if packed := next((each for each in _OTHERWISE if first.startswith(each)), None):
            hint = f"Unpack it with {_OTHERWISE[packed]}, and name what comes out."
            raise SeriesError("is packed.", where=name, hint=hint)
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
            most = _MOST_UNPACKED + _UNPACKED_RATIO * path.stat().st_size
            with gzip.open(stream) as unpacked:
                yield io.BufferedReader(_Bounded(cast(BinaryIO, unpacked), str(path), most))
        else:
            yield stream


class _Bounded(io.RawIOBase):
    """A stream that ends in an error when it gives more than ``most`` bytes."""

    def __init__(self, stream: BinaryIO, name: str, most: int) -> None:
        self._stream, self._name, self._left = stream, name, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill ``buffer``; raises SeriesError."""
        view = memoryview(buffer)
        data = self._stream.read(len(view))
        self._left -= len(data)
        if self._left < 0:
            raise SeriesError(
                "unpacks to far more than mails do.",
                where=self._name,
                hint="Unpack it with gunzip, if it is what you expect, and name the file.",
            )
        view[: len(data)] = data
        return len(data)


def _decode(raw: bytes, source: str, lost: Callable[[Unreadable], None]) -> Mail | None:
    try:
        return decode(raw, source)
    except SeriesError as error:
        lost(Unreadable(source, error.what))
        return None


def _too_large(source: str) -> Unreadable:
    return Unreadable(source, f"is larger than {mbox.MAX_MAIL // (1024 * 1024)} MiB.")
