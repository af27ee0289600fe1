# SPDX-License-Identifier: GPL-2.0-or-later
"""Files and folders in the making, which nobody finds after the run that follows a kill.

Each has a name that nobody else gives, and is locked by the process that works on it: one that
nobody holds is of a run that was killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from refseries.errors import HostError

PREFIX = ".refseries-scratch-"
"""What the name of each begins with."""


@contextlib.contextmanager
def scratch_folder(parent: Path | None = None) -> Iterator[Path]:
    """A new folder for the length of a block.

    Args:
        parent: where it lies, and where those that killed runs left are removed; None for the
            system's place for such folders.

    Raises:
        OSError: it cannot be made.
    """
    if parent is not None:
        sweep(parent)
    with _lasting_until_removed(_make_folder(parent or temporary())) as path:
        yield path


@contextlib.contextmanager
def scratch_file(parent: Path) -> Iterator[tuple[Path, int]]:
    """A new file, open to be written, for the length of a block; it may be renamed meanwhile.

    Raises:
        OSError: it cannot be made.
    """
    path, descriptor = _make_file(parent)
    with _lasting_until_removed((path, descriptor)):
        yield path, descriptor


def temporary() -> Path:
    """The system's folder for what is in the making.

    ``tempfile.gettempdir`` tries to write in it, and a kill would leave what it writes.

    Raises:
        HostError: there is none that can be written.
    """
    named = (os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    for place in (*filter(None, named), "/tmp", "/var/tmp"):  # noqa: S108 - names are random there
        if Path(place).is_dir() and os.access(place, os.W_OK | os.X_OK):
            return Path(place).absolute()
    raise HostError("there is no folder for temporary files.", hint="Name one in TMPDIR.")


def sweep(parent: Path) -> None:
    """Remove what killed runs left in ``parent``, of which nothing else is touched."""
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX):
                _remove_abandoned(Path(entry.path))


@contextlib.contextmanager
def _lasting_until_removed(made: tuple[Path, int]) -> Iterator[Path]:
    path, descriptor = made
    try:
        yield path
    finally:
        try:
            _remove(path)
        finally:
            os.close(descriptor)


def _make_folder(parent: Path) -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(dir=parent, prefix=PREFIX))
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            if _is_ours(path, descriptor):
                return path, descriptor


def _make_file(parent: Path) -> tuple[Path, int]:
    while True:
        path = parent / f"{PREFIX}{os.urandom(4).hex()}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        if _is_ours(path, descriptor):
            return path, descriptor


def _is_ours(path: Path, descriptor: int) -> bool:
    """Lock it; whether it is still there. ``sweep`` of another process may have come before."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with contextlib.suppress(FileNotFoundError):
        if os.path.samestat(path.lstat(), os.fstat(descriptor)):
            return True
    os.close(descriptor)
    return False


def _remove_abandoned(path: Path) -> None:
    """Remove it, if it is this user's and nobody works on it."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with contextlib.suppress(OSError):  # of another user, at work, or gone
        descriptor = os.open(path, flags)
        try:
            if os.fstat(descriptor).st_uid == os.geteuid():
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(path)
        finally:
            os.close(descriptor)


def _remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it; fine when it was renamed since."""
    try:
        path.unlink(missing_ok=True)
    except (IsADirectoryError, PermissionError):  # POSIX has the second for a folder
        shutil.rmtree(path, ignore_errors=True)
