# SPDX-License-Identifier: GPL-2.0-or-later
"""Built kernels, each in a directory named by a key of everything that went into it.

A directory appears whole, by a rename, and never changes. A build that the compiler refused is kept
too, so that asking again costs nothing.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from refseries.errors import HostError, StageError
from refseries.host import typed
from refseries.kernel.model import Image

LOG = "build.log"
CONFIG = "config"
NOTES = "gcno"
"""Directory of the compiler's notes on profiled objects, each below its path in the tree."""
_RECORD = "image.json"
_FAILURE = "failure.json"
_TEMPORARY = ".new-"


def key(
    tree: str,
    fragments: Sequence[str],
    toolchain: Sequence[str],
    arch: str,
    targets: Sequence[str],
    environment: Mapping[str, str],
    profiled: Sequence[str] = (),
    *,
    boot: bool = True,
    keep: Sequence[str] = (),
) -> str:
    """Name of the image that these inputs give: 32 hex digits. Pure.

    Args:
        tree: git tree id of the sources.
        fragments: contents of the config fragments, in order.
        toolchain: first lines of the compiler's and the linker's ``--version``.
        arch: kernel's ARCH.
        targets: what make builds.
        environment: variables that reach the compiler.
        profiled: sources whose objects count their lines.
        boot: whether the bootable image is kept.
        keep: what else of the build directory is kept.
    """
    inputs: dict[str, object] = {
        "schema": 1,
        "tree": tree,
        "fragments": list(fragments),
        "toolchain": list(toolchain),
        "arch": arch,
        "targets": list(targets),
        "environment": dict(environment),
    }
    if profiled:
        inputs["profiled"] = list(profiled)
    # Two configs that make builds alike may keep different files of it.
    if not boot:
        inputs["boot"] = False
    if keep:
        inputs["keep"] = list(keep)
    text = json.dumps(inputs, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


@dataclass(frozen=True)
class Record:
    """What ``image.json`` keeps of a build.

    Attributes:
        tree: git tree id of the sources.
        config: name of the config at the time; the key does not depend on it.
        image: file name of the bootable image; empty for a compile-only config.
        release: what the kernel calls itself.
        toolchain: first line of the compiler's ``--version``.
        linker: first line of the linker's.
        commands: the command lines of make, in order.
        environment: what was added to make's environment; None was taken away.
        seconds: wall-clock time of the build, moving the work tree included.
        ccache: ``hits`` and ``misses``; empty without ccache.
    """

    tree: str
    config: str
    arch: str
    image: str
    release: str
    toolchain: str
    linker: str
    commands: tuple[tuple[str, ...], ...]
    environment: dict[str, str | None]
    seconds: float
    ccache: dict[str, int]


class ImageStore:
    """The images of one series.

    Args:
        directory: holds one directory an image.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def load(self, key: str) -> Image | None:
        """The image stored under ``key``, or None.

        Raises:
            StageError: this build was tried before, and the compiler refused it.
        """
        place = self.directory / key
        if (failure := typed.kept(place / _FAILURE, dict[str, str])) is not None:
            raise StageError(**failure, log=place / LOG, lasting=True)
        record = typed.kept(place / _RECORD, Record)
        if record is None:
            return None
        image = _image(key, place, record)
        # Somebody may have made room by hand.
        return image if image.path is None or image.path.is_file() else None

    def begin(self, key: str) -> Path:
        """An empty directory to build into; leftovers of killed builds are removed.

        Only for the holder of the series' work tree: one build at a time.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        for leftover in self.directory.glob(f"{_TEMPORARY}*"):
            shutil.rmtree(leftover)
        temporary = self.directory / f"{_TEMPORARY}{key}"
        temporary.mkdir()
        return temporary

    def finish(self, key: str, temporary: Path, record: Record) -> Image:
        """Keep a build: the files in ``temporary`` and ``record``."""
        text = json.dumps({"schema": 1, "key": key, **asdict(record)}, indent=2)
        (temporary / _RECORD).write_text(text + "\n")
        place = self._install(key, temporary)
        return _image(key, place, record)

    def fail(self, key: str, temporary: Path, error: StageError) -> StageError:
        """Keep a build that the compiler refused; gives the error as it is to be raised."""
        place = self.directory / key
        told = {
            "what": error.what,
            "where": error.where,
            "hint": f"The whole log is {place / LOG}.",
            "detail": error.detail,
        }
        (temporary / _FAILURE).write_text(json.dumps(told, indent=2) + "\n")
        self._install(key, temporary)
        return StageError(**told, log=place / LOG, lasting=True)

    def keep_log(self, key: str, temporary: Path) -> Path:
        """Where the log of a build is from now on that failed, and is to be tried again."""
        kept = self.directory / f"{key}.log"
        (temporary / LOG).replace(kept)
        return kept

    def _install(self, key: str, temporary: Path) -> Path:
        place = self.directory / key
        old = self.directory / f"{_TEMPORARY}old-{key}"
        if place.exists():
            # Built again on request. A kill between the two renames loses the old one, and the next
            # run builds anew.
            place.rename(old)
        temporary.rename(place)
        if old.exists():
            shutil.rmtree(old)
        return place


def disk_full(error: OSError, where: Path) -> HostError:
    """The HostError for an OSError met while writing below ``where``."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return HostError(
            "the disk is full.", where=str(where), hint="Free some space and start again."
        )
    return HostError(
        f"cannot be written: {os.strerror(error.errno or 0)}.",
        where=str(error.filename or where),
        hint="Fix its permissions, or name another cache directory.",
    )


def _image(key: str, place: Path, record: Record) -> Image:
    return Image(
        key=key,
        directory=place,
        path=place / record.image if record.image else None,
        log=place / LOG,
        release=record.release,
        toolchain=record.toolchain,
        seconds=record.seconds,
    )
