# SPDX-License-Identifier: GPL-2.0-or-later
"""What comes back from a worker, put where a local run would have put it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from refseries import errors
from refseries.errors import HostError, RefseriesError, StageError
from refseries.host.files import write_atomically
from refseries.kernel import images
from refseries.kernel.images import ImageStore
from refseries.testing.cluster.orders import JobReply, SentError, SentFile
from refseries.testing.lab import Lab

_SCRIPT = "rerun"
"""Scripts that boot a guest again; paths in them become this machine's."""


def land(reply: JobReply, lab: Lab, run: Path | None) -> object:
    """Put the files of a reply in their places; gives the answer with this machine's paths.

    Args:
        run: the run's directory; None where no boot has been asked for.

    Raises:
        StageError: the job's own.
        HostError: a file names a place outside of ours, or cannot be written.
    """
    moves = ((reply.run, str(run or "")), (reply.lab, str(lab.directory)))
    try:
        for each in reply.files:
            _put(each, lab, run, moves)
    except OSError as error:
        raise images.disk_full(error, lab.directory) from error
    if reply.error is not None:
        raise error_of(moved(reply.error, moves))
    return moved(reply.answer, moves)


def error_of(sent: Any) -> RefseriesError:  # noqa: ANN401 - out of ``moved``
    """The error that a worker met."""
    assert isinstance(sent, SentError)
    if sent.kind == "StageError":
        return StageError(
            sent.what,
            where=sent.where,
            hint=sent.hint,
            detail=sent.detail,
            log=sent.log,
            lasting=sent.lasting,
        )
    kind: type[RefseriesError] = getattr(errors, sent.kind)
    return kind(sent.what, where=sent.where, hint=sent.hint, detail=sent.detail)


def moved(value: Any, moves: tuple[tuple[str, str], ...]) -> Any:  # noqa: ANN401 - any value of ours
    """``value`` with paths below the first of each pair moved below the second. Pure."""
    if isinstance(value, Path):
        return Path(_moved_text(str(value), moves))
    if type(value) is str:  # the words of an enumeration are no text
        return _moved_text(value, moves)
    if isinstance(value, tuple):
        return tuple(moved(each, moves) for each in value)
    if isinstance(value, dict):
        return {key: moved(each, moves) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        was = {each.name: getattr(value, each.name) for each in fields(value)}
        new = {name: moved(each, moves) for name, each in was.items()}
        return replace(value, **new) if new != was else value
    return value


def _moved_text(text: str, moves: tuple[tuple[str, str], ...]) -> str:
    for old, new in moves:
        if old and new:
            text = text.replace(old, new)
    return text


def _put(sent: SentFile, lab: Lab, run: Path | None, moves: tuple[tuple[str, str], ...]) -> None:
    path = PurePosixPath(sent.path)
    root = run if sent.place == "run" else lab.directory
    if root is None or path.is_absolute() or ".." in path.parts or not path.parts:
        raise HostError(
            f"a worker sent a file for {sent.path!r}, which is no place of ours.",
            hint="Have the same refseries on all machines.",
        )
    target = root / path
    if sent.place == "lab" and _is_whole(lab.images, path):
        return  # built here as well: an image never changes
    target.parent.mkdir(parents=True, exist_ok=True)
    data = sent.data
    if sent.executable and path.name.startswith(_SCRIPT):
        for old, new in moves:
            data = data.replace(old.encode(), new.encode()) if old and new else data
    if target.is_file() and target.read_bytes() == data:
        return  # of a build that was there before, on the worker as well
    write_atomically(target, data)
    if sent.executable:
        target.chmod(0o755)


def _is_whole(store: ImageStore, path: PurePosixPath) -> bool:
    if len(path.parts) < 2 or path.parts[0] != store.directory.name:
        return False
    try:
        return store.load(path.parts[1]) is not None
    except StageError:
        return True
