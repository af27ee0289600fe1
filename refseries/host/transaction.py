# SPDX-License-Identifier: GPL-2.0-or-later
"""Several files of a project that change as one, whenever that is killed.

All that is new is made in a folder ``series/.refseries-scratch-*``, with a list of where each piece
of it goes. Renaming that folder to ``series/.decided`` is the decision: before it nothing has
changed; after it, whoever comes next, reader or writer, puts the rest in its place.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from refseries.errors import HostError, SeriesError
from refseries.host import scratch
from refseries.host.progress import Say

_DECIDED = ".decided"
_LIST = "moves.json"


class Change:
    """A change in the making; made by ``changing``.

    Attributes:
        root: the project.
        folder: for what is made before it is put in its place with ``move``.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder
        self._moves: list[tuple[str, str]] = []

    def write(self, target: Path, content: str | bytes) -> None:
        """``target`` shall hold ``content`` (text in UTF-8); it keeps its permissions."""
        made = self.folder / f".{len(self._moves)}"
        made.write_bytes(content.encode() if isinstance(content, str) else content)
        with contextlib.suppress(OSError):  # a new one, or a place that commit will refuse
            made.chmod(stat.S_IMODE(target.stat().st_mode))
        self.move(made, target)

    def move(self, made: Path, target: Path) -> None:
        """What was ``made`` in ``folder``, a file or a folder, shall stand at ``target``."""
        pair = (made.relative_to(self.folder), target.relative_to(self.root))
        self._moves.append((str(pair[0]), str(pair[1])))

    def remove(self, target: Path) -> None:
        """The file ``target`` shall be there no more."""
        self._moves.append(("", str(target.relative_to(self.root))))

    def commit(self) -> None:
        """Do all of it.

        Raises:
            SeriesError: a folder is where one shall go; nothing is changed.
            HostError: a place cannot be written, or lies on another disk. Where that is found out
                after the decision, the next command does the rest.
        """
        for made, target in self._moves:
            if made:
                _check(self.folder / made, self.root / target)
        copies: list[Path] = []
        try:
            moves = [(self._near(made, target, copies), target) for made, target in self._moves]
            text = json.dumps(moves, indent=1)
            (self.folder / _LIST).write_text(text, encoding="utf-8")
            with _locked(self.root):
                self.folder.rename(_decided(self.root))
                copies.clear()
                _finish(self.root)
        finally:
            for copy in copies:  # nothing was decided
                copy.unlink(missing_ok=True)

    def _near(self, made: str, target: str, copies: list[Path]) -> str:
        """What to rename: a copy beside it for a file whose target is on another file system."""
        source, place = self.folder / made, self.root / target
        if not made:
            return made
        parent = next(each for each in place.parents if each.exists())
        if source.is_dir() or parent.stat().st_dev == source.stat().st_dev:
            return made
        copies.append(parent / f"{scratch.PREFIX}{os.urandom(4).hex()}")
        shutil.copy(source, copies[-1])
        return str(copies[-1])


@contextlib.contextmanager
def changing(root: Path, say: Say | None = None) -> Iterator[Change]:
    """Nobody else changes the project's ``series/``, which is there, for the length of a block.

    What an earlier run had decided is done by then, and what it left half made is gone.

    Args:
        say: told when this has to wait, and how much is done, which is 0.0.
    """
    series = root / "series"
    # The folder itself is locked: a lock file would show in git status.
    descriptor = os.open(series, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if say:
                say("Waiting for another refseries that changes the series")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        finish(root)
        scratch.sweep(series)
        with scratch.scratch_folder(series) as folder:
            yield Change(root, folder)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def reading(root: Path) -> Iterator[None]:
    """No change comes in the middle of a block, which is short and only reads the project.

    Raises:
        HostError: a change was decided and cannot be finished.
    """
    while True:
        finish(root)
        with _locked(root, fcntl.LOCK_SH):
            if is_pending(root):  # by one who was killed just now
                continue
            scratch.sweep(root / "series")
            yield
            return


def finish(root: Path) -> None:
    """Do what was decided by a run that was killed.

    Raises:
        HostError: it cannot be done.
    """
    if is_pending(root):
        with _locked(root):
            _finish(root)


def is_pending(root: Path) -> bool:
    """Whether a change of the project is decided and not done, or just being done."""
    return _decided(root).is_dir()


def _decided(root: Path) -> Path:
    return root / "series" / _DECIDED


@contextlib.contextmanager
def _locked(root: Path, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Held exclusively while a decision is carried out: never for long."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, how)
        except OSError:  # where files cannot be locked, they can still be read
            if how != fcntl.LOCK_SH:
                raise
        yield
    finally:
        os.close(descriptor)


def _check(made: Path, target: Path) -> None:
    """Find out before the decision what would stop it."""
    parent = next(each for each in target.parents if os.path.lexists(each))
    if made.is_dir() and os.path.lexists(target):
        raise SeriesError(
            "is there already.", where=str(target), hint="Nothing was changed. See what is in it."
        )
    reason = ""
    if not parent.is_dir():
        reason = os.strerror(errno.ENOTDIR)
    elif not os.access(parent, os.W_OK | os.X_OK):
        reason = os.strerror(errno.EACCES)
    elif made.is_dir() and parent.stat().st_dev != made.stat().st_dev:
        reason = "It lies on another file system than series/"
    elif target.is_dir() and not made.is_dir():
        reason = os.strerror(errno.EISDIR)
    if reason:
        raise HostError(
            f"cannot be written: {reason}.", where=str(target), hint="Nothing was changed."
        )


def _finish(root: Path) -> None:
    """Put into its place what is not there yet; the caller holds the lock."""
    decided = _decided(root)
    try:
        moves = json.loads((decided / _LIST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not decided.is_dir():
            return  # another did it while we waited
        raise
    for made, target in moves:
        place = root / target
        try:
            if not made:
                place.unlink(missing_ok=True)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):  # it was moved before the kill
                (decided / made).rename(place)
        except OSError as error:
            raise HostError(
                f"cannot be written: {error.strerror}.",
                where=str(place),
                hint="The change is kept whole; fix that, and the next command finishes it.",
            ) from error
    done = decided.with_name(f"{scratch.PREFIX}done")
    shutil.rmtree(done, ignore_errors=True)
    decided.rename(done)
    shutil.rmtree(done, ignore_errors=True)
