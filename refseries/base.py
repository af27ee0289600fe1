# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the base kernel comes from: the user's git tree, the distribution's package, a tarball.

A tree of the user's is used as it is. The other two are imported once, straight from the tarball
into a bare repository in the cache, through ``git fast-import`` and without unpacking; it is made
in a directory of its own and renamed when it is whole, so a kill leaves nothing half-made.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from filelock import FileLock

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
        StageError: a tarball is damaged.
    """
    if settings.tree is not None:
        return _from_tree(spec, settings)
    archive = _package(spec, package_dir)
    if archive is None:
        archive = _download(spec, settings.cache / "base", progress)
    return _from_archive(archive, settings.cache / "base", identity, progress)


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
        if archive is not None and (directory / archive.key / _RECORD).is_file():
            return _recall(archive, directory)
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
    name = Path(spec.tarball_url).name
    return _Archive(directory / name, "tarball", f"{name}-{spec.tarball_sha256[:12]}")


def _download(spec: BaseSpec, directory: Path, progress: Progress) -> _Archive:
    archive = _tarball(spec, directory)
    name = archive.path.name
    if archive.path.is_file() or (directory / archive.key).is_dir():
        return archive
    directory.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=directory, prefix=f"{name}.part-")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            digest = _fetch(spec, stream, progress)
        if digest != spec.tarball_sha256:
            raise StageError(
                f"the download has sha256 {digest}, not {spec.tarball_sha256}.",
                where=spec.tarball_url,
                hint="Try again; if it stays so, do not trust the server.",
            )
        Path(part).replace(archive.path)
    finally:
        Path(part).unlink(missing_ok=True)
    return archive


def _fetch(spec: BaseSpec, stream: IO[bytes], progress: Progress) -> str:
    digest = hashlib.sha256()
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
                stream.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                progress(f"Downloading {Path(spec.tarball_url).name}", done / size if size else 0.0)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise HostError(
            f"cannot be fetched: {reason}.",
            where=spec.tarball_url,
            hint=f"Install the package `{spec.package}`, or name a kernel git tree with --tree.",
        ) from error
    return digest.hexdigest()


def _from_archive(
    archive: _Archive, directory: Path, identity: Identity, progress: Progress
) -> BaseInfo:
    final = directory / archive.key
    record = final / _RECORD
    if not record.is_file():
        directory.mkdir(parents=True, exist_ok=True)
        with FileLock(directory / f"{archive.key}.lock"):
            if not record.is_file():
                _import(archive, final, identity, progress)
    return _recall(archive, directory)


def _recall(archive: _Archive, directory: Path) -> BaseInfo:
    final = directory / archive.key
    entry = json.loads((final / _RECORD).read_text())
    return BaseInfo(
        entry["release"], archive.source, final / "repo.git", entry["commit"], entry["tree"]
    )


def _import(archive: _Archive, final: Path, identity: Identity, progress: Progress) -> None:
    for leftover in final.parent.glob(f"{archive.key}.new-*"):
        shutil.rmtree(leftover)  # of an import that was killed; we hold the lock
    scratch = Path(tempfile.mkdtemp(dir=final.parent, prefix=f"{archive.key}.new-"))
    try:
        repo = scratch / "repo.git"
        git.git(scratch, "init", "--quiet", "--bare", "--initial-branch=base", str(repo))
        _fast_import(archive, repo, identity, progress)
        commit = git.resolve(repo, _REF)
        if commit is None:
            raise StageError("the import made no commit.", where=str(archive.path))
        info = _describe(repo, commit, archive.source)
        entry = {"release": info.release, "commit": commit, "tree": info.tree, "from": archive.key}
        (scratch / _RECORD).write_text(json.dumps(entry))
        scratch.replace(final)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if archive.source == "tarball":
        archive.path.unlink(missing_ok=True)


def _fast_import(archive: _Archive, repo: Path, identity: Identity, progress: Progress) -> None:
    # Level 1 costs no time that the decompressor would not take anyway, and a quarter of the space;
    # deltas between neighbours of a tarball do not pay.
    command: list[str | Path] = [
        "git", "-C", repo, "-c", "core.compression=1", "-c", "fastimport.unpackLimit=0",
        "fast-import", "--quiet", "--depth=0", "--done",
    ]  # fmt: skip
    with (
        _opened(archive.path) as (tar, done),
        tempfile.TemporaryFile() as complaints,
        proc.start(command, stdin=proc.PIPE, stderr=complaints) as importer,
    ):
        stream = cast("IO[bytes]", importer.popen.stdin)
        try:
            for _member in _write_commit(tar, stream, identity):
                progress("Importing the base kernel", done())
            stream.close()
        except (tarfile.TarError, EOFError) as error:
            raise StageError(
                f"the tarball is damaged: {error}.",
                where=str(archive.path),
                hint="Install the package again, or delete the file so that it is fetched again.",
            ) from error
        except BrokenPipeError:
            pass  # fast-import says why below
        status = importer.wait(300.0)
        if status != 0:
            complaints.seek(0)
            text = complaints.read().decode("utf-8", "replace").strip()
            raise HostError(
                "git fast-import stopped in the middle of the import.",
                where=str(repo.parent),
                hint="Is the disk full? It takes about 400 MB.",
                detail=text.splitlines()[0] if text else "",
            )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[tarfile.TarFile, Callable[[], float]]]:
    """``path`` as a tar stream, and how much of the file has been read (0.0 to 1.0).

    A ``.xz`` is decompressed by xz in a process of its own, which the second processor takes.
    """
    with path.open("rb") as packed:
        size = path.stat().st_size

        def done() -> float:
            # The decompressor shares the offset of this file with us.
            return min(os.lseek(packed.fileno(), 0, os.SEEK_CUR) / size, 1.0)

        if path.suffix != ".xz":
            with tarfile.open(fileobj=packed, mode="r|*") as tar:
                yield tar, done
            return
        with proc.start(["xz", "-dc", "-T2"], stdin=packed, stdout=proc.PIPE) as xz:
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
        _top, _slash, name = member.name.removeprefix("./").partition("/")
        if not started:
            # The date of the archive's first entry: the same wherever that archive is imported.
            who = f"{identity.name} <{identity.email}> {int(member.mtime)} +0000"
            head = f"commit {_REF}\nauthor {who}\ncommitter {who}\ndata 11\nbase kernel\n"
            stream.write(head.encode())
            started = True
        if member.isreg():
            mode = "100755" if member.mode & 0o100 else "100644"
            content = cast("IO[bytes]", tar.extractfile(member)).read()
        elif member.issym():
            mode, content = "120000", member.linkname.encode()
        else:
            continue
        quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        stream.write(f'M {mode} inline "{quoted}"\ndata {len(content)}\n'.encode())
        stream.write(content)
        stream.write(b"\n")
    if not started:
        raise tarfile.ReadError("it is empty")
    stream.write(b"done\n")
