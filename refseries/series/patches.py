# SPDX-License-Identifier: GPL-2.0-or-later
"""One patch file: its mail header, its message, its diff, and where it may reach.

A patch is hostile input: it may come straight out of a mail.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from refseries import git
from refseries.errors import SeriesError
from refseries.model import Identity

if TYPE_CHECKING:
    from unidiff.patch import PatchedFile

_STARTS = (
    r"^(?:diff --git |(?:diff -[^\n]*\n)?--- [^\n]*\n\+\+\+ [^\n]*\n@@ -|Index: [^\n]*\n="
    r"|GIT binary patch$)"
)
DIFF_START = re.compile(_STARTS, re.M)
"""Where the diff of a patch begins; one by quilt or ``diff -u`` has no line of git's."""

FOLD_MARK = re.compile(r"(?:(?:fixup|squash|amend)! )+")
"""How the subject of a commit begins that `git rebase --autosquash` puts into another one."""

AMEND_MARK = "amend! "
"""That of one which gives the other a new message; it may change nothing else."""

_DIFF_START = re.compile(_STARTS.encode(), re.M)
_GIT_DIFF = re.compile(rb"^diff --git ", re.M)
_FAILED_AT = re.compile(r"^error: patch failed: (?P<file>.*):(?P<line>\d+)$", re.M)
_REASON = re.compile(r"^error: (?P<text>.*)$", re.M)
_INVALID = re.compile(r"^invalid path '(?P<name>.*)'$")
_FEW = 8  # patches; to get threads ready takes longer than they would save
_ODD_MODES = {"120000": "a symbolic link", "160000": "a submodule"}


@dataclass(frozen=True)
class Patch:
    """A patch as ``git mailinfo`` reads it, which is how ``git am`` does.

    Attributes:
        subject: without ``[PATCH …]``.
        message: subject, blank line and body, as committed.
        below: what stands between the message's ``---`` and the diff and is not committed: notes
            for the reader, and the diffstat.
        diff: everything from its first line on, which is ``diff --git`` but for patches of others;
            empty where a fixup gives its patch another message and nothing else.
        date: the author's date, as written.
    """

    path: Path
    author: Identity
    date: str
    subject: str
    message: str
    diff: bytes
    below: bytes = b""


@dataclass(frozen=True)
class Reject:
    """Why and where a patch does not apply. ``hunk`` counts from 1; 0 when no hunk is to blame."""

    reason: str
    file: str = ""
    hunk: int = 0
    hunks: int = 0
    line: int = 0
    text: str = ""


def read(path: Path) -> Patch:
    """Read a patch file.

    Raises:
        SeriesError: it is not a mailed patch, or it holds no diff.
    """
    return parse(path.read_bytes(), path, ours=True)


def read_all(paths: Sequence[Path]) -> tuple[Patch, ...]:
    """As ``read`` of each; many of them as many at a time as there are processors.

    Raises:
        SeriesError: as ``read``, of the first that is wrong.
    """
    if len(paths) <= _FEW:
        return tuple(map(read, paths))
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="patch") as pool:
        return tuple(pool.map(read, paths))


# A command comes to the same patch by several ways: to apply it, to mail it, to tell of it.
@functools.lru_cache(maxsize=512)
def parse(raw: bytes, path: Path, *, scissors: bool = False, ours: bool = False) -> Patch:
    """As ``read``, of a mail that is there already; ``path`` is where it came from, for errors.

    Args:
        scissors: leave out what stands above a line such as ``-- >8 --``.
        ours: git made it for the series, so that a diff of another kind above git's is one that the
            notes show. In a mail, git am and b4 take it for a part of the patch.

    Raises:
        SeriesError: it is not a mailed patch, or it holds no diff.
    """
    # git am takes the carriage returns of a mail away before mailinfo sees it. Of what is in
    # base64 it does not, but b4 has unpacked that by then.
    mail = raw.replace(b"\r\n", b"\n")
    # In memory: git mailinfo does not notice when a disk is full, and cuts what it writes.
    with _in_memory() as (body, text_of), _in_memory() as (diff, content_of):
        info = git.git(
            # -u, not --encoding=UTF-8: that one leaves the body in the encoding of the mail.
            Path("/"),
            "mailinfo",
            "--scissors" if scissors else "--no-scissors",
            "-u",
            "--quoted-cr=strip",
            body,
            diff,
            stdin=mail,
            check=False,
        )
        text, content = text_of(), content_of()
    header = dict(line.split(": ", 1) for line in info.stdout.split("\n") if ": " in line)
    missing = [name for name in ("Author", "Email", "Date") if not header.get(name)]
    if "Subject" not in header or not (header["Subject"] or text.strip()):
        missing.append("Subject")
    if info.returncode != 0 or missing:
        what = f"no {missing[0]} in its header" if missing else "not a mail"
        raise _unreadable(path, f"is not a patch that git can read: {what}.")
    found = (_GIT_DIFF.search(content) if ours else None) or _DIFF_START.search(content)
    subject = header["Subject"]
    if found is None and not (ours and subject.startswith(AMEND_MARK)):
        raise _unreadable(path, "holds no diff.")
    start = found.start() if found else len(content)
    try:
        message = _strip_space(f"{subject}\n\n{text.decode()}")
    except UnicodeDecodeError as error:
        raise _unreadable(path, "its message is not in the encoding that it names.") from error
    if not subject:  # `[PATCH v2]` alone: git am has the first paragraph of the text for it
        first, blank, rest = message.partition("\n\n")
        subject = " ".join(first.split())
        message = f"{subject}{blank or chr(10)}{rest}"
    return Patch(
        path=path,
        author=Identity(header["Author"], header["Email"]),
        date=header["Date"],
        subject=subject,
        message=message,
        diff=content[start:],
        below=content[:start].removeprefix(b"---\n"),
    )


