# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel tarball: fetched, and imported into a git repository as one commit.

Only who has no base kernel yet needs this, so ``base`` imports it only then: http, ssl and tarfile
take longer to import than the base takes to find.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import tarfile
import tempfile
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

from refseries import git
from refseries.errors import HostError, SeriesError, StageError
from refseries.host import disk, proc
from refseries.host.progress import Say
from refseries.model import BaseSpec, Identity

REF = "refs/heads/base"
"""The branch that an import makes."""


def download(spec: BaseSpec, path: Path, part: Path, say: Say) -> None:
    """Fetch the tarball to ``path``, by way of ``part`` until it is known to be the right one.

    Raises:
        HostError: it cannot be had.
        StageError: it is not the one that the series names.
        SeriesError: the series names no address for it.
    """
    digest = hashlib.sha256()
    with part.open("wb") as stream:
        for chunk, done in _fetch(spec):
            stream.write(chunk)
            digest.update(chunk)
            say(f"Downloading {Path(spec.tarball_url).name}", done)
    if digest.hexdigest() != spec.tarball_sha256:
        raise StageError(
            f"the download has sha256 {digest.hexdigest()}, not {spec.tarball_sha256}.",
            where=spec.tarball_url,
            hint="Try again; if it stays so, do not trust the server.",
        )
    part.replace(path)


def _fetch(spec: BaseSpec) -> Iterator[tuple[bytes, float]]:
    """The pieces of the tarball, and how much of it each completes; 0.0 when nobody knows."""
    if not spec.tarball_url.startswith(("https://", "http://")):
        raise SeriesError(
            "is neither an http nor an https address.",
            where=f"series.toml: base.tarball.url = {spec.tarball_url}",
            hint="Give the address of a kernel release tarball.",
        )
    try:
        with urllib.request.urlopen(spec.tarball_url, timeout=60) as answer:  # noqa: S310
            size = int(answer.headers.get("Content-Length") or 0)
            done = 0
            while chunk := answer.read(1 << 20):
                done += len(chunk)
                yield chunk, done / size if size else 0.0
            if done < size:
                raise ConnectionError(f"it ended after {done} of {size} bytes")
    except (OSError, http.client.HTTPException, ValueError) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        reason = getattr(error, "reason", None) or error
        package = f"install the package `{spec.package}`, " if spec.package else ""
        raise HostError(
            f"cannot be fetched: {reason}.",
            where=spec.tarball_url,
            hint=f"Try again, {package}or name a kernel git tree with --tree.",
        ) from error


def commit(path: Path, repo: Path, identity: Identity, say: Say) -> None:
    """Make the tarball ``path`` the one commit of the branch ``REF`` in the empty ``repo``.

    Args:
        identity: author and committer.

    Raises:
        StageError: the tarball is damaged.
        HostError: the disk is full, or git cannot import.
    """
    try:
        _fast_import(path, repo, identity, say)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise StageError(
            f"the tarball is damaged: {error}.",
            where=str(path),
            hint="Install the package again, or delete the file so that it is fetched again.",
        ) from error


def _fast_import(path: Path, repo: Path, identity: Identity, say: Say) -> None:
    # Level 1 costs no time that the decompressor would not take anyway, and a quarter of the space;
    # deltas between neighbours of a tarball do not pay.
    command: list[str | Path] = [
        "git", "--git-dir", repo, "fast-import", "--quiet", "--depth=0", "--done",
    ]  # fmt: skip
    env = git.environment({"core.compression": "1", "fastimport.unpackLimit": "0"})
    with (
        _opened(path) as (tar, done),
        tempfile.TemporaryFile() as complaints,
        proc.start(command, env=env, stdin=proc.PIPE, stderr=complaints) as importer,
    ):
        stream = cast("IO[bytes]", importer.popen.stdin)
        with contextlib.suppress(BrokenPipeError):  # fast-import says why below
            for number, _member in enumerate(_write_commit(tar, stream, identity)):
                if number % 100 == 0:
                    say("Importing the base kernel", done())
            stream.close()
        if importer.wait(300.0) != 0:
            complaints.seek(0)
            text = complaints.read().decode("utf-8", "replace").strip()
            full = disk.says_full(text)
            raise HostError(
                "the disk is full." if full else "git fast-import stopped in the middle.",
                where=str(repo.parents[2]),
                hint="The import takes about 400 MB; REFSERIES_CACHE moves it to another disk.",
                detail=text.partition("\n")[0],
            )


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[tarfile.TarFile, Callable[[], float]]]:
    """``path`` as a tar stream, and how much of the file has been read (0.0 to 1.0).

    A ``.xz`` is decompressed by xz in a process of its own, which the second processor takes.
    """
    with path.open("rb") as packed:
        size = path.stat().st_size

        def done() -> float:
            # The decompressor shares the offset of this file with us.
            return min(os.lseek(packed.fileno(), 0, os.SEEK_CUR) / max(size, 1), 1.0)

        if path.suffix != ".xz":
            with tarfile.open(fileobj=packed, mode="r|*") as tar:
                yield tar, done
            return
        command = ["xz", "-dcq", "-T2"]
        with proc.start(command, stdin=packed, stdout=proc.PIPE, stderr=proc.DEVNULL) as xz:
            plain = cast("IO[bytes]", xz.popen.stdout)
            with tarfile.open(fileobj=plain, mode="r|", bufsize=1 << 20) as tar:
                yield tar, done
            while plain.read(1 << 20):
                pass  # the padding at the end; only a file read out can be told from a cut one
            if xz.wait(60.0) != 0:
                raise tarfile.ReadError("xz could not read it to its end")


def _write_commit(
    tar: tarfile.TarFile, stream: IO[bytes], identity: Identity
) -> Iterator[tarfile.TarInfo]:
    """Write the archive as one commit in the language of git-fast-import(1), member by member."""
    started = False
    for member in tar:
        tar.members = []  # type: ignore[attr-defined]  # it keeps all 86,000 of them otherwise
        yield member
        if not started:
            # The date of the archive's first entry: the same wherever that archive is imported.
            who = f"{identity.name} <{identity.email}> {int(member.mtime)} +0000"
            head = f"commit {REF}\nauthor {who}\ncommitter {who}\ndata 11\nbase kernel\n"
            stream.write(head.encode())
            started = True
        name = _below_top(member.name)
        if member.isdir():
            continue
        if member.islnk():
            stream.write(b"C %s %s\n" % (_below_top(member.linkname), name))
            continue
        if member.isreg():
            mode = "100755" if member.mode & 0o100 else "100644"
            content = cast("IO[bytes]", tar.extractfile(member)).read()
        elif member.issym():
            mode, content = "120000", member.linkname.encode("utf-8", "surrogateescape")
        else:
            raise tarfile.ReadError(f"{member.name} is neither a file nor a link")
        stream.write(b"M %s inline %s\ndata %d\n" % (mode.encode(), name, len(content)))
        stream.write(content)
        stream.write(b"\n")
    if not started:
        raise tarfile.ReadError("it is empty")
    stream.write(b"done\n")


def _below_top(name: str) -> bytes:
    """A member's name without the archive's top directory, quoted as git-fast-import(1) has it."""
    _top, _slash, below = name.removeprefix("./").partition("/")
    quoted = below.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return b'"%s"' % quoted.encode("utf-8", "surrogateescape")
