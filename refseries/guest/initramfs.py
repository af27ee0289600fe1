# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's initramfs: our init, the tests and, for a shell, busybox, as a newc cpio archive.

The archive is a pure function of its entries, so the same sources and compiler give the same bytes.
It is stored under a key of what goes into it and made once.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from refseries.errors import SeriesError, StageError
from refseries.host import compilers, proc, toml
from refseries.host.files import write_atomically
from refseries.host.scratch import scratch_folder

CFLAGS = ("-static", "-O2", "-Wall", "-Wextra", "-Werror")


@dataclass(frozen=True)
class Member:
    """One member of an archive.

    Attributes:
        path: absolute path in the guest.
        mode: type and permission bits, as in ``st_mode``.
        data: contents of a file, or the target of a symbolic link.
        device: major and minor number of a device node.
    """

    path: str
    mode: int
    data: bytes = b""
    device: tuple[int, int] = (0, 0)


def cpio(entries: Iterable[Member]) -> bytes:
    """The entries as a newc archive (the kernel's Documentation/driver-api/early-userspace).

    Members are sorted by path, so a directory comes before what is in it; they belong to root,
    carry time 0 and consecutive inode numbers. Equal entries in any order give equal bytes.

    Raises:
        SeriesError: two entries of the same path.
    """
    members = sorted(entries, key=lambda entry: entry.path.strip("/").split("/"))
    for first, second in itertools.pairwise(members):
        if first.path.strip("/") == second.path.strip("/"):
            raise SeriesError(
                f"two entries for {first.path}.",
                where="the guest's initramfs",
                hint="Keep one of them in initramfs.toml.",
            )
    archive = bytearray()
    for inode, member in enumerate(members, 1):
        archive += _member(inode, member)
    return bytes(archive + _member(0, Member("TRAILER!!!", 0)))


