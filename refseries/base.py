# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the base kernel comes from: the user's git tree, the distribution's package, a tarball.

A tree of the user's is used as it is. The other two are imported once, straight from the tarball
into a bare repository in the cache, through ``git fast-import`` and without unpacking; it is made
in a directory of its own and renamed when it is whole, so a kill leaves nothing half-made.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import re
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, cast

from filelock import FileLock, Timeout

from refseries import git, proc
from refseries.errors import HostError, SeriesError, StageError
from refseries.model import BaseInfo, BaseSpec, Identity
from refseries.settings import Settings

Progress = Callable[[str, float], None]
"""Called with what is being done and how much of it, 0.0 to 1.0."""

PACKAGE_DIR = Path("/usr/src")
_VERSION_LINE = re.compile(r"^(VERSION|PATCHLEVEL|SUBLEVEL) = (\d*)$", re.M)
_REF = "refs/heads/base"
_RECORD = "base.json"


@dataclass(frozen=True)
class _Archive:
    """A kernel tarball on this machine; ``key`` changes when its content may have."""

    path: Path
    source: str
    key: str


def find(
    spec: BaseSpec,
    settings: Settings,
    identity: Identity,
    *,
    progress: Progress = lambda _text, _part: None,
    package_dir: Path = PACKAGE_DIR,
) -> BaseInfo:
    """The base kernel, imported first when it has to be.

    Args:
        identity: author and committer of the commit that an imported base becomes.
        package_dir: where the distribution's source package puts its tarball.

    Raises:
        SeriesError: the user's tree is not a kernel, or has no such commit.
        HostError: none of the three sources can be had.
        StageError: a tarball is damaged, or a download is not the one that the series names.
    """
    if settings.tree is not None:
        return _from_tree(spec, settings)
    directory = settings.cache / "base"
    archive = _package(spec, package_dir) or _tarball(spec, directory)
    if info := _recall(archive, directory):
        return info
    directory.mkdir(parents=True, exist_ok=True)
    with _alone(directory / f"{archive.key}.lock", progress):
        if info := _recall(archive, directory):
            return info  # another run made it while we waited
        for leftover in directory.glob(f"{archive.key}.new-*"):
            shutil.rmtree(leftover)  # of a run that was killed; we hold the lock
        with tempfile.TemporaryDirectory(dir=directory, prefix=f"{archive.key}.new-") as scratch:
            if archive.source == "tarball" and not archive.path.is_file():
                _download(spec, archive.path, Path(scratch) / "part", progress)
            return _import(archive, Path(scratch), directory / archive.key, identity, progress)


@contextlib.contextmanager
def _alone(path: Path, progress: Progress) -> Iterator[None]:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress("Waiting for another run to import the base kernel", 0.0)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def ready(
    spec: BaseSpec, settings: Settings, *, package_dir: Path = PACKAGE_DIR
) -> BaseInfo | None:
    """The base kernel if it is there without any work, else None.

    Raises:
        SeriesError: the user's tree is not a kernel, or has no such commit.
    """
    if settings.tree is not None:
        return _from_tree(spec, settings)
    directory = settings.cache / "base"
    for archive in (_package(spec, package_dir), _tarball(spec, directory)):
        if archive is not None and (info := _recall(archive, directory)):
            return info
    return None


def differs(spec: BaseSpec, info: BaseInfo) -> str | None:
    """How the base at hand differs from the one the series was made on; None if it does not."""
    if info.release == spec.release:
        return None
    return (
        f"The base at hand is Linux {info.release} (from {info.source}); "
        f"the series was made on {spec.release}."
    )


def release_of(makefile: str) -> str | None:
    """``6.12.117`` from the text of the kernel's top Makefile; None if it is not one."""
    parts = dict(_VERSION_LINE.findall(makefile))
    if "VERSION" not in parts or "PATCHLEVEL" not in parts:
        return None
    release = f"{parts['VERSION']}.{parts['PATCHLEVEL']}"
    return release + (
        f".{parts['SUBLEVEL']}" if parts.get("SUBLEVEL", "0") not in ("", "0") else ""
    )


def _from_tree(spec: BaseSpec, settings: Settings) -> BaseInfo:
    assert settings.tree is not None
    repo = git.git_dir(settings.tree)
    wanted = [settings.base_ref] if settings.base_ref else [f"v{spec.release}", "HEAD"]
    commit = next(filter(None, (git.resolve(settings.tree, ref) for ref in wanted)), None)
    if commit is None:
        raise SeriesError(
            f"there is no commit `{wanted[0]}`.",
            where=f"{settings.tree} (from {settings.origin.get('tree', 'a setting')})",
            hint=f"Fetch it, or name the commit of Linux {spec.release} with --base-ref.",
        )
    return _describe(repo, commit, "tree")