@contextlib.contextmanager
def _in_memory() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """A file in memory: a path by which a child can write it, and what reads it."""
    descriptor = os.memfd_create("refseries")
    with open(descriptor, "rb", buffering=0) as stream:  # noqa: PTH123 - it is open
        yield f"/proc/{os.getpid()}/fd/{descriptor}", stream.readall


def _unreadable(path: Path, what: str) -> SeriesError:
    return SeriesError(what, where=str(path), hint="Make it with `git format-patch`.")


def _strip_space(message: str) -> str:
    """What git am does to a message: no space at the end of a line, no two blank lines together."""
    lines = [line.rstrip(" \t\r") for line in message.split("\n")]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    return text.strip("\n") + "\n"


def files(patch: Patch) -> list[PatchedFile]:
    """The files that ``patch`` touches, parsed.

    Raises:
        SeriesError: the diff cannot be parsed.
    """
    from unidiff.errors import UnidiffParseError
    from unidiff.patch import PatchSet

    try:
        return list(PatchSet(patch.diff.decode("utf-8", "surrogateescape")))
    except UnidiffParseError as error:
        raise SeriesError(
            f"its diff cannot be read: {str(error).strip()}.",
            where=str(patch.path),
            hint="Make it anew.",
        ) from error


def touched(patch: Patch) -> tuple[str, ...]:
    """Paths that ``patch`` touches, in its order, without the ``a/`` and ``b/`` in front."""
    return tuple(_path_of(file) for file in files(patch))


def _path_of(file: PatchedFile) -> str:
    """The path of ``file``; unidiff leaves odd ones in the quotes and escapes of C."""
    path: str = file.path
    if not path.startswith('"'):
        return path
    try:
        raw = ast.literal_eval("b" + path.encode("ascii", "backslashreplace").decode())
    except (SyntaxError, ValueError):
        return path
    name: str = raw.decode("utf-8", "surrogateescape")
    return name


def refuse_outside(patch: Patch) -> None:
    """Check that every path that ``patch`` names is inside the tree.

    Raises:
        SeriesError: one is outside of it or in ``.git``. git would refuse them too; we do before
            it runs, and say why.
    """
    for file in files(patch):
        for name in (file.source_file, file.target_file, _path_of(file)):
            _refuse_path(patch, name)
        for line in str(file.patch_info or "").splitlines():
            if found := re.match(r"(?:rename|copy) (?:from|to) (.*)", line):
                _refuse_path(patch, found.group(1))


def refuse_modes(patch: Patch, modes: Mapping[str, str]) -> None:
    """Check the modes of the files that ``patch`` changed: what git made of it, not what it says.

    Args:
        modes: path and new mode of each, as ``git.changed_modes`` gives them.

    Raises:
        SeriesError: one is a symbolic link or a submodule now.
    """
    for name, mode in modes.items():
        if mode in _ODD_MODES:
            raise SeriesError(
                f"makes `{name}` {_ODD_MODES[mode]}, which no patch of a series may do.",
                where=str(patch.path),
                hint="Leave it out of the patch.",
            )


def _refuse_path(patch: Patch, name: str) -> None:
    if name == "/dev/null":
        return
    plain = name.strip('"')
    parts = plain.split("/")
    inside = parts[1:] if parts[0] in ("a", "b") else parts
    if plain.startswith("/") or ".." in parts:
        what = "outside the tree"
    elif any(part.lower().rstrip(". ") == ".git" for part in inside):
        what = "inside .git"
    else:
        return
    raise _hostile(patch, name, what)


def _hostile(patch: Patch, name: str, what: str) -> SeriesError:
    return SeriesError(
        f"names `{name}`, which is {what}.",
        where=str(patch.path),
        hint="Do not apply this patch; find out who made it.",
    )


def find_reject(patch: Patch, stderr: str) -> Reject:
    """Find what ``git apply`` complained about in the patch.

    Args:
        stderr: what ``git apply`` printed, in the C locale.

    Raises:
        SeriesError: git refused a path that ``refuse_outside`` did not know as bad.
    """
    failed = _FAILED_AT.search(stderr)
    reasons = _REASON.findall(stderr)
    if failed is None:
        reason = reasons[0] if reasons else "git gave no reason"
        if invalid := _INVALID.match(reason):
            raise _hostile(patch, invalid["name"], "no path that git takes into a tree")
        name = next((path for path in touched(patch) if reason.startswith(f"{path}: ")), "")
        return Reject(reason=reason.removeprefix(f"{name}: "), file=name)
    name, line = failed.group("file"), int(failed.group("line"))
    for file in files(patch):
        if _path_of(file) != name:
            continue
        for number, hunk in enumerate(file, 1):
            # git names the first old line of the hunk, or 1 for a hunk that only adds.
            if line in (hunk.source_start, max(hunk.source_start, 1)):
                return Reject(
                    reason="its context is not in the tree",
                    file=name,
                    hunk=number,
                    hunks=len(file),
                    line=line,
                    text=str(hunk).rstrip("\n"),
                )
    return Reject(reason="its context is not in the tree", file=name, line=line)