def _member(inode: int, entry: Member) -> bytes:
    name = entry.path.strip("/").encode() + b"\0"
    links = 2 if stat.S_ISDIR(entry.mode) else 1
    # inode, mode, uid, gid, links, mtime, size, device of the file system (2), of the node (2),
    # size of the name, checksum (0 in this format)
    fields = (inode, entry.mode, 0, 0, links, 0, len(entry.data), 0, 0, *entry.device, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    return _padded(head) + _padded(entry.data)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


class _EntryFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One ``[[entry]]`` of initramfs.toml; which fields a kind has is described there."""

    kind: str
    path: str
    mode: str = "0777"
    type: str = "c"
    major: int = 0
    minor: int = 0
    target: str = ""
    source: str = ""
    optional: bool = False


class _ManifestFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    schema: int
    entry: list[_EntryFile]


def entries(manifest: Path, sources: Mapping[str, Mapping[str, bytes]]) -> list[Member]:
    """The entries that a manifest asks for.

    Args:
        manifest: ``initramfs.toml``.
        sources: contents for each source word that is at hand, by file name; a source of several
            files (``tests``) puts each below the entry's path.

    Raises:
        SeriesError: the manifest is wrong, or a source that it needs is not at hand.
    """
    result: list[Member] = []
    for position, item in enumerate(toml.load(manifest, _ManifestFile).entry):
        where = f"{manifest}: entry[{position}] {item.path}"
        try:
            mode = int(item.mode, 8)
        except ValueError:
            raise SeriesError(
                f'mode "{item.mode}" is not octal.', where=where, hint='Write "0755".'
            ) from None
        if item.kind == "dir":
            result.append(Member(item.path, stat.S_IFDIR | mode))
        elif item.kind == "node":
            type_ = stat.S_IFCHR if item.type == "c" else stat.S_IFBLK
            result.append(Member(item.path, type_ | mode, device=(item.major, item.minor)))
        elif item.kind == "link":
            if not item.optional or _is_there(result, item):
                result.append(Member(item.path, stat.S_IFLNK | 0o777, item.target.encode()))
        elif item.kind == "file":
            result += _files(item, mode, sources, where)
        else:
            raise SeriesError(
                f'"{item.kind}" is no kind of entry.', where=where, hint="See the file's head."
            )
    return result


def _is_there(result: list[Member], link: _EntryFile) -> bool:
    target = os.path.normpath(os.path.join(os.path.dirname(link.path), link.target))  # noqa: PTH118, PTH120
    return any(entry.path == target for entry in result)


def _files(
    item: _EntryFile, mode: int, sources: Mapping[str, Mapping[str, bytes]], where: str
) -> list[Member]:
    files = sources.get(item.source)
    if not files:
        if item.optional:
            return []
        raise SeriesError(
            f'there is no source "{item.source}".', where=where, hint="See the file's head."
        )
    if item.source == "tests":
        return [
            Member(f"{item.path}/{name}", stat.S_IFREG | mode, data) for name, data in files.items()
        ]
    (data,) = files.values()
    return [Member(item.path, stat.S_IFREG | mode, data)]


@dataclass(frozen=True)
class Recipe:
    """What an initramfs is made from.

    Attributes:
        qemu: directory with ``init/``, the sources of PID 1, and ``initramfs.toml``.
        tests: directory of the selftests, with a Makefile that leaves programs in ``build/``.
        headers: the kernel's ``kselftest.h`` and ``kselftest_harness.h``, contents by file name.
        cross: prefix of the compiler for the guest, as in CROSS_COMPILE; empty for the host's own.
        busybox: static busybox for the guest; None leaves the shell out.
    """

    qemu: Path
    tests: Path
    headers: Mapping[str, bytes]
    cross: str
    busybox: Path | None = None

    @property
    def compiler(self) -> str:
        """The C compiler for the guest."""
        return f"{self.cross}gcc"


def build(recipe: Recipe, store: Path) -> Path:
    """Make the initramfs, or find it ready.

    Args:
        store: directory of finished archives, ``<key>.cpio``; made when it is not there.

    Returns:
        The archive. It appears there complete or not at all.

    Raises:
        StageError: the compiler refused a source; ``detail`` has its messages.
        SeriesError: the manifest is wrong.
        HostError: no compiler or no make.
    """
    archive = store / f"{_key(recipe)}.cpio"
    if archive.is_file():
        return archive
    store.mkdir(parents=True, exist_ok=True)
    with scratch_folder(store) as scratch:
        sources = {
            "init": {"init": _compile_init(recipe, scratch)},
            "tests": compile_tests(recipe, scratch),
        }
        if recipe.busybox:
            sources["busybox"] = {"busybox": recipe.busybox.read_bytes()}
    write_atomically(archive, cpio(entries(recipe.qemu / "initramfs.toml", sources)))
    return archive


def join(path: Path, first: Path, more: bytes) -> Path:
    """Write an archive with another behind it, which the kernel unpacks as one; gives ``path``."""
    write_atomically(path, first.read_bytes() + more)
    return path


def source_files(tests: Path) -> list[Path]:
    """What the tests are built from; a developer's own build/ is not part of it."""
    return sorted(
        path
        for path in tests.rglob("*")
        if path.is_file()
        and (path.suffix in {".c", ".h"} or path.name == "Makefile")
        and path.relative_to(tests).parts[0] != "build"
    )


def _key(recipe: Recipe) -> str:
    """Hash of everything that the archive's bytes depend on."""
    version = proc.run([recipe.compiler, "--version"]).stdout.partition("\n")[0]
    parts = [("compiler", version.encode()), ("flags", " ".join(CFLAGS).encode())]
    parts.append(("libc", static_libc(recipe.compiler)))
    sources = [*sorted((recipe.qemu / "init").glob("*.[ch]")), recipe.qemu / "initramfs.toml"]
    parts += [(str(path.relative_to(recipe.qemu)), path.read_bytes()) for path in sources]
    parts += [
        (str(path.relative_to(recipe.tests)), path.read_bytes())
        for path in source_files(recipe.tests)
    ]
    parts += sorted(recipe.headers.items())
    if recipe.busybox:
        parts.append(("busybox", recipe.busybox.read_bytes()))
    return digest(parts)


def digest(parts: Iterable[tuple[str, bytes]]) -> str:
    """Hash of named contents in their order."""
    found = hashlib.sha256()
    for name, data in parts:
        found.update(f"{name} {len(data)}\n".encode() + data)
    return found.hexdigest()[:32]


def static_libc(compiler: str) -> bytes:
    """What stands for the libc.a that programs are linked with: it is a package of its own.

    Raises:
        HostError: there is no such compiler.
    """
    path = Path(proc.run([compiler, "-print-file-name=libc.a"]).stdout.strip())
    return hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b""


def _compile_init(recipe: Recipe, scratch: Path) -> bytes:
    target, directory = scratch / "init", recipe.qemu / "init"
    sources = sorted(directory.glob("*.c"))
    try:
        argv = [recipe.compiler, *CFLAGS, "-o", str(target), *map(str, sources)]
        proc.run(argv, env=compilers.PROGRAMS, deadline=120)
    except StageError as error:
        raise _refused(error, directory) from error
    return target.read_bytes()


def compile_tests(recipe: Recipe, scratch: Path) -> dict[str, bytes]:
    """The programs that make leaves in ``build/``, by name; ``scratch`` is an empty directory.

    Raises:
        StageError: they do not compile, or there are none.
        HostError: a tool is missing.
    """
    # In a copy: the checkout may be read-only, and two runs may build at the same time.
    tests, headers = scratch / "kernel-tests", scratch / "headers"
    for directory in (tests, headers):
        directory.mkdir()
    for path in source_files(recipe.tests):
        copy = tests / path.relative_to(recipe.tests)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    for name, data in recipe.headers.items():
        (headers / name).write_bytes(data)
    # No -g: debug information would hold the path of this scratch directory.
    argv = ["make", "-C", str(tests), "BUILD=build", "CFLAGS=-O2"]
    argv += [f"CROSS_COMPILE={recipe.cross}", f"KSELFTEST={headers}"]
    try:
        proc.run(argv, env=compilers.PROGRAMS, deadline=300)
    except StageError as error:
        raise _refused(error, recipe.tests) from error
    built = {
        path.name: path.read_bytes()
        for path in sorted((tests / "build").glob("*"))
        if path.is_file() and os.access(path, os.X_OK)
    }
    if not built:
        raise StageError(
            "make left no program in build/.",
            where=str(recipe.tests),
            hint="Its Makefile has to put the test programs there.",
        )
    return built


def _refused(error: StageError, where: Path) -> StageError:
    return StageError(
        f"the guest's programs do not compile: {error.what}",
        where=str(where),
        hint="Fix the source that the compiler names below.",
        detail=error.detail,
    )
