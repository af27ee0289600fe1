# SPDX-License-Identifier: GPL-2.0-or-later
"""One patch file: its mail header, its message, its diff, and where it may reach.

A patch is hostile input: it may come straight out of a mail.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchedFile, PatchSet

from refseries import git
from refseries.errors import SeriesError
from refseries.model import Identity

_FAILED_AT = re.compile(r"^error: patch failed: (?P<file>.*):(?P<line>\d+)$", re.M)
_REASON = re.compile(r"^error: (?P<text>.*)$", re.M)
_MODE = re.compile(r"^(?:new file mode|old mode|new mode|deleted file mode) (\d{6})$")
_SYMLINK, _GITLINK = "120000", "160000"


@dataclass(frozen=True)
class Patch:
    """A patch as ``git mailinfo`` reads it, which is how ``git am`` does.

    Attributes:
        subject: without ``[PATCH …]``.
        message: subject, blank line and body, as committed.
        diff: everything from the first ``diff --git`` on.
        date: the author's date, as written.
    """

    path: Path
    author: Identity
    date: str
    subject: str
    message: str
    diff: bytes


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
    with tempfile.TemporaryDirectory(prefix="refseries-patch-") as scratch:
        body, diff = Path(scratch) / "body", Path(scratch) / "diff"
        info = git.git(
            Path(scratch), "mailinfo", "--encoding=UTF-8", str(body), str(diff),
            stdin=path.read_bytes(), check=False,
        )  # fmt: skip
        header = dict(line.split(": ", 1) for line in info.stdout.splitlines() if ": " in line)
        text = body.read_text(encoding="utf-8", errors="replace") if body.exists() else ""
        content = diff.read_bytes() if diff.exists() else b""
    missing = [name for name in ("Author", "Email", "Date", "Subject") if not header.get(name)]
    if info.returncode != 0 or missing:
        what = f"no {missing[0]} in its header" if missing else "not a mail"
        raise SeriesError(
            f"is not a patch that git can read: {what}.",
            where=str(path),
            hint="Make it with `git format-patch`.",
        )
    start = re.search(rb"^diff --git ", content, re.M)
    if start is None:
        raise SeriesError(
            "holds no diff.", where=str(path), hint="Make it with `git format-patch`."
        )
    subject = header["Subject"]
    return Patch(
        path=path,
        author=Identity(header["Author"], header["Email"]),
        date=header["Date"],
        subject=subject,
        message=f"{subject}\n\n{text}".rstrip() + "\n",
        diff=content[start.start() :],
    )


def files(patch: Patch) -> list[PatchedFile]:
    """The files that ``patch`` touches, parsed.

    Raises:
        SeriesError: the diff cannot be parsed.
    """
    try:
        return list(PatchSet(patch.diff.decode("utf-8", "surrogateescape")))
    except UnidiffParseError as error:
        raise SeriesError(
            f"its diff cannot be read: {error}.", where=str(patch.path), hint="Make it anew."
        ) from error


def touched(patch: Patch) -> tuple[str, ...]:
    """Paths that ``patch`` touches, in its order, without the ``a/`` and ``b/`` in front."""
    return tuple(file.path for file in files(patch))


def refuse_outside(patch: Patch) -> None:
    """Check that ``patch`` stays inside the tree.

    Raises:
        SeriesError: it names a path outside the tree or in ``.git``, or makes a symbolic link or a
            submodule. git refuses some of these too; we do before it runs, and say which.
    """
    for file in files(patch):
        for name in (file.source_file, file.target_file, file.path):
            _refuse_path(patch, name)
        for line in str(file.patch_info or "").splitlines():
            mode = _MODE.match(line)
            if mode and mode.group(1) in (_SYMLINK, _GITLINK):
                kind = "a symbolic link" if mode.group(1) == _SYMLINK else "a submodule"
                raise SeriesError(
                    f"makes `{file.path}` {kind}, which no patch of a series may do.",
                    where=str(patch.path),
                    hint="Leave it out of the patch.",
                )
            if found := re.match(r"(?:rename|copy) (?:from|to) (.*)", line):
                _refuse_path(patch, found.group(1))


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
    raise SeriesError(
        f"names `{name}`, which is {what}.",
        where=str(patch.path),
        hint="Do not apply this patch; find out who made it.",
    )


def find_reject(patch: Patch, stderr: str) -> Reject:
    """Find what ``git apply`` complained about in the patch.

    Args:
        stderr: what ``git apply`` printed, in the C locale.
    """
    failed = _FAILED_AT.search(stderr)
    reasons = _REASON.findall(stderr)
    if failed is None:
        reason = reasons[0] if reasons else "git gave no reason"
        name = next((file.path for file in files(patch) if reason.startswith(file.path)), "")
        return Reject(reason=reason.removeprefix(f"{name}: "), file=name)
    name, line = failed.group("file"), int(failed.group("line"))
    for file in files(patch):
        if file.path != name:
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