def _describe(repo: Path, commit: str, source: str) -> BaseInfo:
    makefile = git.git(repo, "cat-file", "blob", f"{commit}:Makefile", check=False)
    release = release_of(makefile.stdout)
    if release is None:
        raise SeriesError(
            f"commit {commit[:12]} is not a Linux kernel: its Makefile names no version.",
            where=str(repo),
            hint="Name a kernel tree, and a commit of it with --base-ref.",
        )
    tree = git.git(repo, "rev-parse", f"{commit}^{{tree}}").stdout.strip()
    return BaseInfo(release, source, repo, commit, tree)


def _package(spec: BaseSpec, directory: Path) -> _Archive | None:
    path = directory / f"{spec.package}.tar.xz"
    try:
        stat = path.stat()
    except OSError:
        return None
    state = f"{path}:{stat.st_size}:{stat.st_mtime_ns}"
    return _Archive(
        path, "package", f"{spec.package}-{hashlib.sha256(state.encode()).hexdigest()[:12]}"
    )


def _tarball(spec: BaseSpec, directory: Path) -> _Archive:
    name, digest = Path(spec.tarball_url).name, spec.tarball_sha256[:12]
    return _Archive(directory / f"{digest}-{name}", "tarball", f"{name}-{digest}")


def _download(spec: BaseSpec, path: Path, part: Path, progress: Progress) -> None:
    """Fetch the tarball to ``path``, by way of ``part`` until it is known to be the right one."""
    digest = hashlib.sha256()
    with part.open("wb") as stream:
        for chunk, done in _fetch(spec):
            stream.write(chunk)
            digest.update(chunk)
            progress(f"Downloading {Path(spec.tarball_url).name}", done)
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
        raise HostError(
            f"cannot be fetched: {reason}.",
            where=spec.tarball_url,
            hint=f"Try again, install the package `{spec.package}`, or name a kernel git tree "
            "with --tree.",
        ) from error


def _recall(archive: _Archive, directory: Path) -> BaseInfo | None:
    """The base that was imported from ``archive`` before, if it is still whole."""
    final = directory / archive.key
    try:
        entry = json.loads((final / _RECORD).read_text())
        info = BaseInfo(
            entry["release"], archive.source, final / "repo.git", entry["commit"], entry["tree"]
        )
        there = git.resolve(info.repo, info.commit)
    except (OSError, ValueError, KeyError, TypeError, HostError):
        return None
    return info if there == info.commit else None


def _import(
    archive: _Archive, scratch: Path, final: Path, identity: Identity, progress: Progress
) -> BaseInfo:
    """Make the repository below ``scratch`` and rename it to ``final`` when it is whole."""
    whole = scratch / "whole"
    repo = whole / "repo.git"
    git.git(
        scratch, "init", "--quiet", "--bare", "--initial-branch=base", "--template=",
        "--object-format=sha1", str(repo),
    )  # fmt: skip
    try:
        _fast_import(archive, repo, identity, progress)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise StageError(
            f"the tarball is damaged: {error}.",
            where=str(archive.path),
            hint="Install the package again, or delete the file so that it is fetched again.",
        ) from error
    commit = git.resolve(repo, _REF)
    if commit is None:
        raise StageError(
            "the import made no commit.", where=str(archive.path), hint="Is it a kernel's?"
        )
    info = replace(_describe(repo, commit, archive.source), repo=final / "repo.git")
    entry = {"release": info.release, "commit": commit, "tree": info.tree, "from": archive.key}
    (whole / _RECORD).write_text(json.dumps(entry))
    if final.exists():
        shutil.rmtree(final)  # it was damaged, or it would have been used
    whole.replace(final)
    if archive.source == "tarball":
        archive.path.unlink(missing_ok=True)
    return info


def _fast_import(archive: _Archive, repo: Path, identity: Identity, progress: Progress) -> None:
    # Level 1 costs no time that the decompressor would not take anyway, and a quarter of the space;
    # deltas between neighbours of a tarball do not pay.
    command: list[str | Path] = [
        "git", "--git-dir", repo, "-c", "core.compression=1", "-c", "fastimport.unpackLimit=0",
        "fast-import", "--quiet", "--depth=0", "--done",
    ]  # fmt: skip
    with (
        _opened(archive.path) as (tar, done),
        tempfile.TemporaryFile() as complaints,
        proc.start(command, env={"LC_ALL": "C"}, stdin=proc.PIPE, stderr=complaints) as importer,
    ):
        stream = cast("IO[bytes]", importer.popen.stdin)
        with contextlib.suppress(BrokenPipeError):  # fast-import says why below
            for number, _member in enumerate(_write_commit(tar, stream, identity)):
                if number % 100 == 0:
                    progress("Importing the base kernel", done())
            stream.close()
        if importer.wait(300.0) != 0:
            complaints.seek(0)
            text = complaints.read().decode("utf-8", "replace").strip()
            full = proc.says_full(text)
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
            head = f"commit {_REF}\nauthor {who}\ncommitter {who}\ndata 11\nbase kernel\n"
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
